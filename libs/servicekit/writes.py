"""Turns the writes of one unit of work into as few SQL statements as possible, usually one.

A command's rows (aggregate, outbox, audit, idempotency, timers) become one statement with data-modifying
CTEs: one parse, one round trip, one commit. Guarded updates come first and the inserts read from the
guard, so an outbox row takes its `seq` only after its aggregate's row is locked at the expected version;
that is what keeps events of one aggregate in order (design section 3). What a new row refers to is looked for
by the same guard, which spares its use case a round trip.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, NamedTuple

from psycopg.types.json import Jsonb
from sqlalchemy import Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB

_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
ALWAYS = "*"
"""As `Write.newer`: the new row always wins."""

_ROWS_AT_ONCE = 64

_GUARDING = ("update", "require")


class Write(NamedTuple):
    """One change of one table; `columns` names the values of each of `rows`, in order.

    A unit makes one for each row: a tuple is made in a quarter of the time that a frozen dataclass takes.
    """

    table: Table
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    keys: tuple[str, ...] = ()
    """Upsert: the conflict columns. Update, delete and require: the leading columns that find the row."""
    verb: str = "insert"
    """Or `update`, `delete`, or `require`, which changes nothing: the row must be there."""
    newer: str | None = None
    """Upsert: overwrite only where the new value of this column is greater; None leaves what is there."""
    guarded: bool = False
    """Update: the last key column is `version`, and it must match."""
    unless: Table | None = None
    """Upsert: a row is left out whose columns of the same names find one in this table by its primary key."""


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with `$n` placeholders and its values."""

    sql: str
    values: tuple[Any, ...]


class Segment:
    """Writes that touch no row twice, and so can go as one statement."""

    def __init__(self) -> None:
        self.writes: list[Write] = []
        # Rows by table and key, and each beginning of these with "any" behind it; and what is touched as a whole.
        self._held: set[object] = set()
        self._wide: set[object] = set()

    def takes(self, write: Write, key: Mapping[str, Any] | None) -> bool:
        """Adds the write and returns True, unless it may touch a row that an earlier one touches.

        `key` finds the rows; None is an insert whose rows nothing else touches, as where the database makes the key.
        """
        if key is not None and not self._take(write.table, key):
            return False
        self.writes.append(write)
        return True

    def _take(self, table: Table, key: Mapping[str, Any]) -> bool:
        names, whole = _way(table, tuple(key))
        path = (table.name, *[key[name] for name in names])
        above = [path[:n] for n in range(1, len(path) + (0 if whole else 1))]
        if (path if whole else (*path, "any")) in self._held or not self._wide.isdisjoint(above):
            return False
        self._held.update([(*p, "any") for p in above])
        (self._held if whole else self._wide).add(path)
        return True


@cache
def _way(table: Table, given: tuple[str, ...]) -> tuple[tuple[str, ...], bool]:
    """The leading columns of the primary key that are given, and whether that is all of it.

    None for any other key, which may touch every row.
    """
    names = key_names(table)
    leading = tuple(name for name in names if name in given)
    if names[: len(leading)] != leading or len(leading) != len(given):
        return (), False
    return leading, leading == names


@cache
def key_names(table: Table) -> tuple[str, ...]:
    """The columns of a table's primary key. SQLAlchemy's own answer costs as much as the rest of a buffered write."""
    return tuple(column.name for column in table.primary_key)


def statements_of(part: Segment | Statement) -> list[Statement]:
    """What a part of a unit is sent as."""
    return [part] if isinstance(part, Statement) else compile_writes(part.writes)


def compile_writes(writes: Sequence[Write]) -> list[Statement]:
    """A segment's writes as one statement, or a few when it has very many rows."""
    first, *more = _chunks(_merged(writes))
    return [_compile(first), *(_compile([write]) for write in more)]


def _chunks(writes: list[Write]) -> tuple[list[Write], *tuple[Write, ...]]:
    """The first rows of every write, which go together, and what is left over of the long ones."""
    if all(len(w.rows) <= _ROWS_AT_ONCE for w in writes):
        return (writes,)
    first: list[Write] = []
    more: list[Write] = []
    for w in writes:
        for start in range(0, len(w.rows), _ROWS_AT_ONCE):
            part = w._replace(rows=w.rows[start : start + _ROWS_AT_ONCE])
            (more if start else first).append(part)
    return first, *more


def _compile(writes: Sequence[Write]) -> Statement:
    ordered = sorted(writes, key=lambda write: write.verb not in _GUARDING)
    shape = tuple((w.table, w.columns, len(w.rows), w.keys, w.verb, w.newer, w.guarded, w.unless) for w in ordered)
    sql, converters = _sql(shape)
    flat = (value for write in ordered for row in write.rows for value in row)
    return Statement(sql, tuple(c(v) if c and v is not None else v for c, v in zip(converters, flat, strict=True)))


