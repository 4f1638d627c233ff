"""Circuit breakers in rows: every worker of every process knows which provider is away (N4)."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, exists, select, update
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.sql.dml import UpdateBase

from notifications.domain.breaker import Breaker
from notifications.domain.notification import State
from notifications.store.tables import OPEN, breakers, notifications
from servicekit.core import AnySelect
from servicekit.reads import AnyRow
from servicekit.tables import Instant
from servicekit.uow import UnitOfWork
from servicekit.writes import ALWAYS

_N = notifications.c
_NOW = bindparam("now", type_=Instant)
_ALL = select(breakers)
_ONE = select(breakers).where(breakers.c.channel == bindparam("channel")).with_for_update()


def load_breakers(uow: UnitOfWork) -> Mapping[str, Breaker]:
    """Those of channels that ever failed."""
    return {row.channel: _breaker(row) for row in uow.rows(_ALL)}


def lock_breaker(uow: UnitOfWork, channel: str) -> Breaker:
    """One, which nobody else changes until the unit ends."""
    row = uow.lock_one(_ONE, {"channel": channel})
    return _breaker(row) if row else Breaker(channel)


def save_breaker(uow: UnitOfWork, breaker: Breaker) -> None:
    row = {name: getattr(breaker, name) for name in breakers.c.keys()}  # noqa: SIM118
    uow.upsert(breakers, row, key=["channel"], newer=ALWAYS)


def take_probe(uow: UnitOfWork, breaker: Breaker, until: datetime) -> bool:
    """True for the one worker that may try an open channel now; nobody else may before `until`."""
    values = {"channel": breaker.channel, "before": breaker.retry_time, "until": until}
    return uow.row(_probing(), values) is not None


def release_one(uow: UnitOfWork, channels: Collection[str]) -> None:
    """Makes the most urgent message that waits for each of these channels due, to try it."""
    for channel in channels:
        uow.row(_releasing(), {"now": uow.now, "channel": [channel]})


def release_all(uow: UnitOfWork, channel: str) -> None:
    """Makes every message due that waits for a channel which is back; the most urgent ones are claimed first."""
    uow.execute(_waking(), {"now": uow.now, "channel": [channel]})


def is_waited_for() -> ColumnElement[bool]:
    """Of a breaker: that a message waits for its channel."""
    held = notifications.alias("held")
    waits = held.c.waits_for.contains(array([breakers.c.channel]))
    return exists(select(held.c.id).where(OPEN, held.c.state == State.PENDING.value, waits))


def _breaker(row: AnyRow) -> Breaker:
    return Breaker(row.channel, row.failures, row.last_failed, row.open_time, row.retry_time, row.allowance)


def _waiting() -> Any:
    held = _N.waits_for.contains(bindparam("channel", type_=ARRAY(Text)))
    return (OPEN, _N.state == State.PENDING.value, _N.due > _NOW, held)


@cache
def _probing() -> AnySelect:
    taken = (
        update(breakers)
        .where(breakers.c.channel == bindparam("channel"), breakers.c.retry_time == bindparam("before", type_=Instant))
        .values(retry_time=bindparam("until", type_=Instant))
        .returning(breakers.c.channel)
        .cte("taken")
    )
    return select(taken)


@cache
def _releasing() -> AnySelect:
    first = select(_N.id).where(*_waiting()).order_by(_N.rank, _N.due).limit(1).with_for_update(skip_locked=True)
    released = update(notifications).where(_N.id.in_(first)).values(due=_NOW).returning(_N.id).cte("released")
    return select(released)


@cache
def _waking() -> UpdateBase:
    return update(notifications).where(*_waiting()).values(due=_NOW)
