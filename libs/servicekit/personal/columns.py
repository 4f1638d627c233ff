"""Columns of personal data: declared as such in a service's tables, sealed and opened around every unit of work (C9).

The type says it, and nobody else need think of it. A value is bound to its service, table, column and row, so that it
can be read in no other place. What is empty is not sealed, for it tells nothing.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Column, ColumnElement, Label, LargeBinary, Row, Table, Text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.engine import IteratorResult
from sqlalchemy.engine.result import SimpleResultMetaData

from servicekit.errors import InvalidArgument
from servicekit.personal.keyring import Keyring, Ring, edition_mark

AnyRow = Row[*tuple[Any, ...]]


class PersonalText(Text):
    """A text that is sealed."""


class PersonalBytes(LargeBinary):
    """Bytes that are sealed."""


class PersonalJson(JSONB):
    """JSON that is sealed as a whole; or, where queries look into it, only the texts under the keys in `leaves`."""

    def __init__(self, *leaves: str) -> None:
        super().__init__()
        self.leaves = leaves


class Marks(ARRAY[str]):
    """The blind index of the column `of`: what finds a row by a text that `texts` makes of the clear value (C2).

    A higher `edition` says that `texts` makes others than before: rows of an older one are marked anew by
    `personal reencrypt`, and until then are found by what their texts were.
    """

    def __init__(self, of: str, texts: Callable[[Any], Iterable[str]], edition: int = 1) -> None:
        super().__init__(Text)
        self.of = of
        self.texts = texts
        self.edition = edition


_NUL = "\\u0000"
"""How JSON writes a NUL, unless the backslash is itself written with one."""
_WRITTEN_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")

UNCHANGEABLE = "unchangeable"
"""In a table's `info`: its rows are never changed. They keep the key that they have for as long as they are there."""

Personal = PersonalText | PersonalBytes | PersonalJson
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Plan:
    """What of a table is personal."""

    sealed: Mapping[str, Personal]
    marks: Mapping[str, Marks]
    key: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a query's rows hold a sealed value: its column, its table, and where the key of the row is."""

    position: int
    type: Personal
    table: str
    column: str
    key: tuple[int, ...]


@lru_cache(maxsize=1024)
def plan_of(table: Table) -> _Plan | None:
    """The personal columns of a table; None when it has none."""
    sealed = {c.name: c.type for c in table.columns if isinstance(c.type, Personal)}
    marks = {c.name: c.type for c in table.columns if isinstance(c.type, Marks)}
    return _Plan(sealed, marks, tuple(c.name for c in table.primary_key)) if sealed else None


class PersonalColumns:
    """Seals what a unit of work writes, and opens what it reads."""

    def __init__(self, keyring: Keyring, service: str) -> None:
        self._keyring = keyring
        self._ring = keyring.data
        self._service = service
        self._places: WeakKeyDictionary[Any, tuple[_Place, ...]] = WeakKeyDictionary()

    def sealed(self, table: Table, values: Values, key: Values | None = None) -> Values:
        """The values as they are stored, with their marks; `key` finds the row where the values do not."""
        plan = plan_of(table)
        if plan is None:
            return values
        changed = {name: values[name] for name in plan.sealed if name in values}
        if not changed:
            return values
        row = self._row(table.name, plan, {**values, **key} if key else values)
        new = dict(values)
        for name, value in changed.items():
            new[name] = _seal(self._keyring, plan.sealed[name], value, _of(row, name))
        return {**new, **self._marks(table.name, plan, changed)} if plan.marks else new

    def opened(self, query: Any, rows: Sequence[AnyRow]) -> Sequence[AnyRow]:
        """The rows of a query in clear."""
        places = self._places.get(query)
        if places is None:
            places = self._places[query] = tuple(_places(query))
        return _with_all(rows, lambda row: self._clear(row, places)) if places and rows else rows

    def marks_of(self, marked: ColumnElement[Any], text: str) -> list[str]:
        """What a marked column holds in a row that this text finds."""
        column = cast(Column[Any], marked)
        return self._keyring.marks(text, f"{self._service}/{column.table.name}/{column.name}")

    def _row(self, table: str, plan: _Plan, values: Values) -> tuple[str, str]:
        try:
            return f"{self._service}/{table}", "/".join([str(values[name]) for name in plan.key])
        except KeyError as missing:
            raise TypeError(f"{table}: a personal column is written without its row's {missing}") from None

    def _marks(self, table: str, plan: _Plan, changed: Values) -> dict[str, list[str]]:
        found = {}
        for name, mark in plan.marks.items():
            if mark.of in changed:
                texts = dict.fromkeys(mark.texts(changed[mark.of]))
                marks = [self._keyring.mark(text, f"{self._service}/{table}/{name}") for text in texts]
                # Beside the marks, so that a version that knows no editions finds the row as ever.
                found[name] = (
                    [edition_mark(self._keyring, mark.edition), *marks] if marks and mark.edition > 1 else marks
                )
        return found

    def _clear(self, row: AnyRow, places: Sequence[_Place]) -> list[Any]:
        values = list(row)
        for place in places:
            if values[place.position] is not None:
                key = "/".join(str(values[n]) for n in place.key)
                belongs_to = _of((f"{self._service}/{place.table}", key), place.column)
                values[place.position] = _open(self._keyring, place.type, values[place.position], belongs_to)
        return values


