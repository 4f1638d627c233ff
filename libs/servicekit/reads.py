"""Queries that are built once: compiled once, too, and sent straight to psycopg.

SQLAlchemy builds and compiles them; what it does around each execution costs more than the query itself,
and that is spared here. Queries that differ from call to call (lists with filters) go through SQLAlchemy.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from weakref import WeakKeyDictionary

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Row, Select, Table, Text, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.sql.dml import UpdateBase

if TYPE_CHECKING:
    from psycopg import RawCursor

AnyRow = Row[*tuple[Any, ...]]
"""A row of any columns, read by their names."""

AnySelect = Select[*tuple[Any, ...]]


class _Compiler(PGCompiler_psycopg):
    """Writes a query's constants into it, for a plan that is made once for all values takes an index of some rows (the
    open ones, say) only where it can see that those are wanted."""

    def visit_bindparam(self, bindparam: BindParameter[Any], **options: Any) -> str:  # type: ignore[override]
        options["literal_execute"] = bindparam.unique or options.get("literal_execute", False)
        return cast(str, super().visit_bindparam(bindparam, **options))  # type: ignore[no-untyped-call]


_BUILT_ONCE = PGDialect_psycopg(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_BUILT_ONCE.statement_compiler = _Compiler


@dataclass(frozen=True, slots=True)
class _Prepared:
    """SQL with `$n` placeholders, and for each of them its name, what converts its value, and what it is by default."""

    sql: str
    names: tuple[str, ...]
    converters: tuple[Callable[[Any], Any] | None, ...]
    defaults: Mapping[str, Any]

    def bound(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        """The values in the order of the placeholders; a wrong name is a KeyError."""
        if unknown := values.keys() - set(self.names):
            raise KeyError(f"no such parameters: {', '.join(sorted(unknown))}")
        given = (values[name] if name in values else self.defaults[name] for name in self.names)
        pairs = zip(self.converters, given, strict=True)
        return tuple(convert(value) if convert and value is not None else value for convert, value in pairs)


_prepared: WeakKeyDictionary[AnySelect | UpdateBase, _Prepared] = WeakKeyDictionary()


def fetch(cursor: "RawCursor[Any]", query: AnySelect, values: Mapping[str, Any]) -> Sequence[AnyRow]:
    """All rows of a query that its module built once; `values` are for its bindparams."""
    return cast(Sequence[AnyRow], cursor.execute(*prepared(query, values)).fetchall())


def prepared(statement: AnySelect | UpdateBase, values: Mapping[str, Any]) -> tuple[str, tuple[Any, ...]]:
    """SQL with `$n` placeholders and its values, of a statement that its module built once."""
    known = _prepared.get(statement)
    if known is None:
        known = _prepared[statement] = _prepare(statement, values)
    return known.sql, known.bound(values)


def ids_in(column: ColumnElement[str]) -> ColumnElement[bool]:
    """The condition that a column holds one of the parameter `ids`, a list of any length."""
    return column == func.any(bindparam("ids", type_=ARRAY(Text)))


def among(column: ColumnElement[str], ids: Sequence[str]) -> ColumnElement[bool]:
    """The condition that a column holds one of these; for writes, which are built for each unit anyway."""
    return column == func.any(literal(list(ids), ARRAY(Text)))


@cache
def by_id(table: Table) -> AnySelect:
    """The query for one row of a table by its `id`."""
    return select(table).where(table.c.id == bindparam("id"))


def _prepare(query: AnySelect | UpdateBase, values: Mapping[str, Any]) -> _Prepared:
    compiled = query.compile(dialect=_BUILT_ONCE)
    # With the lists of `IN` written out, which SQLAlchemy leaves to each execution.
    whole = compiled.construct_expanded_state(dict(values))
    names = tuple(whole.positiontup or ())
    processors: Mapping[str, Any] = {**compiled._bind_processors, **whole.processors}
    converters = tuple(processors.get(name) for name in names)
    # A parameter that a caller leaves out is missed, and not taken from the first caller.
    defaults = {name: value for name, value in whole.parameters.items() if name not in values}
    return _Prepared(whole.statement, names, converters, defaults)
