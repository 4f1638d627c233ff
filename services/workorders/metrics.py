"""What is counted of tickets, jobs and promises (P3)."""

from typing import Any

from sqlalchemy import func, select

from hearthline.workorders.v1 import events_pb2 as pb
from servicekit.metrics import Counted, Kind, Measured, Metric
from workorders.domain.clocks import Clock
from workorders.domain.escalation import Level
from workorders.domain.lifecycle import AWAITING_CONSENT, OPEN
from workorders.domain.policy_data import STANDARDS as POLICIES
from workorders.domain.sensor import Meaning
from workorders.domain.sensor_alarm import AlarmState
from workorders.domain.sensor_rules import SensorKind
from workorders.domain.words import COMMODITIES, Urgency
from workorders.store.tables import sensor_alarms, work_orders

_CHANNELS = ("hotline", "counter", "web", "wechat", "email", "government_hotline", "inspection", "sensor", "staff")
_STEPS = {
    pb.WorkOrderCreated: "created",
    pb.WorkOrderCompleted: "completed",
    pb.WorkOrderClosed: "closed",
    pb.WorkOrderCancelled: "cancelled",
    pb.WorkOrderNotDone: "not_done",
    pb.WorkOrderReopened: "reopened",
}

TICKETS = Metric(
    "hearthline.tickets",
    Kind.COUNTER,
    "Tickets taken in; those of an import do not count.",
    "{ticket}",
    {"commodity": COMMODITIES, "urgency": tuple(Urgency), "channel": _CHANNELS},
)
WORK_ORDERS = Metric(
    "hearthline.work.orders",
    Kind.COUNTER,
    "Jobs that were created, completed and so on.",
    "{work_order}",
    {"commodity": COMMODITIES, "step": tuple(_STEPS.values())},
)
DISPATCHES = Metric(
    "hearthline.dispatches",
    Kind.COUNTER,
    "Jobs given to a crew: for the first time, or again because a crew kept silent or a dispatcher decided so.",
    "{dispatch}",
    {"commodity": COMMODITIES, "urgency": tuple(Urgency), "attempt": ("first", "again")},
)
STANDARDS = Metric(
    "hearthline.service.standards",
    Kind.COUNTER,
    "Promised times that were kept or broken, by service standard and its clock.",
    "{promise}",
    {
        "standard": tuple(policy.name for policy in POLICIES),
        "clock": tuple(Clock),
        "urgency": tuple(Urgency),
        "outcome": ("kept", "broken"),
    },
)
ESCALATIONS = Metric(
    "hearthline.escalations",
    Kind.COUNTER,
    "Misses that went up the ladder.",
    "{escalation}",
    {"clock": tuple(Clock), "level": tuple(Level)},
)
UNKNOWN = "unknown"
"""Of a reading whose sensor nobody registered, or that was taken away."""
READINGS = Metric(
    "hearthline.sensor.readings",
    Kind.COUNTER,
    "Readings of sensors, by what they mean; late, implausible and unknown ones are passed over.",
    "{reading}",
    {"kind": (*SensorKind, UNKNOWN), "outcome": (*Meaning, UNKNOWN)},
)
SENSOR_ALARMS = Metric(
    "hearthline.sensor.alarms.open",
    Kind.GAUGE,
    "Premises that sensors find beyond a limit.",
    "{alarm}",
    {"kind": tuple(SensorKind)},
)
OPEN_WORK_ORDERS = Metric(
    "hearthline.work.orders.open",
    Kind.GAUGE,
    "Jobs that are not over, by state.",
    "{work_order}",
    {"state": sorted(OPEN | AWAITING_CONSENT)},
)


def promise_labels(clock: str, standard: str, urgency: str, outcome: str) -> dict[str, str]:
    """Of a promise that was kept or broken."""
    return {"standard": standard, "clock": clock, "urgency": urgency, "outcome": outcome}


def _ticket(event: pb.TicketCreated) -> dict[str, str] | None:
    labels = {"commodity": event.commodity, "urgency": event.urgency, "channel": event.channel}
    return None if event.imported else labels


def _dispatch(event: pb.WorkOrderDispatched) -> dict[str, str]:
    attempt = "first" if event.attempt == 1 else "again"
    return {"commodity": event.facts.commodity, "urgency": event.facts.urgency, "attempt": attempt}


def _breach(event: pb.ServiceStandardBreached) -> dict[str, str]:
    return promise_labels(event.clock, event.standard, event.facts.urgency, "broken")


def _escalation(event: pb.EscalationRaised) -> dict[str, str]:
    return {"clock": event.clock, "level": event.level}


def _step(event: Any) -> dict[str, str]:
    return {"commodity": event.facts.commodity, "step": _STEPS[type(event)]}


COUNTS = (
    Counted(TICKETS, {pb.TicketCreated: _ticket}),
    Counted(WORK_ORDERS, dict.fromkeys(_STEPS, _step)),
    Counted(DISPATCHES, {pb.WorkOrderDispatched: _dispatch}),
    # A promise that was kept is no news, so the handler that saves the job counts those.
    Counted(STANDARDS, {pb.ServiceStandardBreached: _breach}, from_zero=True),
    Counted(ESCALATIONS, {pb.EscalationRaised: _escalation}),
    Counted(READINGS, from_zero=True),
)

_state = work_orders.c.state
# Word for word the condition of the index, so that it is used.
_is_open = _state.not_in(["CLOSED", "CANCELLED", "NOT_DONE"])
_kind = sensor_alarms.c.kind
_is_ringing = sensor_alarms.c.state == AlarmState.OPEN.value
GAUGES = (
    Measured(OPEN_WORK_ORDERS, lambda _: select(_state, func.count()).where(_is_open).group_by(_state)),
    Measured(SENSOR_ALARMS, lambda _: select(_kind, func.count()).where(_is_ringing).group_by(_kind)),
)
