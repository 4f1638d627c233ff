"""Verification: are a service's sealed rows still those that were sealed, and as many as were published (P4, S13)?"""

from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from hearthline.operations.v1.audit_pb2 import AuditSealed
from servicekit.chain import BrokenChain, Head, Row, follow
from servicekit.eventlog import EventLog
from servicekit.kit import Kit
from servicekit.sealing import Sealed, audit_topic, beginning_of

T = TypeVar("T")

_PAGE = 10_000
_PUBLISHED = 1_000_000
"""More than a topic of heads ever holds."""

Progress = Callable[[int, int], object]
"""Told how many rows of how many are verified."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What a chain that holds comes to."""

    head: Head
    published: Head | None
    """The last head that somebody else keeps, and the chain has; None when none was published."""
    unsealed: int
    """Rows that have no place yet: these are not protected."""


def published_heads(eventlog: EventLog, service: str) -> dict[str, dict[int, bytes]]:
    """The seals that a service has published, by chain and position. Errors: EventLogUnavailable."""
    found: dict[str, dict[int, bytes]] = {}
    for record in eventlog.read(audit_topic(service), _PUBLISHED):
        told = AuditSealed.FromString(record.value)
        # Whoever published twice for one position said two things: the first was there before the other.
        found.setdefault(told.chain, {}).setdefault(told.position, told.seal)
    return found


def verify(kit: Kit, sealed: Sealed, known: Mapping[int, bytes], progress: Progress | None = None) -> Verified:
    """Follows a chain from its beginning; BrokenChain names the first position and row that are not as sealed.

    Rows that are sealed meanwhile are left for the next time.
    """
    with kit.translated_errors(), _connection(kit) as connection:
        end = _end(connection, sealed)
        head = beginning_of(kit.name, sealed)
        with closing(_ahead(_pages(connection, sealed, end.position if end else 0))) as pages:
            for page in pages:
                head = follow(head, page, known)
                if progress:
                    progress(head.position, end.position if end else 0)
        _check_end(connection, sealed, head, end)
        latest = max(known, default=0)
        if latest > head.position:
            raise BrokenChain(head.position + 1, (), f"the row is missing: {latest} rows were sealed and published")
        unsealed = connection.execute(_sql(sealed, "SELECT count(*) FROM {} WHERE position IS NULL")).fetchone()
    assert unsealed is not None
    return Verified(head, Head(latest, known[latest]) if latest else None, unsealed[0])


@contextmanager
def _connection(kit: Kit) -> "Iterator[psycopg.Connection[Any]]":
    connection = kit.connect()
    try:
        yield connection.raw
    finally:
        connection.close()


def _end(connection: "psycopg.Connection[Any]", sealed: Sealed) -> Head | None:
    row = connection.execute("SELECT position, seal FROM chains WHERE name = %s", [sealed.name]).fetchone()
    return Head(*row) if row else None


def _ahead(pages: Iterator[T]) -> Generator[T, None, None]:
    """The same, each read while the one before it is worked on: the server is as busy with a page as we are."""
    with ThreadPoolExecutor(1) as reader:
        following = reader.submit(lambda: next(pages, None))
        while (page := following.result()) is not None:
            following = reader.submit(lambda: next(pages, None))
            yield page


def _pages(connection: "psycopg.Connection[Any]", sealed: Sealed, end: int) -> Iterator[list[Row]]:
    """The placed rows in their order, up to `end`; by pages, so that no transaction stays open over a large table."""
    order = f"position, {sealed.key}"
    select = f"SELECT position, seal, {sealed.key}, {sealed.columns} FROM {{}} WHERE position <= %s"
    rest = f"ORDER BY {order} LIMIT {_PAGE}"
    further = f"AND ({order}) > (%s{', %s' * len(sealed.keys)})"
    names = slice(2, 2 + len(sealed.keys))
    rows = connection.execute(_sql(sealed, f"{select} {rest}"), [end], binary=True).fetchall()
    while rows:
        yield [Row(row[0], row[1], row[names], row[names.stop :]) for row in rows]
        values = [end, rows[-1][0], *rows[-1][names]]
        rows = connection.execute(_sql(sealed, f"{select} {further} {rest}"), values, binary=True).fetchall()


def _check_end(connection: "psycopg.Connection[Any]", sealed: Sealed, head: Head, end: Head | None) -> None:
    """The chain ends where its head says, and no row has a place beyond it."""
    if end is not None and head.position < end.position:
        raise BrokenChain(head.position + 1, (), f"the row is missing: {end.position} rows were sealed")
    if end is not None and head != end:
        raise BrokenChain(end.position, (), "the head of the chain has another seal")
    # In one look, for the head moves on together with the rows.
    end_now = "coalesce((SELECT position FROM chains WHERE name = %s), 0)"
    beyond = f"SELECT position, {sealed.key} FROM {{}} WHERE position > {end_now} ORDER BY position LIMIT 1"
    if row := connection.execute(_sql(sealed, beyond), [sealed.name]).fetchone():
        raise BrokenChain(row[0], row[1:], "the row is beyond the end of the chain")


def _sql(sealed: Sealed, query: str) -> str:
    return query.format(sealed.name)
