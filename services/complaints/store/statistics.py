"""Counts over the complaints of a period."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select

from complaints.domain.complaint import OVER, State
from complaints.store.tables import complaints, entries
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the complaints received in a period add up to."""

    total: int
    overdue: int
    decided_late: int
    extended: int
    reopened: int
    by_state: Mapping[str, int]
    by_channel: Mapping[str, int]
    by_severity: Mapping[str, int]
    by_outcome: Mapping[str, int]
    by_step: Mapping[str, int]


def statistics(uow: UnitOfWork, start: datetime, end: datetime) -> Statistics:
    """Complaints received from `start` on and before `end`, as they stand now."""
    c = complaints.c
    period = and_(c.receive_time >= start, c.receive_time < end)
    late = or_(c.decide_time > c.decide_due_time, c.decide_time > c.external_due_time)
    columns: list[ColumnElement[Any]] = [
        func.count(),
        func.count().filter(is_overdue(uow.now)),
        func.count().filter(late),
        func.count().filter(c.extension_count > 0),
        func.count().filter(c.reopen_count > 0),
    ]
    total, overdue, decided_late, extended, reopened = uow.rows(select(*columns).where(period))[0]
    groups = (_counts(uow, column, period) for column in (c.state, c.channel, c.severity, c.outcome))
    states, channels, severities, outcomes = groups
    outcomes.pop("", None)
    by_state = {state.lower(): number for state, number in states.items()}
    steps = _steps(uow, period)
    return Statistics(total, overdue, decided_late, extended, reopened, by_state, channels, severities, outcomes, steps)


def is_overdue(now: datetime) -> ColumnElement[bool]:
    """As `Complaint.is_overdue` has it."""
    c = complaints.c
    running = c.state.not_in([state.value for state in OVER])
    unacknowledged = and_(c.state == State.RECEIVED.value, c.acknowledge_due_time < now)
    undecided = and_(c.decide_time.is_(None), or_(c.decide_due_time < now, c.external_due_time < now))
    return and_(running, or_(unacknowledged, undecided))


def _counts(uow: UnitOfWork, column: ColumnElement[Any], period: ColumnElement[bool]) -> dict[str, int]:
    query = select(column, func.count()).where(period).group_by(column).order_by(column)
    return {row[0]: row[1] for row in uow.rows(query)}


def _steps(uow: UnitOfWork, period: ColumnElement[bool]) -> dict[str, int]:
    step = entries.c.details["step"].astext
    taken = entries.join(complaints, complaints.c.id == entries.c.complaint_id)
    query = select(step, func.count()).select_from(taken).where(period, entries.c.kind == "supervised").group_by(step)
    return {row[0]: row[1] for row in uow.rows(query)}
