"""Whether one more call is about a job that is there already (W1, W8)."""

from datetime import datetime, timedelta
from enum import Enum, auto

from workorders.domain.incident import Incident
from workorders.domain.lifecycle import AWAITING_CONSENT, OPEN, State
from workorders.domain.ticket import Ticket
from workorders.domain.words import is_worse
from workorders.domain.work_order import WorkOrder


class Joining(Enum):
    """What a call about the same place and category means for the job."""

    SAME_FAULT = auto()
    NOT_MENDED = auto()
    """The crew said it was done, and the caller says it is not: the job is reopened."""
    ANOTHER_JOB = auto()


def joining(
    ticket: Ticket, incident: Incident, order: WorkOrder, now: datetime, window: timedelta, repeat_window: timedelta
) -> Joining:
    """`window` is for the fault that is worked on, `repeat_window` for one that was mended and is not closed."""
    if is_worse(ticket.severity, ticket.urgency, than=(order.severity, order.urgency)):
        # What was promised is frozen (W4), so a gas leak must not wait on a routine job's clocks: it gets its own.
        return Joining.ANOTHER_JOB
    if order.state in AWAITING_CONSENT and order.stages[-1].time >= now - repeat_window:
        return Joining.NOT_MENDED
    told = (incident.open_time, *(stage.time for stage in order.stages if stage.state is State.REOPENED))
    if order.state in OPEN and max(told) >= now - window:
        return Joining.SAME_FAULT
    return Joining.ANOTHER_JOB
