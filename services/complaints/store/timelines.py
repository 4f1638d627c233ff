"""Complaints' entries as timelines, without what people wrote in them."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, cast, or_, select

from complaints.domain.timeline import ENDINGS, EXTENSION, Entry, Timeline
from complaints.store.tables import complaints, entries
from servicekit.reads import AnyRow
from servicekit.tables import Instant
from servicekit.uow import UnitOfWork

_E, _C = entries.c, complaints.c


def _set(name: str) -> ColumnElement[Any]:
    text: ColumnElement[Any] = _E.details[name].astext
    return text


def _instant(name: str) -> ColumnElement[Any]:
    return cast(_set(name), Instant)


def _at(name: str) -> ColumnElement[datetime]:
    return bindparam(name, type_=Instant)


_ENDED = and_(_E.kind.in_(sorted(ENDINGS)), _E.create_time >= _at("start"), _E.create_time < _at("end"))
_EXTENDED = and_(
    _E.kind == EXTENSION,
    _E.create_time < _at("near_end"),
    or_(_E.create_time >= _at("near_start"), _instant("decide_due_time") >= _at("start")),
)
_TIMELINES = (
    select(
        _C.id,
        _C.receive_time,
        _C.anonymous,
        _E.number,
        _E.kind,
        _E.actor,
        _E.create_time.label("at"),
        _instant("decide_due_time").label("decide_due"),
        _instant("external_due_time").label("external_due"),
        _set("responsible_unit").label("unit"),
        _set("approver").label("approver"),
    )
    .join(entries, _E.complaint_id == _C.id)
    .where(_C.id.in_(select(_E.complaint_id).where(or_(_ENDED, _EXTENDED))))
    .order_by(_C.id, _E.number)
)


def timelines(uow: UnitOfWork, start: datetime, end: datetime, around: timedelta) -> Iterator[Timeline]:
    """Of complaints that ended from `start` on and before `end`, or were extended for a time that reaches into it.

    And of those that were extended not longer than `around` before and after it.
    """
    near = {"near_start": start - around, "near_end": end + around}
    rows = uow.rows(_TIMELINES, {"start": start, "end": end, **near})
    for identifier, found in groupby(rows, key=lambda row: row.id):
        of = list(found)
        yield Timeline(identifier, of[0].receive_time, of[0].anonymous, [_entry(row) for row in of])


def _entry(row: AnyRow) -> Entry:
    return Entry(
        number=row.number,
        kind=row.kind,
        actor=row.actor,
        at=row.at,
        decide_due=row.decide_due,
        external_due=row.external_due,
        unit=row.unit or "",
        approver=row.approver or "",
    )
