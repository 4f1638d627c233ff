"""The sealing loop: gives committed rows their place and seal in a hash chain, soon after their commit (P4, S13).

Commands write plain rows and wait for nothing. One sealer a service, elected like the relay, takes rows that have no
place yet, in batches, whatever their order of commit was. Place and head change in one statement, and only from the
head that the sealer had read: one that was paused past its lead changes nothing. Now and then the head is told
where the database cannot reach: on a topic of the service, and in the log.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import psycopg
import structlog
from sqlalchemy import Table, Text, func, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import TIMESTAMP

from hearthline.operations.v1.audit_pb2 import AuditSealed
from servicekit import cloudevents
from servicekit.chain import Head, beginning, extend
from servicekit.database import raw_connection
from servicekit.errors import Unavailable
from servicekit.kit import Kit
from servicekit.lead import Lead
from servicekit.tables import audit, chains
from servicekit.times import to_timestamp

_log = structlog.get_logger()
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
_BATCH = 1000
_PUBLISHED_ROWS = 10_000
"""So many new rows are published at once, without waiting for the time."""


@dataclass(frozen=True)
class Sealed:
    """A table whose rows are sealed: its key, and every field that a seal is over, in this order for ever.

    The table has the columns and indexes of `servicekit.tables.sealed` and `sealing_indexes`.
    """

    table: Table
    keys: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """Of the chain."""
        return self.table.name

    @cached_property
    def columns(self) -> str:
        """SQL of all fields as texts: times in seconds since 1970, JSON as PostgreSQL writes it."""
        return ", ".join(_as_text(self.table, name) for name in self.fields)

    @cached_property
    def key(self) -> str:
        """SQL of the key's columns, as they are."""
        return ", ".join(f"{self.name}.{key}" for key in self.keys)

    @cached_property
    def unsealed(self) -> str:
        """Query for the key and the fields of the next rows to seal."""
        found = f"FROM {self.name} WHERE position IS NULL ORDER BY {self.key} LIMIT {_BATCH}"
        return f"SELECT {self.key}, {self.columns} {found}"

    @cached_property
    def seal(self) -> str:
        """Moves the head from one position to another and gives rows their places: all of it, or nothing."""
        types = [self.table.c[key].type.compile(_DIALECT) for key in self.keys]
        given = ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(types, start=7))
        found = " AND ".join(f"t.{key} = s.{key}" for key in self.keys)
        return (
            "WITH head AS (UPDATE chains SET position = $3, seal = $4 WHERE name = $1 AND position = $2 RETURNING 1)"
            f" UPDATE {self.name} t SET position = s.position, seal = s.seal"
            f" FROM head, unnest($5::bigint[], $6::bytea[], {given}) AS s (position, seal, {', '.join(self.keys)})"
            f" WHERE {found} AND t.position IS NULL"
        )


AUDIT = Sealed(audit, ("id",), ("id", "time", "actor", "action", "resource", "request_id", "trace_id"))
"""Every service has it."""


def audit_topic(service: str) -> str:
    """Where a service publishes how far its rows are sealed."""
    return f"hearthline.{service}.audit.v1"


def beginning_of(service: str, sealed: Sealed) -> Head:
    """Where a service's chain begins."""
    return beginning(f"{service}/{sealed.name}")


class Sealer:
    """The loop; a row is sealed within about `poll_s` seconds of its commit."""

    name = "sealer"
    poll_s = 1.0

    def __init__(self, tables: Sequence[Sealed] = (AUDIT,)) -> None:
        self._tables = tables
        self._lead = Lead("hearthline.sealer")

    def run_once(self, kit: Kit) -> bool:
        """Seals a batch of each table; True when one was full."""
        if not self._lead.take(kit):
            return False
        try:
            with kit.translated_errors():
                counts = [self._seal(kit, sealed) for sealed in self._tables]
        except Unavailable:
            # A session that was ended does not come back, and the lead went with it.
            self._lead.give_up()
            raise
        return max(counts) == _BATCH

    def close(self) -> None:
        """Gives the lead up, for another process to take."""
        self._lead.give_up()

    def _seal(self, kit: Kit, sealed: Sealed) -> int:
        connection = raw_connection(self._lead.connection)
        head = self._head(kit, connection, sealed)
        rows = connection.execute(sealed.unsealed).fetchall()
        if rows:
            following = [head := extend(head, row[len(sealed.keys) :]) for row in rows]
            keys = [[row[n] for row in rows] for n in range(len(sealed.keys))]
            places = [each.position for each in following], [each.seal for each in following]
            before = following[0].position - 1
            values = [sealed.name, before, head.position, head.seal, *places, *keys]
            if psycopg.RawCursor(connection).execute(sealed.seal, values).rowcount != len(rows):
                # Another process has the lead by now; or rows were removed, which leaves their places empty for ever.
                _log.warning("sealer: rows changed meanwhile", chain=sealed.name, position=head.position)
                self._lead.give_up()
                return 0
        return len(rows)

    def _head(self, kit: Kit, connection: "psycopg.Connection[Any]", sealed: Sealed) -> Head:
        """Where the chain is now; publishes it when that is due."""
        waits = timedelta(seconds=kit.settings.audit_publish_seconds)
        row = connection.execute(_HEAD, [waits, _PUBLISHED_ROWS, sealed.name]).fetchone()
        if row is None:
            head = beginning_of(kit.name, sealed)
            connection.execute(_BEGIN, [sealed.name, head.position, head.seal])
            return head
        position, seal, is_due = row
        head = Head(position, seal)
        if is_due:
            _publish(kit, sealed, head)
        return head


_HEAD = """
SELECT position, seal, position > published_position
    AND (now() - published_at > %s OR position - published_position >= %s)
FROM chains WHERE name = %s
"""
_BEGIN = """
INSERT INTO chains (name, position, seal, published_position, published_at) VALUES (%s, %s, %s, 0, now())
ON CONFLICT DO NOTHING
"""


def _publish(kit: Kit, sealed: Sealed, head: Head) -> None:
    """Tells the head to those who can keep it."""
    told = {"published_position": head.position, "published_at": func.now()}
    with kit.unit() as uow:
        uow.execute(update(chains).where(chains.c.name == sealed.name).values(told))
        message = AuditSealed(
            service=kit.name,
            chain=sealed.name,
            position=head.position,
            seal=head.seal,
            seal_time=to_timestamp(uow.now),
        )
        headers = cloudevents.headers(message, kit.name, f"chains/{sealed.name}", head.position, uow.now, "")
        uow.emit_raw(audit_topic(kit.name), sealed.name, message.SerializeToString(), headers)
        uow.commit(None)
    _log.info("audit sealed", chain=sealed.name, position=head.position, seal=head.seal.hex())


def _as_text(table: Table, name: str) -> str:
    kind = table.c[name].type
    if isinstance(kind, TIMESTAMP):
        return f"extract(epoch FROM {name})::text"
    return name if isinstance(kind, Text) else f"{name}::text"
