"""Durable timers: each fires once, in the transaction of its effect, never early, soon after its time (W6)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, bindparam, delete, func, or_, select, update

from servicekit.errors import Aborted, Unavailable
from servicekit.kit import Kit
from servicekit.metrics.catalogue import LATENESS, TIMER_FAILURES
from servicekit.reads import AnyRow
from servicekit.tables import Instant, timers
from servicekit.telemetry import span, within
from servicekit.uow import UnitOfWork

_log = structlog.get_logger()
_LONGEST_PAUSE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer that is due."""

    kind: str
    subject: str
    name: str
    due: datetime
    payload: Mapping[str, Any]


TimerHandler = Callable[[UnitOfWork, Timer], object]


class TimerLoop:
    """Fires what is due, one timer a transaction; several processes share the work (SKIP LOCKED)."""

    name = "timers"

    def __init__(self, handlers: Mapping[str, TimerHandler], poll_s: float = 0.25) -> None:
        self._handlers = dict(handlers)
        self._next: datetime | None = None
        # Built once, for they run all the time.
        mine = (timers.c.kind.in_(list(self._handlers)), self._ready())
        self._first = select(func.min(timers.c.due)).where(*mine)
        due = select(*timers.primary_key).where(timers.c.due <= bindparam("now", type_=Instant), *mine)
        picked = due.order_by(timers.c.due).limit(1).with_for_update(skip_locked=True).cte("picked")
        this = (column == picked.c[column.name] for column in timers.primary_key)
        # It goes as it is taken, in the transaction of its effect: the handler may set the same timer again.
        taken = delete(timers).where(*this).returning(*timers.c).cte("taken")
        self._take = select(*taken.c)
        self.poll_s = poll_s

    def next_due(self) -> datetime | None:
        """The earliest timer known."""
        return self._next

    def run_once(self, kit: Kit) -> bool:
        """Fires the next due timer; False when none is due."""
        with kit.unit(actor="timer") as uow:
            # The cheap look first, for mostly nothing is due yet; after one that was due, another may be.
            if self._next is None or self._next > uow.now:
                self._next = self._earliest(uow)
                if self._next is None or self._next > uow.now:
                    return False
            uow.joined = True
            row = uow.lock_one(self._take, {"now": uow.now})
            if row is None:
                self._next = self._earliest(uow)
                return False
            try:
                self._fire(uow, row)
                uow.finish()
                late = max((uow.now - row.due).total_seconds(), 0)
                kit.metrics.recorder(LATENESS, {"kind": row.kind})(late)
                return True
            except Unavailable:
                raise
            except Exception as error:  # noqa: BLE001
                failure = error
        self._postpone(kit, row, failure)
        return True

    def _ready(self) -> ColumnElement[bool]:
        """Not one whose handler failed and whose pause (in real time) is not over."""
        return or_(timers.c.not_before.is_(None), timers.c.not_before <= func.now())

    def _earliest(self, uow: UnitOfWork) -> datetime | None:
        row = uow.row(self._first, {})
        return row[0] if row else None

    def _fire(self, uow: UnitOfWork, row: AnyRow) -> None:
        timer = Timer(row.kind, row.subject, row.name, row.due, row.payload)
        with span(f"timer {row.kind}", row.traceparent, attributes={"hearthline.timer.name": row.name}):
            self._handlers[row.kind](uow, timer)

    def _postpone(self, kit: Kit, row: AnyRow, error: Exception) -> None:
        """Keeps a timer whose handler failed, to be tried again with growing pauses for as long as it takes."""
        # A race that was lost once is nobody's fault.
        if row.failures or not isinstance(error, Aborted):
            kit.metrics.recorder(TIMER_FAILURES, {"kind": row.kind})(1)
            with within(row.traceparent):
                _log.error("timer failed", kind=row.kind, subject=row.subject, exc_info=error)
        # The exponent is held, for a timedelta overflows after some hours of failing.
        pause = min(timedelta(seconds=0.1) * 2 ** min(row.failures, 16), _LONGEST_PAUSE)
        this = (timers.c.kind == row.kind, timers.c.subject == row.subject, timers.c.name == row.name)
        with kit.unit(actor="timer") as uow:
            changes = {"failures": timers.c.failures + 1, "not_before": func.now() + pause}
            uow.execute(update(timers).where(*this).values(changes))
            uow.commit(None)
