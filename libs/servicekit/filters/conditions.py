"""SQL of a filter, by the types of the fields it names (AIP-160).

What is absent is different from every value: `!=` and NOT find it, the other comparisons do not.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, literal, or_, true
from sqlalchemy.types import BigInteger, Boolean, DateTime, Float, Integer, Interval, Numeric, String, TypeEngine

from servicekit.filters import values
from servicekit.filters.syntax import parse
from servicekit.filters.tree import Comparison, Joined, Node, Not, Value, refusal

Columns = Mapping[str, ColumnElement[Any]]
_INT32 = 2**31
Condition = ColumnElement[bool]


def nothing(_: str) -> str:
    """No explanation of a field."""
    return ""


@dataclass(frozen=True, slots=True)
class Fields:
    """What a filter may name, and how its values are written."""

    columns: Columns
    collections: Mapping[str, str] = field(default_factory=dict)
    """Columns that hold ids, with the collection of the resource names that are given for them."""
    enums: Mapping[str, type[StrEnum]] = field(default_factory=dict)
    """Columns that the proto shows as an enum: `STATE_OPEN` and `OPEN` are the same, whatever the case."""
    choices: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Columns of text that hold one of a few words."""
    explain: Callable[[str], str] = nothing
    """Why a field of the resource is not among the columns; empty for what is no field of it."""


def parse_filter(text: str, fields: Fields) -> list[Condition]:
    """The conditions of a filter, all of which must hold; InvalidArgument on `filter` says what is wrong and where."""
    tree = parse(text)
    if tree is None:
        return []
    whole = tree.parts if isinstance(tree, Joined) and tree.word == "AND" else (tree,)
    return [_condition(part, fields) for part in whole]


def _condition(node: Node, fields: Fields) -> Condition:
    match node:
        case Not(part):
            return _condition(part, fields).is_not(true())
        case Joined("AND", parts):
            return and_(*(_condition(part, fields) for part in parts))
        case Joined(_, parts):
            return or_(*(_condition(part, fields) for part in parts))
        case Comparison():
            return _comparison(node, fields)


def _comparison(node: Comparison, fields: Fields) -> Condition:
    name, value = node.field, node.value
    column = fields.columns.get(name)
    if column is None:
        known = ", ".join(sorted(fields.columns)) or "those that can be filtered by: there are none"
        raise refusal(f"{fields.explain(name) or 'field ' + repr(name[:80])} is not one of {known}", node.at)
    is_text = isinstance(column.type, String) and name not in fields.enums
    if value.is_star and node.sign == ":":
        return _is_present(column)
    if not value.is_quoted and value.text.lower() == "null":
        return _compared_with_null(node, column, is_text)
    return _text(node, column, fields) if is_text else _typed(node, column, fields)


def _is_present(column: ColumnElement[Any]) -> Condition:
    """Another value than the default of its type, as AIP-160 has it."""
    if isinstance(column.type, Boolean):
        return column == true()
    if isinstance(column.type, String):
        return column != ""
    if isinstance(column.type, Integer | Numeric | Float) and not _may_be_null(column):
        return column != 0
    return column.is_not(None)


def _compared_with_null(node: Comparison, column: ColumnElement[Any], is_text: bool) -> Condition:
    if node.sign not in ("=", "!=", ":"):
        raise refusal(f"{node.field}: null is compared with = or !=, not with {node.sign}", node.value.at)
    if not is_text and not _may_be_null(column):
        raise refusal(f"{node.field}: is never null", node.value.at)
    absent = _is_absent(column)
    return absent.is_not(true()) if node.sign == "!=" else absent


def _is_absent(column: ColumnElement[Any]) -> Condition:
    """Without a value; a text that is empty has none."""
    if not isinstance(column.type, String):
        return column.is_(None)
    return or_(column.is_(None), column == "") if _may_be_null(column) else column == ""


def _text(node: Comparison, column: ColumnElement[Any], fields: Fields) -> Condition:
    value = node.value
    if collection := fields.collections.get(node.field):
        value = values.identifier(node.field, value, collection)
    if node.sign == ":":
        # "has": for us, part of the text, whatever the case; or all of it, where wildcards say what may be around it.
        return column.ilike(_pattern(value if value.has_wildcard else _around(value)), escape="\\")
    if value.has_wildcard:
        if node.sign not in ("=", "!="):
            raise refusal(f"{node.field}: wildcards go with = != and :, not with {node.sign}", value.at)
        like = column.like(_pattern(value), escape="\\")
        return like.is_not(true()) if node.sign == "!=" else like
    if value.text == "" and node.sign in ("=", "!="):
        absent = _is_absent(column)
        return absent.is_not(true()) if node.sign == "!=" else absent
    text = value.text
    if (choices := fields.choices.get(node.field)) and node.sign in ("=", "!="):
        text = values.choice(node.field, value, choices)
    return _operated(node.sign, column, text)


def _typed(node: Comparison, column: ColumnElement[Any], fields: Fields) -> Condition:
    """Enums, numbers, times, durations and booleans: `:` asks for the value itself."""
    sign = "=" if node.sign == ":" else node.sign
    enum = fields.enums.get(node.field)
    read = values.enum_reader(node.field, enum) if enum else _reader(column.type)
    if read is None:
        raise refusal(f"{node.field}: is nothing to filter by", node.at)
    if node.value.has_wildcard:
        raise refusal(f"{node.field}: wildcards are for texts; {node.field}:* asks whether there is one", node.value.at)
    if sign not in ("=", "!=") and (enum or isinstance(column.type, Boolean)):
        raise refusal(f"{node.field}: is compared with = or !=, not with {node.sign}", node.at)
    try:
        return _operated(sign, column, read(node.value.text))
    except ValueError as error:
        raise refusal(f"{node.field}: {node.value.text[:80]!r} {error}", node.value.at) from error


def _reader(kind: TypeEngine[Any]) -> Callable[[str], Any] | None:
    """What reads values of a type; None for one that has no order."""
    readers: tuple[tuple[type[TypeEngine[Any]], Callable[[str], Any]], ...] = (
        (DateTime, values.instant),
        (Boolean, values.truth),
        (Integer, values.whole),
        (Numeric, values.number),
        (Float, values.number),
        (Interval, values.duration),
    )
    return next((read for of, read in readers if isinstance(kind, of)), None)


def _operated(sign: str, column: ColumnElement[Any], value: Any) -> Condition:
    if isinstance(value, int) and not -_INT32 <= value < _INT32:
        # Beyond its column, yet a number to compare with.
        value = literal(value, BigInteger())
    if sign == "!=":
        return column.is_distinct_from(value) if _may_be_null(column) else column != value
    compared: Condition = values.OPERATORS[sign](column, value)
    return compared


def _may_be_null(column: ColumnElement[Any]) -> bool:
    return bool(getattr(column, "nullable", True))


def _around(value: Value) -> Value:
    return Value(("", *value.parts, ""), value.is_quoted, value.at)


def _pattern(value: Value) -> str:
    """What LIKE takes for it."""
    plain = (part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for part in value.parts)
    return "%".join(plain)
