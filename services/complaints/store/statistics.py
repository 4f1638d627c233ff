"""Counts over the complaints of a period."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, array

from complaints.domain.complaint import OVER, State
from complaints.domain.deadlines import Clock, Step
from complaints.domain.timeline import ENDINGS
from complaints.store.complaints import MISSED
from complaints.store.tables import complaints, entries
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the complaints received in a period add up to."""

    total: int
    overdue: int
    decided_late: int
    missed: int
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
    late = or_(c.decide_time > c.decide_due_time, c.decide_time > c.external_due_time, _ended_late())
    columns: list[ColumnElement[Any]] = [
        func.count(),
        func.count().filter(is_overdue(uow.now)),
        func.count().filter(late),
        func.count().filter(or_(late, is_overdue(uow.now), _missed(Clock))),
        func.count().filter(c.extension_count > 0),
        func.count().filter(c.reopen_count > 0),
    ]
    total, overdue, late_ones, missed, extended, reopened = uow.rows(select(*columns).where(period))[0]
    groups = (_counts(uow, column, period) for column in (c.state, c.channel, c.severity, c.outcome))
    states, channels, severities, outcomes = groups
    outcomes.pop("", None)
    by_state = {state.lower(): number for state, number in states.items()}
    steps = _steps(uow, period)
    counts = (total, overdue, late_ones, missed, extended, reopened)
    return Statistics(*counts, by_state, channels, severities, outcomes, steps)


def _missed(clocks: Iterable[Clock], *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a step was taken too late for one of these clocks, in any round: entries are never taken back.

    Entries of before they said so tell by the steps of the ladder that follow a missed deadline.
    """
    e = entries.c
    names = cast(array([clock.value for clock in clocks]), ARRAY(Text))
    named = func.string_to_array(e.details[MISSED].astext, ",").op("&&")(names)
    climbed = and_(
        e.kind == "supervised",
        e.details["step"].astext != Step.REMINDER.value,
        e.details["clock"].astext.in_([clock.value for clock in clocks]),
    )
    return exists().where(e.complaint_id == complaints.c.id, or_(named, climbed), *more)


def _ended_late() -> ColumnElement[bool]:
    """Whether a round ended, by a decision or a withdrawal, after its decision was due; reopening undoes nothing."""
    later = entries.alias("later")
    ended = exists().where(
        later.c.complaint_id == entries.c.complaint_id,
        later.c.number >= entries.c.number,
        later.c.kind.in_(sorted(ENDINGS)),
    )
    return _missed((Clock.DECIDE, Clock.EXTERNAL), ended)


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
