"""Queries that are built once: compiled once, too, and sent straight to psycopg.

SQLAlchemy builds and compiles them; what it does around each execution costs more than the query itself,
and that is spared here. Queries that differ from call to call (lists with filters) go through SQLAlchemy.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import ARRAY, ColumnElement, Row, Table, Text, bindparam, func, literal, select

from servicekit.core import AnySelect, prepared

if TYPE_CHECKING:
    from psycopg import RawCursor

AnyRow = Row[*tuple[Any, ...]]
"""A row of any columns, read by their names."""


def fetch(cursor: "RawCursor[Any]", query: AnySelect, values: Mapping[str, Any]) -> Sequence[AnyRow]:
    """All rows of a query that its module built once; `values` are for its bindparams."""
    statement = prepared(query, values)
    return cast(Sequence[AnyRow], cursor.execute(statement.sql, statement.values).fetchall())


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