def _with_all(rows: Sequence[AnyRow], clear: Callable[[AnyRow], list[Any]]) -> Sequence[AnyRow]:
    """Rows of the same kind: psycopg's named tuples, or SQLAlchemy's."""
    first = cast(Any, rows[0])
    if hasattr(first, "_make"):
        return [first._make(clear(row)) for row in rows]
    return IteratorResult(SimpleResultMetaData(first._fields), (tuple(clear(row)) for row in rows)).all()


def _of(row: tuple[str, str], column: str) -> str:
    return f"{row[0]}/{column}/{row[1]}"


def _places(query: Any) -> Iterator[_Place]:
    columns = [c.element if isinstance(c, Label) else c for c in getattr(query, "selected_columns", ())]
    for position, column in enumerate(columns):
        if isinstance(column.type, Personal):
            origin = next(iter(column.base_columns))
            key = tuple(_position(columns, column.table, k.name, column.name) for k in origin.table.primary_key)
            yield _Place(position, column.type, origin.table.name, origin.name, key)


def _position(columns: Sequence[Any], source: Any, name: str, wanted_by: str) -> int:
    for n, column in enumerate(columns):
        if getattr(column, "table", None) is source and column.name == name:
            return n
    raise TypeError(f"a query of the personal column {wanted_by} must select {name}, too")


def _seal(keyring: Keyring, kind: Personal, value: Any, belongs_to: str) -> Any:
    ring = keyring.data
    if value is None or not keyring.sealing:
        return value
    if isinstance(kind, PersonalBytes):
        return keyring.seal_bytes(ring, value, belongs_to) if value else value
    if isinstance(kind, PersonalText):
        return seal_text(keyring, ring, value, belongs_to)
    if kind.leaves:
        return _leaves(value, kind.leaves, lambda text: seal_text(keyring, ring, text, belongs_to))
    return keyring.seal(ring, _json(value), belongs_to) if value else value


def _open(keyring: Keyring, kind: Personal, value: Any, belongs_to: str) -> Any:
    ring = keyring.data
    if isinstance(kind, PersonalBytes):
        clear = keyring.open_bytes(ring, bytes(value), belongs_to)
        return value if clear is None else clear
    if isinstance(kind, PersonalText):
        return open_text(keyring, ring, value, belongs_to)
    if kind.leaves:
        return _leaves(value, kind.leaves, lambda text: open_text(keyring, ring, text, belongs_to))
    clear = keyring.open(ring, value, belongs_to) if isinstance(value, str) else None
    return value if clear is None else json.loads(clear)


def seal_text(keyring: Keyring, ring: Ring, text: str, belongs_to: str) -> str:
    """A text sealed; an empty one as it is."""
    return keyring.seal(ring, _storable(text), belongs_to) if text else text


def open_text(keyring: Keyring, ring: Ring, text: str, belongs_to: str) -> str:
    """A text in clear, whether or not it was sealed."""
    clear = keyring.open(ring, text, belongs_to)
    return text if clear is None else clear.decode()


def _leaves(value: Any, names: Sequence[str], change: Callable[[str], str]) -> Any:
    """JSON with each text under one of the names changed, however deep."""
    if isinstance(value, Mapping):
        return {
            name: change(part) if name in names and isinstance(part, str) else _leaves(part, names, change)
            for name, part in value.items()
        }
    return [_leaves(part, names, change) for part in value] if isinstance(value, list | tuple) else value


def _storable(text: str) -> bytes:
    """What the database would refuse in clear is refused sealed, too."""
    if "\0" in text:
        raise InvalidArgument("request", "a NUL character cannot be stored", reason="UNSTORABLE_VALUE")
    return text.encode()


def _json(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # The plain search first: the expression takes eight times as long as making the text.
    return _storable("\0" if _NUL in text and _WRITTEN_NUL.search(text) else text)
