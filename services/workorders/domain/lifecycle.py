"""The states of a work order, and which may follow which (W3)."""

from collections.abc import Mapping
from enum import StrEnum

from servicekit.errors import FailedPrecondition


class State(StrEnum):
    NEW = "NEW"
    DISPATCHED = "DISPATCHED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    EN_ROUTE = "EN_ROUTE"
    ARRIVED = "ARRIVED"
    IN_PROGRESS = "IN_PROGRESS"
    SUSPENDED = "SUSPENDED"
    COMPLETED = "COMPLETED"
    CONFIRMED = "CONFIRMED"
    CLOSED = "CLOSED"
    CANCELLED = "CANCELLED"
    NOT_DONE = "NOT_DONE"
    REOPENED = "REOPENED"


S = State

FOLLOWING: Mapping[State, frozenset[State]] = {
    S.NEW: frozenset({S.DISPATCHED, S.CANCELLED}),
    # Dispatched again: the crew kept silent, or the dispatcher thinks better of it.
    S.DISPATCHED: frozenset({S.ACKNOWLEDGED, S.DISPATCHED, S.CANCELLED}),
    S.ACKNOWLEDGED: frozenset({S.EN_ROUTE, S.DISPATCHED, S.CANCELLED}),
    S.EN_ROUTE: frozenset({S.ARRIVED, S.DISPATCHED, S.CANCELLED}),
    S.ARRIVED: frozenset({S.IN_PROGRESS, S.CANCELLED}),
    # Cancelled means never started: from here on a job is completed or not done.
    S.IN_PROGRESS: frozenset({S.SUSPENDED, S.COMPLETED, S.NOT_DONE}),
    S.SUSPENDED: frozenset({S.IN_PROGRESS, S.NOT_DONE}),
    S.COMPLETED: frozenset({S.CONFIRMED, S.REOPENED}),
    S.CONFIRMED: frozenset({S.CLOSED, S.REOPENED}),
    S.CLOSED: frozenset({S.REOPENED}),
    S.REOPENED: frozenset({S.DISPATCHED, S.CANCELLED}),
    S.CANCELLED: frozenset(),
    S.NOT_DONE: frozenset(),
}

OPEN = frozenset({S.NEW, S.DISPATCHED, S.ACKNOWLEDGED, S.EN_ROUTE, S.ARRIVED, S.IN_PROGRESS, S.SUSPENDED, S.REOPENED})
"""States in which a job is still somebody's work."""

AWAITING_CONSENT = frozenset({S.COMPLETED, S.CONFIRMED})
"""States in which the work is done and the job is not closed."""

NOT_BEGUN = frozenset(state for state in State if S.CANCELLED in FOLLOWING[state])
"""States in which a job may be cancelled: nobody has begun with it."""


def check(name: str, state: State, following: State) -> None:
    """FailedPrecondition naming the state and what may follow it."""
    if following not in FOLLOWING[state]:
        allowed = ", ".join(sorted(FOLLOWING[state])) or "nothing"
        raise FailedPrecondition("WRONG_STATE", name, f"is {state}: {allowed} may follow, not {following}")
