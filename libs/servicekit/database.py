"""One database a service, reached through one SQLAlchemy pool of psycopg 3 connections."""

from collections.abc import Sequence
from typing import Any, cast

import psycopg
from psycopg.rows import namedtuple_row
from sqlalchemy import Connection, Engine, create_engine, make_url
from sqlalchemy.exc import DBAPIError, OperationalError

from servicekit.tables import MISSING_ROW, STALE_WRITE
from servicekit.writes import Statement

# A host that is gone says nothing. Without these a call would wait for a quarter of an hour, and a server would keep
# the lock of a dead worker's session for two hours, so that nobody could take its lead.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20_000}
_ALIVE_THERE = "-c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"


def connect_database(url: str, pool_size: int = 20, application: str = "hearthline") -> Engine:
    """An engine in AUTOCOMMIT, so that a lone read or a lone write is one round trip.

    `url` is any libpq URL; it connects when first used. Statements are cut off after 15 seconds,
    and a peer that does not answer, here or there, is given up after about 25.
    """
    return create_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        isolation_level="AUTOCOMMIT",
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        # The connection used last knows the schema and has its statements prepared; a rested one must learn again.
        pool_use_lifo=True,
        # Sends nothing: psycopg knows without asking whether a transaction is open.
        pool_reset_on_return="rollback",
        connect_args={
            "application_name": application,
            "connect_timeout": 5,
            **_ALIVE,
            "options": f"-c statement_timeout=15s -c idle_in_transaction_session_timeout=60s {_ALIVE_THERE}",
        },
    )


def raw_connection(connection: Connection) -> "psycopg.Connection[Any]":
    """psycopg's view of a connection of the pool."""
    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    return raw


def cursor_of(connection: Connection) -> "psycopg.RawCursor[Any]":
    """psycopg's one cursor on a connection of the pool, for what is sent past SQLAlchemy.

    It lives as long as psycopg's connection: a new cursor learns anew how each kind of value is written, which costs
    as much as sending the values.
    """
    cursor = connection.info.get("cursor")
    if cursor is None:
        # A named tuple answers as SQLAlchemy's rows do: by name, by place, and with `_asdict`.
        cursor = psycopg.RawCursor(raw_connection(connection), row_factory=namedtuple_row)
        connection.info["cursor"] = cursor
    return cast("psycopg.RawCursor[Any]", cursor)


def send(cursor: "psycopg.RawCursor[Any]", statements: Sequence[Statement], begin: bool, commit: bool) -> None:
    """Sends statements in one round trip, in a transaction of their own unless one is open.

    A lone statement that begins and commits needs no BEGIN: the server makes it a transaction.
    """
    if len(statements) == 1 and begin and commit:
        cursor.execute(statements[0].sql, statements[0].values)
        return
    with cursor.connection.pipeline():
        if begin:
            cursor.execute("BEGIN")
        for statement in statements:
            cursor.execute(statement.sql, statement.values)
        if commit:
            cursor.execute("COMMIT")


def is_stale_write(error: psycopg.Error) -> bool:
    """True for the error that a guarded update raises when its row was changed meanwhile."""
    return error.sqlstate == STALE_WRITE


def is_missing_row(error: psycopg.Error) -> bool:
    """True for the error that a unit raises when a row that it requires is not there."""
    return error.sqlstate == MISSING_ROW


def is_lost_race(error: psycopg.Error) -> bool:
    """True when the database rolled a transaction back for the sake of another: class 40, a deadlock among it.

    psycopg calls each of them an OperationalError, as it does a server that is away.
    """
    return (error.sqlstate or "").startswith("40")


def is_unavailable(error: BaseException) -> bool:
    """True when the database could not be reached, went away, or is full: nothing was changed, later may work."""
    if isinstance(error, DBAPIError | OperationalError) and error.orig is not None:
        error = error.orig
    if isinstance(error, psycopg.errors.DiskFull | psycopg.errors.TooManyConnections | psycopg.errors.QueryCanceled):
        return True
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError) and not is_lost_race(error)


def is_broken(error: BaseException) -> bool:
    """True when psycopg's connection ended under a statement: the server went away, or ended the session."""
    ended = isinstance(error, psycopg.errors.AdminShutdown | psycopg.errors.CrashShutdown)
    return ended or (isinstance(error, psycopg.OperationalError) and error.sqlstate is None)
