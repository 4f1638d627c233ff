"""The unit of work: reads as they come, writes in one round trip at the end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

from google.protobuf.message import Message
from sqlalchemy import Table
from sqlalchemy.sql.dml import UpdateBase

from servicekit import cloudevents, tables
from servicekit.core import AnySelect, compile_core, prepared
from servicekit.database import send
from servicekit.ids import new_id
from servicekit.metrics import Labels, Metric
from servicekit.personal.messages import sealed_event
from servicekit.reach import EVERYTHING, Reach
from servicekit.reads import AnyRow, by_id, fetch
from servicekit.telemetry import current_trace_id, current_traceparent
from servicekit.writes import ALWAYS, Segment, Statement, Write, key_names, row_write, statements_of

if TYPE_CHECKING:
    from servicekit.kit import Kit

T = TypeVar("T")
Values = Mapping[str, Any]


class UnitOfWork:
    """One change of one service's database, with its events, timers and audit (design section 2).

    Writes are buffered and sent at `commit`, as one statement where no row is touched twice. Reads see the
    unit's own writes. Handlers may be run again from the start, so they do nothing but read and write here.
    """

    def __init__(self, kit: "Kit", actor: str, action: str, request_id: str = "", reach: Reach = EVERYTHING) -> None:
        self._kit = kit
        self._connection = kit.connect()
        self._segments: list[Segment | Statement] = []
        # Events go last, so that their `seq` is taken after every row of the unit is locked.
        self._events: list[dict[str, Any]] = []
        self._in_transaction = False
        self._wakes: set[str] = set()
        self._counts: list[tuple[Metric, Labels]] = []
        self.actor = actor
        """Subject of whoever caused this unit: a caller, a consumer or a timer."""
        self._action, self._request_id, self._subject = action, request_id, ""
        self.personal, self.reach = kit.personal, reach
        self.now: datetime = kit.clock.now()
        self.joined = False

    def row(self, query: AnySelect, values: Values | None = None) -> AnyRow | None:
        """The first row of a query, or None; see `rows`."""
        return next(iter(self.rows(query, values)), None)

    def rows(self, query: AnySelect, values: Values | None = None) -> Sequence[AnyRow]:
        """All rows of a query; the unit's own writes are visible to it.

        `values` are for the bindparams of a query that is built once and used again (see `reads`); a query
        that is built for this call has its values in it.
        """
        if self._segments:
            self._flush(commit=False)
        # Whoever called a handler tells a database that is away from a handler that fails.
        with self._kit.translated_errors():
            if values is not None:
                return self.personal.opened(query, fetch(self._connection.cursor, query, values))
            return self.personal.opened(query, self._connection.sql.execute(query).all())

    def get(self, table: Table, identifier: str) -> AnyRow | None:
        """The row of a table with this `id`, or None."""
        return self.row(by_id(table), {"id": identifier})

    def lock_one(self, query: AnySelect, values: Values | None = None) -> AnyRow | None:
        """The first row of a query that locks or takes it, held until the unit ends; None when there is none."""
        holds = self._in_transaction or bool(self._segments or self._events)
        with self._kit.translated_errors():
            if not self._in_transaction:
                self._connection.cursor.execute("BEGIN")
                self._in_transaction = True
            row = self.row(query, values)
            if row is None and not holds:
                # Not left to be rolled back: psycopg forgets a connection's prepared statements with each ROLLBACK.
                self._connection.cursor.execute("COMMIT")
                self._in_transaction = False
        return row

    def insert(self, table: Table, values: Values) -> None:
        """Adds a row; a row with its key already there makes the commit fail with AlreadyExists."""
        names = key_names(table)
        key = {name: values[name] for name in names} if all(name in values for name in names) else None
        self._write(row_write(table, self.personal.sealed(table, values)), key)

    def insert_all(self, table: Table, rows: Sequence[Values]) -> None:
        """Adds many rows of the same columns, which nothing else in this unit touches; see `insert`."""
        if found := [self.personal.sealed(table, row) for row in rows]:
            self._write(Write(table, tuple(found[0]), tuple(tuple(row.values()) for row in found)), None)

    def update(self, table: Table, key: Values, values: Values, version: int | None = None) -> None:
        """Changes the row with this key; with `version`, only at that version, which becomes the next one."""
        guard = {} if version is None else {"version": version}
        found = {**key, **guard}
        changes = {**self.personal.sealed(table, values, key), **{name: v + 1 for name, v in guard.items()}}
        columns, row = (*found, *changes), (*found.values(), *changes.values())
        self._write(Write(table, columns, (row,), tuple(found), "update", guarded=version is not None), key)

    def upsert(
        self, table: Table, values: Values, key: Sequence[str], newer: str | None = None, unless: Table | None = None
    ) -> None:
        """Adds a row, or overwrites one that is older in column `newer`; without `newer` the first one stays.

        Nothing is added where `unless` has a row whose key is in this one, as of a customer who was erased.
        """
        write = row_write(table, self.personal.sealed(table, values), keys=tuple(key), newer=newer, unless=unless)
        self._write(write, {c: values[c] for c in key})

    def delete(self, table: Table, key: Values) -> None:
        """Removes the rows with this key."""
        self._write(row_write(table, key, keys=tuple(key), verb="delete"), key)

    def require(self, table: Table, identifier: str) -> None:
        """Makes the commit fail with NotFound unless the table has a row with this `id`.

        It is looked for by the statement that writes, and as the database was before it: a use case that only
        wants to know that something is there needs no read. The service's migrations have `add_requirements`.
        """
        self._write(row_write(table, {"id": identifier}, keys=("id",), verb="require"), None)

    def execute(self, statement: UpdateBase, values: Values | None = None) -> None:
        """Buffers any other Core write, as a statement of its own, with its personal values sealed; see `rows`."""
        self._segments.append(compile_core(statement) if values is None else prepared(statement, values))

    def emit(self, message: Message, subject: str, sequence: int) -> None:
        """Publishes a fact with this commit; `sequence` is the version that its aggregate gets.

        `subject` is the aggregate's resource name; its id part is the key that keeps its events in order.
        """
        self._subject = self._subject or subject
        self._counts += self._kit.metrics.counts_of(message)
        headers = cloudevents.headers(message, self._kit.name, subject, sequence, self.now, current_traceparent())
        value = sealed_event(self._kit.keyring, message).SerializeToString()
        self.emit_raw(self._kit.topic, subject.partition("/")[2], value, headers)

    def emit_raw(self, topic: str, key: str, value: bytes, headers: Mapping[str, str]) -> None:
        """Publishes bytes on a topic with this commit; for partners whose format is not ours (B2)."""
        self._events.append({"topic": topic, "key": key, "headers": dict(headers), "value": value})
        self._wakes.add("relay")

    def audit(self, resource: str) -> None:
        """Names the resource that the audit row of this command is about; else the first event's subject is."""
        self._subject = resource

    def schedule(self, kind: str, subject: str, due: datetime, payload: Values | None = None, name: str = "") -> None:
        """Sets the durable timer (kind, subject, name); setting it again moves it (W6)."""
        key = {"kind": kind, "subject": subject, "name": name}
        row = {
            **key,
            "due": due,
            "payload": dict(payload or {}),
            "traceparent": current_traceparent(),
            "failures": 0,
            "not_before": None,
        }
        self._write(row_write(tables.timers, row, keys=tuple(key), newer=ALWAYS), key)
        self._wakes.add("timers")

    def cancel(self, kind: str, subject: str, name: str | None = None) -> None:
        """Drops one timer, or all of this kind and subject."""
        key = {"kind": kind, "subject": subject} | ({} if name is None else {"name": name})
        self.delete(tables.timers, key)

    def check_reach_was_asked(self) -> None:
        """Fails for a use case that never asked what its limited caller may touch, which is a bug of ours."""
        if not self.reach.is_checked:
            raise RuntimeError(f"{self._action} does not look at the data scopes of its caller")

    def count(self, metric: Metric, **labels: str) -> None:
        """Adds one to a counter once the unit is committed (P3)."""
        self._counts.append((metric, labels))

    def wake(self, loop: str) -> None:
        """Wakes a loop of this process once the unit is committed, sparing it the wait for its next poll."""
        self._wakes.add(loop)

    def reply_with(self, method: str, body_hash: bytes, render: Callable[[Any], Message]) -> None:
        """Makes `commit` render its result and keep it as the answer to the request id (AIP-155)."""
        self._render, self._method, self._body_hash = render, method, body_hash

    _render: Callable[[Any], Message] | None = None
    reply: Message | None = None

    def commit(self, result: T) -> T:
        """Ends the unit and returns `result`: all of it is stored, or (on any error) none.

        Errors: Aborted for a stale version, AlreadyExists for a taken key, Unavailable.
        In a consumer's batch the batch commits, after its last event.
        """
        if self.joined:
            return result
        self.check_reach_was_asked()
        if self._render is not None:
            self.reply = self._render(result)
            self._append_request(self.reply)
            self._append_audit()
        self.finish()
        return result

    def finish(self) -> None:
        """Commits a batch of joined units; the kit's consumers and timers call it."""
        self._flush(commit=True)
        self._kit.wake(self._wakes)
        for metric, labels in self._counts:
            self._kit.metrics.recorder(metric, labels)(1)
        self._counts.clear()

    def abandon(self) -> None:
        """The connection is broken: nobody is to get it again."""
        self._connection.abandon()

    def close(self) -> None:
        """Gives the connection back; what was not committed is rolled back."""
        self._connection.close()

    def _write(self, write: Write, key: Values | None) -> None:
        last = self._segments[-1] if self._segments else None
        if not isinstance(last, Segment) or not last.takes(write, key):
            self._segments.append(segment := Segment())
            segment.takes(write, key)

    def _append_request(self, reply: Message) -> None:
        if self._request_id:
            row = {"request_id": self._request_id, "method": self._method, "body_hash": self._body_hash}
            self.insert(tables.requests, {**row, "reply": reply.SerializeToString()})

    def _append_audit(self) -> None:
        row = {"id": new_id(), "time": self.now, "actor": self.actor, "action": self._action}
        about = {"resource": self._subject, "request_id": self._request_id, "trace_id": current_trace_id()}
        self.insert(tables.audit, {**row, **about})

    def _flush(self, commit: bool) -> None:
        if commit:
            for row in self._events:
                self._write(row_write(tables.outbox, row), None)
            self._events.clear()
        statements = [s for part in self._segments for s in statements_of(part)]
        self._segments.clear()
        if statements or self._in_transaction:
            with self._kit.translated_errors():
                send(self._connection.cursor, statements, begin=not self._in_transaction, commit=commit)
        self._in_transaction = not commit and (self._in_transaction or bool(statements))
