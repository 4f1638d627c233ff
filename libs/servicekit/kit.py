"""What a running service has at hand: clock, database, event log, and its loops' wake-up calls."""

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from servicekit.clock import Clock
from servicekit.constraints import refusal
from servicekit.database import (
    cursor_of,
    is_broken,
    is_lost_race,
    is_missing_row,
    is_stale_write,
    is_unavailable,
    raw_connection,
)
from servicekit.errors import Aborted, NotFound, Unavailable
from servicekit.eventlog import EventLog
from servicekit.metrics import Metrics
from servicekit.personal.columns import PersonalColumns
from servicekit.personal.keyring import load_keyring
from servicekit.reach import EVERYTHING, Reach
from servicekit.settings import ServiceSettings
from servicekit.uow import UnitOfWork


class PooledConnection:
    """A connection of the pool, for Core reads and for psycopg pipelines alike; taken when first used."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @cached_property
    def sql(self) -> Connection:
        """SQLAlchemy's view of it."""
        return self._engine.connect()

    @property
    def raw(self) -> "psycopg.Connection[Any]":
        """psycopg's view of it."""
        return raw_connection(self.sql)

    @property
    def cursor(self) -> "psycopg.RawCursor[Any]":
        """For what is sent past SQLAlchemy."""
        return cursor_of(self.sql)

    def abandon(self) -> None:
        """Lets the pool have another one in its place."""
        if "sql" in self.__dict__:
            self.sql.invalidate()

    def close(self) -> None:
        """Gives it back to the pool, rolled back; one that broke meanwhile was rolled back by the server."""
        if "sql" in self.__dict__:
            # Whoever used it has its outcome already; the pool drops what it cannot roll back.
            with suppress(DBAPIError):
                self.sql.close()


class Kit:
    """The parts of one running service; handed to its loops and its API."""

    def __init__(
        self,
        name: str,
        settings: ServiceSettings,
        clock: Clock,
        engine: Engine,
        eventlog: EventLog,
        metrics: Metrics | None = None,
    ) -> None:
        self.name = name
        self.topic = f"hearthline.{name}.v1"
        self.settings = settings
        self.clock = clock
        self.engine = engine
        self.eventlog = eventlog
        self.metrics = metrics or Metrics()
        self.keyring = load_keyring(settings.keyring, settings.environment)
        self.personal = PersonalColumns(self.keyring, name)
        self.commits = 0
        self.hurry = threading.Event()
        """Set while somebody waits for the loops to be done; they leave their pace then."""
        self._wakers: dict[str, threading.Event] = {}

    @contextmanager
    def unit(
        self, actor: str = "", action: str = "", request_id: str = "", reach: Reach = EVERYTHING
    ) -> Iterator[UnitOfWork]:
        """A unit of work; what its user does not commit is rolled back. `actor` defaults to the service itself."""
        uow = UnitOfWork(self, actor or f"system/{self.name}", action, request_id, reach)
        try:
            with self.translated_errors():
                yield uow
        except Unavailable:
            # The first error of a session that was ended does not yet look like its end.
            uow.abandon()
            raise
        finally:
            uow.close()

    def connect(self) -> PooledConnection:
        """A connection that takes its place in the pool when first used."""
        return PooledConnection(self.engine)

    @property
    def is_paced(self) -> bool:
        """True when loops are to gather work for a while rather than do each bit as it comes."""
        return self.settings.loop_pace_seconds > 0 and not self.hurry.is_set()

    def waker(self, loop: str) -> threading.Event:
        """The event that `wake(loop)` sets."""
        return self._wakers.setdefault(loop, threading.Event())

    def wake(self, loops: Iterable[str]) -> None:
        """Ends the wait of these loops, where they run in this process."""
        self.commits += 1
        for loop in loops:
            if event := self._wakers.get(loop):
                event.set()

    @contextmanager
    def translated_errors(self) -> Iterator[None]:
        """Turns the database's errors into the errors of `servicekit.errors`."""
        try:
            yield
        except (psycopg.Error, DBAPIError) as error:
            if is_broken(error):
                # Those that rest in the pool broke with it; SQLAlchemy does not see what psycopg is sent directly.
                self.engine.dispose()
            raise _translated(error) from error
        except PoolTimeout as error:
            raise Unavailable("all database connections are busy", reason="DATABASE_BUSY") from error


def _translated(error: psycopg.Error | DBAPIError) -> Exception:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, psycopg.Error):
        detail = cause.diag.message_detail or ""
        if is_stale_write(cause):
            return Aborted(detail)
        if is_missing_row(cause):
            return NotFound(detail)
        if (refused := refusal(cause)) is not None:
            return refused
        if is_lost_race(cause):
            return Aborted("something that two transactions needed")
    if is_unavailable(cause):
        return Unavailable("the database cannot be reached", reason="DATABASE_UNAVAILABLE")
    return error
