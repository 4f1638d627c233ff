"""The filter and order_by fields of List calls: the conjunctive part of AIP-160, and AIP-132's ordering.

Grammar: `comparison (AND comparison)*`, a comparison being `field OP value` with OP one of = != < <= > >= :
and value a bare word, a number, or a string in double quotes. Fields are those a listing declares. The
libraries that exist for AIP-160 are for Go and Java; this much of it is a regular expression.
"""

import operator
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.types import Boolean, DateTime, Integer

from servicekit.errors import InvalidArgument

_COMPARISON = re.compile(
    r'\s*(?P<field>[a-z][a-z0-9_.]*)\s*(?P<op><=|>=|!=|=|<|>|:)\s*(?:"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^\s"()]+))\s*'
)
_AND = re.compile(r"AND\s", re.ASCII)
_OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_LONGEST = 2000

Columns = Mapping[str, ColumnElement[Any]]
Enums = Mapping[str, type[StrEnum]]


def parse_filter(
    text: str, columns: Columns, collections: Mapping[str, str], enums: Enums | None = None
) -> list[ColumnElement[bool]]:
    """The conditions of a filter; InvalidArgument on `filter` naming what is wrong and where.

    `collections` names the columns that hold ids but are given as resource names, `enums` those that the proto
    shows as an enum: `state = "STATE_OPEN"` and `state = "OPEN"` are the same, whatever the case.
    """
    if len(text) > _LONGEST:
        raise InvalidArgument("filter", f"must not be longer than {_LONGEST} characters")
    conditions = []
    position = 0
    while position < len(text.rstrip()):
        found = _COMPARISON.match(text, position)
        if found is None:
            raise InvalidArgument(
                "filter", f"cannot be read at position {position}: {text[position : position + 20]!r}"
            )
        conditions.append(_condition(found, columns, collections, enums or {}))
        position = found.end()
        if position < len(text):
            conjunction = _AND.match(text, position)
            if conjunction is None:
                raise InvalidArgument("filter", f"expects AND at position {position}")
            position = conjunction.end()
            if not text[position:].strip():
                raise InvalidArgument("filter", "ends after AND")
    return conditions


def parse_order(text: str, columns: Columns) -> list[tuple[ColumnElement[Any], bool]]:
    """The (column, descending) pairs of an order_by."""
    pairs = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in columns or direction.strip() not in ("", "asc", "desc"):
            raise InvalidArgument("order_by", f"{part!r} is not one of {', '.join(sorted(columns))}, with asc or desc")
        pairs.append((columns[name], direction.strip() == "desc"))
    return pairs


def _condition(
    found: re.Match[str], columns: Columns, collections: Mapping[str, str], enums: Enums
) -> ColumnElement[bool]:
    name, sign = found["field"], found["op"]
    if name not in columns:
        raise InvalidArgument("filter", f"field {name!r} is not one of {', '.join(sorted(columns))}")
    text = found["bare"] if found["quoted"] is None else re.sub(r"\\(.)", r"\1", found["quoted"])
    column = columns[name]
    if collection := collections.get(name):
        text = text.removeprefix(f"{collection}/")
    if name in enums:
        return _enum_condition(name, sign, columns[name], _member(name, enums[name], text))
    if sign == ":":
        # AIP-160's "has": for us, part of the text, whatever the case.
        return column.icontains(text, autoescape=True)
    condition: ColumnElement[bool] = _OPERATORS[sign](column, _value(name, column, text))
    return condition


def _enum_condition(name: str, sign: str, column: ColumnElement[Any], member: StrEnum) -> ColumnElement[bool]:
    if sign not in ("=", "!="):
        raise InvalidArgument("filter", f"{name}: is compared with = or !=, not with {sign}")
    condition: ColumnElement[bool] = _OPERATORS[sign](column, member.value)
    return condition


def _member(name: str, enum: type[StrEnum], text: str) -> StrEnum:
    """The value that a text names, as the proto spells it (`STATE_OPEN`) or without the prefix."""
    wanted = text.upper().removeprefix(f"{name.upper()}_")
    for member in enum:
        if member.value.upper() == wanted:
            return member
    raise InvalidArgument("filter", f"{name}: {text!r} is not one of {', '.join(m.value.upper() for m in enum)}")


def _value(name: str, column: ColumnElement[Any], text: str) -> Any:
    try:
        if isinstance(column.type, DateTime):
            at = datetime.fromisoformat(text)
            if at.tzinfo is None:
                raise ValueError("a time needs its offset, for example Z")
            return at
        if isinstance(column.type, Boolean):
            return {"true": True, "false": False}[text.lower()]
        return int(text) if isinstance(column.type, Integer) else text
    except (ValueError, KeyError) as error:
        raise InvalidArgument("filter", f"{name}: {text!r} is not a {type(column.type).__name__.lower()}") from error
