"""What one more caller about a known fault is told: how its job stands at that moment (W8, N4).

Everything later reaches them with the job's other customers. The message counts by the job's own sequence, so that a
later fact overtakes it while it waits, whichever of both arrives first.
"""

from collections.abc import Mapping

from hearthline.workorders.v1.events_pb2 import WorkOrderJoined
from notifications.domain.values import Term, Value
from notifications.handlers.telling import id_of, tell_customers
from servicekit.cloudevents import Event
from servicekit.times import instant
from servicekit.uow import UnitOfWork

CODES: Mapping[str, str] = {
    "waiting": "fault-known",
    "coming": "crew-dispatched",
    "late": "crew-overdue",
    "on_site": "crew-on-site",
    "suspended": "work-suspended",
}
"""The message for each standing; those that others were told before are the same ones."""


def on_joined(uow: UnitOfWork, event: Event[WorkOrderJoined]) -> None:
    """Tells this caller alone; of a standing that is not known here nothing is said."""
    if code := CODES.get(event.data.standing):
        tell_customers(uow, event, code, event.data.facts, _values(event.data))


def _values(joined: WorkOrderJoined) -> dict[str, Value]:
    facts = joined.facts
    values: dict[str, Value] = {
        "work_order": id_of(facts.work_order),
        "commodity": Term(facts.commodity),
        "category": Term(facts.category),
    }
    crew = joined.crew_display_name or id_of(facts.crew)
    match joined.standing:
        case "waiting":
            values |= {"join_time": instant(joined.join_time)}
        case "coming":
            values |= {"crew_name": crew, "arrive_due_time": instant(joined.arrive_due_time), "attempt": joined.attempt}
        case "late":
            values |= {"crew_name": crew, "due_time": instant(joined.arrive_due_time)}
        case "on_site":
            values |= {"crew_name": crew}
        case _:
            values |= {"reason": Term(joined.suspend_reason), "suspend_time": instant(joined.suspend_time)}
    return values
