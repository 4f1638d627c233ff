"""Values of a filter as their fields have them; ValueError goes on where the value ends: "… is not a boolean"."""

import operator
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from servicekit.filters.tree import Value, refusal

OPERATORS: Mapping[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TIME = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?P<offset>Z|[+-]\d\d:\d\d)?", re.ASCII | re.IGNORECASE
)
_NUMBER = re.compile(r"[+-]?(?:\d{1,40}(?:\.\d{0,40})?|\.\d{1,40})(?:e[+-]?\d{1,2})?", re.ASCII | re.IGNORECASE)
_DURATION = re.compile(r"-?\d{1,11}(?:\.\d{1,9})?s", re.ASCII)
_TRUTHS = {"true": True, "false": False}
_INT64 = 2**63


def instant(text: str) -> datetime:
    """A time of RFC 3339."""
    found = _TIME.fullmatch(text)
    if found is None:
        raise ValueError("is not a time such as 2026-01-15T08:00:00+08:00 or 2026-01-15T00:00:00Z")
    if found["offset"] is None:
        raise ValueError("is not a time: it needs its offset, for example Z or +08:00")
    try:
        return datetime.fromisoformat(text.upper())
    except ValueError as error:
        raise ValueError(f"is not a time: {error}") from error


def truth(text: str) -> bool:
    """true or false."""
    if text.lower() not in _TRUTHS:
        raise ValueError("is not a boolean: true or false")
    return _TRUTHS[text.lower()]


def number(text: str) -> Decimal:
    """A number, with an exponent or without."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("is not a number such as 42, -1.5 or 2.997e9")
    return Decimal(text)


def whole(text: str) -> int:
    """A number without a fraction, of 64 bits."""
    found = number(text)
    if found != found.to_integral_value():
        raise ValueError("is not a whole number")
    if not -_INT64 <= found < _INT64:
        raise ValueError("is not a whole number of 64 bits")
    return int(found)


def duration(text: str) -> timedelta:
    """Seconds with an s behind them."""
    if not _DURATION.fullmatch(text):
        raise ValueError("is not a duration in seconds such as 20s or 1.5s")
    return timedelta(seconds=float(text[:-1]))


def enum_reader(name: str, enum: type[StrEnum]) -> Callable[[str], str]:
    """What reads the values of an enum, as the proto spells them (`STATE_OPEN`) or without the prefix."""

    def read(text: str) -> str:
        wanted = text.upper().removeprefix(f"{name.upper()}_")
        for member in enum:
            if member.value.upper() == wanted:
                return member.value
        raise ValueError(f"is not one of {', '.join(m.value.upper() for m in enum)}")

    return read


def choice(name: str, value: Value, choices: Collection[str]) -> str:
    """One of a few words, whatever its case."""
    wanted = value.text.lower()
    for each in choices:
        if each.lower() == wanted:
            return str(each)
    raise refusal(f"{name}: {value.text[:80]!r} is not one of {', '.join(choices)}", value.at)


def identifier(name: str, value: Value, collection: str) -> Value:
    """The id of a resource, by its name or alone; wildcards stand for parts of the id."""
    first, *others = value.parts
    parts = (first.removeprefix(f"{collection}/"), *others)
    if any("/" in part for part in parts):
        raise refusal(f"{name}: {value.text[:80]!r} is no name of the form {collection}/ID", value.at)
    return Value(parts, value.is_quoted, value.at)
