"""What a filter finds is what Python finds in the same rows, absent values among them (AIP-160)."""

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Float,
    Integer,
    Interval,
    MetaData,
    Table,
    Text,
    create_engine,
    select,
)

from servicekit.filters import Fields, parse_filter
from servicekit.tables import Instant
from tests.support.postgres import Databases


class State(StrEnum):
    NEW = "NEW"
    DONE = "DONE"


ROWS = Table(
    "rows",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("word", Text),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("flag", Boolean, nullable=False),
    Column("maybe", Boolean),
    Column("count", BigInteger, nullable=False),
    Column("size", Integer),
    Column("share", Float),
    Column("at", Instant),
    Column("lasts", Interval),
)
FIELDS = Fields({c.name: c for c in ROWS.columns}, enums={"state": State})
_T = datetime(2026, 1, 15, tzinfo=UTC)
_WORDS = ["", "a", "ab", "AB", "b*", "a_b", "a%b", "null", "it's", 'say "x"', "back\\slash", "暖气", "a b"]
_VALUES: Mapping[str, list[Any]] = {
    "word": [None, *_WORDS],
    "title": _WORDS,
    "state": list(State),
    "flag": [True, False],
    "maybe": [None, True, False],
    "count": [0, -1, 5, 2**63 - 1, -(2**63)],
    "size": [None, 0, 7],
    "share": [None, 0.0, 0.5, 2.997e9],
    "at": [None, _T, _T + timedelta(microseconds=1), datetime(1, 1, 1, 12, tzinfo=UTC)],
    "lasts": [None, timedelta(0), timedelta(seconds=1.5)],
}
_LONGEST = max(map(len, _VALUES.values()))
HELD: list[dict[str, Any]] = [
    {"id": n, **{name: values[n * step % len(values)] for step, (name, values) in enumerate(_VALUES.items(), 1)}}
    for n in range(_LONGEST * 3)
]
_ORDERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Asked:
    """A filter, and what it is to find."""

    text: str
    holds: Callable[[Mapping[str, Any]], bool]


@pytest.fixture(scope="module")
def rows(databases: Databases) -> Iterator[Connection]:
    url = databases.create()
    with create_engine(url.replace("postgresql://", "postgresql+psycopg://")).connect() as connection:
        # Order and case as the services' databases have them.
        ROWS.metadata.create_all(connection)
        connection.execute(ROWS.insert(), HELD)
        yield connection
    databases.drop(url)


def quoted(text: str) -> str:
    return '"' + re.sub(r'([\\"*])', r"\\\1", text) + '"'


def written(name: str, value: Any) -> str:
    """A value as a filter has it."""
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case datetime():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds()}s"
        case State():
            return f"STATE_{value}"
        case str():
            return quoted(value)
    return str(value)


@st.composite
def comparisons(draw: st.DrawFn) -> Asked:
    name = draw(st.sampled_from(list(_VALUES)))
    value = draw(st.sampled_from([v for v in _VALUES[name] if v is not None]))
    is_text = name in ("word", "title")
    signs = ["=", "!=", ":*"] + [":"] * (not is_text)
    if name not in ("state", "flag", "maybe"):
        signs += ["<", "<=", ">", ">="] if not is_text else [":", "prefix", "suffix"]
    sign = draw(st.sampled_from(signs))
    if draw(st.integers(0, 5)) == 0 and None in _VALUES[name]:
        return _about_absence(draw(st.sampled_from(["=", "!="])), name)
    if sign == ":*":
        # Another value than the default of its type; a number that may be absent has none.
        return Asked(f"{name}:*", lambda row: _is_there(name, row[name]))
    if is_text:
        return _about_text(name, sign, value)
    text = f"{name} {sign} {written(name, value)}"
    if sign in ("=", ":"):
        return Asked(text, lambda row: row[name] == value)
    if sign == "!=":
        return Asked(text, lambda row: row[name] != value)
    return Asked(text, lambda row: row[name] is not None and _ORDERS[sign](row[name], value))


def _about_absence(sign: str, name: str) -> Asked:
    empty = (None, "") if name == "word" else (None,)
    return Asked(f"{name} {sign} null", lambda row: (row[name] in empty) == (sign == "="))


def _is_there(name: str, value: Any) -> bool:
    if name in ("size", "share", "at", "lasts"):
        return value is not None
    return bool(value)


def _about_text(name: str, sign: str, value: str) -> Asked:
    have = lambda row: row[name] or ""  # noqa: E731
    match sign:
        case "=":
            return Asked(f"{name}={quoted(value)}", lambda row: have(row) == value)
        case "!=":
            return Asked(f"{name} != {quoted(value)}", lambda row: have(row) != value)
        case "prefix":
            return Asked(
                f'{name} = {quoted(value)[:-1]}*"', lambda row: row[name] is not None and row[name].startswith(value)
            )
        case "suffix":
            return Asked(
                f'{name} != "*{quoted(value)[1:]}', lambda row: row[name] is None or not row[name].endswith(value)
            )
    return Asked(f"{name}:{quoted(value)}", lambda row: row[name] is not None and value.lower() in row[name].lower())


def _joined(word: str, a: Asked, b: Asked) -> Asked:
    if word == "OR":
        return Asked(f"({a.text} OR {b.text})", lambda row: a.holds(row) or b.holds(row))
    return Asked(f"({a.text}{word}{b.text})", lambda row: a.holds(row) and b.holds(row))


def _negated(word: str, a: Asked) -> Asked:
    return Asked(f"{word}({a.text})", lambda row: not a.holds(row))


filters = st.recursive(
    comparisons(),
    lambda parts: st.one_of(
        st.builds(_joined, st.sampled_from([" AND ", "OR", " "]), parts, parts),
        st.builds(_negated, st.sampled_from(["NOT ", "-"]), parts),
    ),
    max_leaves=6,
)


@given(filters)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_a_filter_finds_what_it_says(rows: Connection, asked: Asked) -> None:
    found = rows.execute(select(ROWS.c.id).where(*parse_filter(asked.text, FIELDS)).order_by(ROWS.c.id))
    assert list(found.scalars()) == [row["id"] for row in HELD if asked.holds(row)], asked.text


@pytest.mark.parametrize("name", _VALUES)
def test_a_negated_comparison_finds_just_the_other_rows(rows: Connection, name: str) -> None:
    """Also where a value is absent, of which SQL says neither."""
    for value in (v for v in _VALUES[name] if v is not None):
        text = f"{name} = {written(name, value)}"
        parts = [
            {*rows.execute(select(ROWS.c.id).where(*parse_filter(each, FIELDS))).scalars()}
            for each in (text, f"NOT {text}", f"-{text}", text.replace("=", "!="))
        ]
        assert parts[1] == parts[2] == parts[3] == {row["id"] for row in HELD} - parts[0]
