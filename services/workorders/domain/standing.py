"""How a job stands when one more caller joins it: what is true for them at that moment (N4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from workorders.domain.clocks import Clock
from workorders.domain.lifecycle import State
from workorders.domain.work_order import WorkOrder


class Stand(StrEnum):
    """What there is to tell."""

    WAITING = "waiting"
    """No crew has it yet."""
    COMING = "coming"
    LATE = "late"
    """A crew has it, and should have been there by now."""
    ON_SITE = "on_site"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is true now; times and reason only where they belong to it."""

    stand: Stand
    arrive_due: datetime | None = None
    suspended: datetime | None = None
    reason: str = ""


def is_told_by_joining(order: WorkOrder, customer_id: str | None) -> bool:
    """Whether who joins must be told: not who is told with the others already, nor who is told of a new crew anyhow."""
    given = any(news.kind == "WorkOrderDispatched" for news in order.news)
    return customer_id is not None and customer_id not in order.customer_ids and not given


def standing(order: WorkOrder, now: datetime) -> Standing:
    """Of a job that is still somebody's work."""
    if order.state in (State.NEW, State.REOPENED) or order.crew_id is None:
        return Standing(Stand.WAITING)
    if order.state is State.SUSPENDED:
        return _suspended(order)
    if order.state in (State.ARRIVED, State.IN_PROGRESS):
        return Standing(Stand.ON_SITE)
    due = order.promise(Clock.ARRIVE).due
    return Standing(Stand.COMING if now < due else Stand.LATE, due)


def _suspended(order: WorkOrder) -> Standing:
    # A crew that hands over during the pause leaves a stage of the same state: the pause began with the first of them.
    since = order.stages[-1]
    for stage in reversed(order.stages):
        if stage.state is not State.SUSPENDED:
            break
        since = stage
    return Standing(Stand.SUSPENDED, suspended=since.time, reason=since.note.partition(":")[0])
