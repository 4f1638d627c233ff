"""One crew takes a job over from another while it is worked on (W3, W4)."""

from dataclasses import replace
from datetime import datetime

from servicekit.errors import FailedPrecondition, InvalidArgument
from workorders.domain.lifecycle import State
from workorders.domain.work_order import News, Stage, WorkOrder

ON_SITE = frozenset({State.ARRIVED, State.IN_PROGRESS, State.SUSPENDED})
"""States in which a job is handed over; before them another crew is dispatched, after them there is nothing to do."""


def handed_over(order: WorkOrder, crew_id: str, crew_name: str, note: str, actor: str, now: datetime) -> WorkOrder:
    """The job with its new crew: its state and its clocks stay, and what was left to do is kept with the stage.

    Where a standard has the work go on without a break (大修连续干), the note is required.
    """
    if order.state not in ON_SITE:
        allowed = ", ".join(sorted(ON_SITE))
        raise FailedPrecondition("WRONG_STATE", order.name, f"is {order.state}: it is handed over when {allowed}")
    if crew_id == order.crew_id:
        raise FailedPrecondition("SAME_CREW", order.name, f"is with crews/{crew_id} already")
    if order.standard.hand_overs and not note:
        raise InvalidArgument("note", "is required: the next crew goes on without a break", reason="REQUIRED_FIELD")
    before = order.checked(now)
    words = f"crews/{order.crew_id} handed over to crews/{crew_id}"
    stage = Stage(order.state, now, actor, f"{words}: {note}" if note else words)
    news = News(
        "WorkOrderHandedOver",
        {
            "hand_over_time": now,
            "from_crew": f"crews/{order.crew_id}",
            "crew_display_name": crew_name,
            "note": note,
        },
    )
    return replace(before, crew_id=crew_id, stages=(*before.stages, stage), update_time=now, news=(*before.news, news))