def _merged(writes: Sequence[Write]) -> list[Write]:
    """Rows that go into the same table in the same way share one INSERT, in their order."""
    alike: dict[object, list[Write]] = {}
    for number, write in enumerate(writes):
        way = (write.table, write.columns, write.keys, write.newer, write.unless)
        alike.setdefault(way if write.verb == "insert" else number, []).append(write)
    return [ws[0]._replace(rows=tuple(r for w in ws for r in w.rows)) if ws[1:] else ws[0] for ws in alike.values()]


@lru_cache(maxsize=2048)
def _sql(shape: tuple[Any, ...]) -> tuple[str, tuple[Callable[[Any], Any] | None, ...]]:
    """The statement for a shape of writes, those that guard others first, and what each value is wrapped in."""
    parts: list[str] = []
    checks: list[str] = []
    converters: list[Callable[[Any], Any] | None] = []
    for number, (table, columns, count, keys, verb, newer, guarded, unless) in enumerate(shape):
        if checks and verb not in _GUARDING and not _has_guard(parts):
            parts.append(_guard(checks))
        rows = [_placeholders(table, columns, len(converters) + 1 + r * len(columns)) for r in range(count)]
        converters += [_converter(table, column) for _ in range(count) for column in columns]
        if verb == "require":
            checks.append(_missing(table, columns, rows[0]))
            continue
        if verb == "insert":
            body = _insert(table, columns, _source(columns, rows, bool(checks), unless), keys, newer)
        else:
            body = _change(verb, table, columns, rows[0], len(keys))
        parts.append(f"w{number} AS ({body})")
        if guarded:
            checks.append(f"WHEN (SELECT count(*) FROM w{number}) <> 1 THEN {_stale(table, rows[0][0])}")
    if checks and not _has_guard(parts):
        parts.append(_guard(checks))
    return (f"WITH {', '.join(parts)} SELECT {'ok FROM guard' if checks else '1'}", tuple(converters))


def _has_guard(parts: Sequence[str]) -> bool:
    return any(part.startswith("guard ") for part in parts)


def _placeholders(table: Table, columns: Sequence[str], first: int) -> list[str]:
    # The cast gives the server the type, also for NULL and inside a VALUES list of a SELECT.
    return [f"${first + n}::{table.c[name].type.compile(_DIALECT)}" for n, name in enumerate(columns)]


def _converter(table: Table, column: str) -> Callable[[Any], Any] | None:
    return Jsonb if isinstance(table.c[column].type, JSONB) else None


def _source(columns: Sequence[str], rows: list[list[str]], guarded: bool, unless: Table | None) -> str:
    """Where an INSERT has its rows from: the guard lets them through, and some may be left out."""
    values = "VALUES " + ", ".join(f"({', '.join(row)})" for row in rows)
    if not guarded and unless is None:
        return values
    chosen = f"SELECT v.* FROM {'guard, ' if guarded else ''}({values}) AS v ({', '.join(columns)})"
    if unless is None:
        return chosen
    matching = " AND ".join(f"{name} = v.{name}" for name in key_names(unless))
    return f"{chosen} WHERE NOT EXISTS (SELECT FROM {unless.name} WHERE {matching})"


def _insert(table: Table, columns: Sequence[str], source: str, keys: Sequence[str], newer: str | None) -> str:
    sql = f"INSERT INTO {table.name} ({', '.join(columns)}) {source}"
    if not keys:
        return sql
    if newer is None:
        return f"{sql} ON CONFLICT ({', '.join(keys)}) DO NOTHING"
    changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    condition = "" if newer == ALWAYS else f" WHERE excluded.{newer} > {table.name}.{newer}"
    return f"{sql} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changes}{condition}"


def _change(verb: str, table: Table, columns: Sequence[str], row: list[str], keys: int) -> str:
    found = _matching(columns[:keys], row[:keys])
    if verb == "delete":
        return f"DELETE FROM {table.name} WHERE {found}"
    changes = ", ".join(f"{name} = {value}" for name, value in zip(columns[keys:], row[keys:], strict=True))
    return f"UPDATE {table.name} SET {changes} WHERE {found} RETURNING 1"


def _matching(columns: Sequence[str], row: Sequence[str]) -> str:
    return " AND ".join(f"{name} = {value}" for name, value in zip(columns, row, strict=True))


def _guard(checks: list[str]) -> str:
    return f"guard AS (SELECT CASE {' '.join(checks)} ELSE 1 END AS ok)"


def _stale(table: Table, key: str) -> str:
    return f"hearthline_stale_write('{table.name}/' || {key})"


def _missing(table: Table, columns: Sequence[str], row: list[str]) -> str:
    return (
        f"WHEN NOT EXISTS (SELECT FROM {table.name} WHERE {_matching(columns, row)})"
        f" THEN hearthline_missing('{table.name}/' || {row[0]})"
    )


def row_write(table: Table, values: Mapping[str, Any], **options: Any) -> Write:
    """A Write of one row given as a mapping."""
    return Write(table, tuple(values), (tuple(values.values()),), **options)
