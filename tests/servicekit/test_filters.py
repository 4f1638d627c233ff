"""Filters as AIP-160 has them: what they mean, what is refused, and where (AIP-160)."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import ARRAY, Boolean, Column, Float, Integer, Interval, MetaData, Table, Text
from sqlalchemy.dialects import postgresql

from servicekit.errors import InvalidArgument
from servicekit.filters import Fields, fields_in, parse_filter
from servicekit.filters.syntax import DEEPEST, LONGEST, MOST, parse
from servicekit.filters.tree import Comparison, Joined, Node, Not
from servicekit.tables import Instant

T = Table(
    "t",
    MetaData(),
    *(Column(name, Text) for name in ("a", "b", "c", "d", "msg", "package", "file")),
    Column("flag", Boolean, nullable=False),
    Column("n", Integer, nullable=False),
    Column("x", Float),
    Column("at", Instant),
    Column("lasts", Interval),
    Column("list", ARRAY(Text)),
    Column("owner_id", Text),
)
COLUMNS: dict[str, Any] = {c.name: c for c in T.columns if c.name != "owner_id"} | {"owner": T.c.owner_id}
FIELDS = Fields({**COLUMNS, "expr.type": T.c.d}, {"owner": "people"}, choices={"c": ("Red", "green")})


def shown(node: Node | None) -> str:
    """A tree with all its parentheses."""
    match node:
        case Not(part):
            return f"NOT {shown(part)}"
        case Joined(word, parts):
            return f"({f' {word} '.join(map(shown, parts))})"
        case Comparison(field, sign, value, _):
            return f"{field}{sign}{value.text}"
    return ""


def sql(text: str) -> str:
    conditions = parse_filter(text, FIELDS)
    how: Any = {"dialect": postgresql.dialect(), "compile_kwargs": {"literal_binds": True}}  # type: ignore[no-untyped-call]
    return " AND ".join(str(each.compile(**how)) for each in conditions).replace("t.", "").replace("%%", "%")


def refused(text: str) -> str:
    with pytest.raises(InvalidArgument) as caught:
        parse_filter(text, FIELDS)
    ((field, rule),) = caught.value.violations
    assert field == "filter"
    return rule


PRECEDENCE = {
    "a=1 AND b=2 OR c=3": "(a=1 AND (b=2 OR c=3))",
    "a=1 OR b=2 AND c=3": "((a=1 OR b=2) AND c=3)",
    "a=1 b=2 AND c=3 AND d=4": "(a=1 AND b=2 AND c=3 AND d=4)",
    "(a=1 b=2) AND c=3": "((a=1 AND b=2) AND c=3)",
    "a=1 b=2 c=3 OR d=4": "(a=1 AND b=2 AND (c=3 OR d=4))",
    "a=1 OR b=2 OR c=3": "(a=1 OR b=2 OR c=3)",
    "(a=1 AND b=2) OR c=3": "((a=1 AND b=2) OR c=3)",
    "NOT a=1 OR b=2": "(NOT a=1 OR b=2)",
    "NOT (a=1 OR b=2)": "NOT (a=1 OR b=2)",
    "NOT(a=1)AND(b=2)": "(NOT a=1 AND b=2)",
    "-a=1 -b=2": "(NOT a=1 AND NOT b=2)",
    "-(a=1 b=2)": "NOT (a=1 AND b=2)",
    "  ( ( a = 1 ) )  ": "a=1",
    "a = (x OR y)": "(a=x OR a=y)",
    "a:(x AND NOT y)": "(a:x AND NOT a:y)",
    "n = (-5 OR 3)": "(n=-5 OR n=3)",
    "a=1\n\tAND\u3000b=2": "(a=1 AND b=2)",
    "": "",
    " \n": "",
}


@pytest.mark.parametrize(("text", "tree"), PRECEDENCE.items(), ids=PRECEDENCE)
def test_or_binds_tighter_than_and_as_aip_160_has_it(text: str, tree: str) -> None:
    assert shown(parse(text)) == tree


MEANINGS = {
    # Examples of AIP-160 and its grammar, with fields that are there.
    "flag = true": "flag = true",
    "n != 42": "n != 42",
    "n < 42": "n < 42",
    'a > "foo"': "a > 'foo'",
    'a <= "foo"': "a <= 'foo'",
    "n >= 42": "n >= 42",
    'a = "*.foo"': "a LIKE '%.foo' ESCAPE '\\'",
    "expr.type = 'foo'": "d = 'foo'",
    "package=com.google": "package = 'com.google'",
    "msg != 'hello'": "msg IS DISTINCT FROM 'hello'",
    'file:".java"': "file ILIKE '%.java%' ESCAPE '\\'",
    '-file:".java"': "(file ILIKE '%.java%' ESCAPE '\\') IS NOT true",
    "n < 10 OR n >= 100": "n < 10 OR n >= 100",
    "x = 2.997e9": "x = 2.997E+9",
    "lasts > 20s": "lasts > make_interval(secs=>20.0)",
    "n:42": "n = 42",
    # The has operator and presence, by type.
    "flag:true": "flag = true",
    "flag:*": "flag = true",
    "n:*": "n != 0",
    "x:*": "x IS NOT NULL",
    "at:*": "at IS NOT NULL",
    "a:*": "a != ''",
    'a:"*"': "a != ''",
    "-at:*": "(at IS NOT NULL) IS NOT true",
    "a:emer*": "a ILIKE 'emer%' ESCAPE '\\'",
    # Wildcards, quotes and escapes.
    "a = emer*": "a LIKE 'emer%' ESCAPE '\\'",
    "a != emer*": "(a LIKE 'emer%' ESCAPE '\\') IS NOT true",
    "a = *b*c": "a LIKE '%b%c' ESCAPE '\\'",
    r"a = 'a\*b'": "a = 'a*b'",
    "a = '100%_*'": "a LIKE '100\\%\\_%' ESCAPE '\\'",
    "a = 'it\\'s'": "a = 'it''s'",
    'a = "it\'s"': "a = 'it''s'",
    "a = 'say \"x\"'": "a = 'say \"x\"'",
    r"a = 'back\\slash'": "a = 'back\\slash'",
    # Absent values.
    "a = null": "a IS NULL OR a = ''",
    "a != null": "(a IS NULL OR a = '') IS NOT true",
    'a = ""': "a IS NULL OR a = ''",
    "a = 'null'": "a = 'null'",
    "at = NULL": "at IS NULL",
    "owner = null": "owner_id IS NULL OR owner_id = ''",
    # Resources and words that are one of a few.
    "owner = people/7": "owner_id = '7'",
    "owner = 7": "owner_id = '7'",
    "owner = 'people/7*'": "owner_id LIKE '7%' ESCAPE '\\'",
    "owner = people/*": "owner_id LIKE '%' ESCAPE '\\'",
    "c = RED": "c = 'Red'",
    "c = gr*": "c LIKE 'gr%' ESCAPE '\\'",
    "c:re": "c ILIKE '%re%' ESCAPE '\\'",
    # Times and numbers.
    "at < 2012-04-21T11:30:00-04:00": "at < '2012-04-21 11:30:00-04:00'",
    "at > '2026-01-15t00:00:00.5z'": "at > '2026-01-15 00:00:00.500000+00:00'",
    "n = -5": "n = -5",
    "n = 5.0": "n = 5",
    "n = 1e3": "n = 1000",
    '"a" = x': "a = 'x'",
}


@pytest.mark.parametrize(("text", "condition"), MEANINGS.items(), ids=MEANINGS)
def test_a_filter_means_what_aip_160_says(text: str, condition: str) -> None:
    assert sql(text) == condition


REFUSED = {
    # Examples of AIP-160 that are not served, each with the place and what would do.
    "Victor Hugo": ("'Victor' is compared with nothing", 1),
    "42": ("'42' is compared with nothing", 1),
    "-30": ("'30' is compared with nothing", 2),
    "a = x prod": ("'prod' is compared with nothing", 7),
    "New York Giants OR Yankees": ("'New'", 1),
    "regex(m.key, '^.*prod.*$')": ("no function 'regex'", 1),
    "math.mem('30mb')": ("no function 'math.mem'", 1),
    "n <= cohort(request.user)": ("no function 'cohort'", 6),
    "(msg.endsWith('world') AND n < 10)": ("no function 'msg.endsWith'", 2),
    "1 > 0": ("field '1' is not one of", 1),
    "2.5 >= 2.4": ("field '2.5' is not one of", 1),
    "e.0.foo = 42": ("field 'e.0.foo' is not one of", 1),
    "e[0].foo = 42": ("field 'e[0].foo'", 1),
    "yesterday < request.time": ("field 'yesterday'", 1),
    "a.b = true": ("field 'a.b' is not one of a, at, b", 1),
    # What does not fit the type.
    "flag < true": ("flag: is compared with = or !=", 1),
    "flag = yes": ("'yes' is not a boolean: true or false", 8),
    "flag = tr*": ("wildcards are for texts", 8),
    "at = 2026-01*": ("wildcards are for texts", 6),
    "at > yesterday": ("'yesterday' is not a time", 6),
    "at > 2026-01-15": ("'2026-01-15' is not a time", 6),
    "at > 2026-01-15T08:00:00": ("needs its offset", 6),
    "at > 2026-02-30T08:00:00Z": ("is not a time", 6),
    "at > 2026-01-15T08:00:60Z": ("is not a time", 6),
    "at > 20260115T080000Z": ("is not a time", 6),
    "n = 4.5": ("'4.5' is not a whole number", 5),
    "n = 9223372036854775808": ("whole number of 64 bits", 5),
    "n = 1e99": ("whole number of 64 bits", 5),
    "n = 1e999999999": ("is not a number", 5),
    "n = ५": ("is not a number", 5),
    "n = NaN": ("is not a number", 5),
    "x = 0x10": ("is not a number", 5),
    "n = null": ("n: is never null", 5),
    "a > null": ("null is compared with = or !=", 5),
    "a > 'b*'": ("wildcards go with = != and :", 5),
    "lasts > 20": ("is not a duration in seconds", 9),
    "lasts > 1h": ("is not a duration in seconds", 9),
    "list:x": ("list: is nothing to filter by", 1),
    "owner = animals/7": ("is no name of the form people/ID", 9),
    "owner = people/7/8": ("is no name of the form people/ID", 9),
    "c = blue": ("'blue' is not one of Red, green", 5),
    # What cannot be read.
    "a = x and b = y": ("'and' is compared with nothing; AND is written in capitals", 7),
    "not a = x": ("'not' is compared with nothing; NOT is written in capitals", 1),
    "a = x && b = y": ("write AND", 7),
    "a == x": ("'=' begins no value", 4),
    "a <> x": ("'>' begins no value", 4),
    "a ! x": ("'a' is compared with nothing", 1),
    "a = ": ("ends where a value is expected", 5),
    "a = x AND": ("ends where a comparison is expected", 10),
    "a = x OR ": ("ends where a comparison is expected", 10),
    "AND a = x": ("AND stands where a comparison is expected", 1),
    "a = x AND OR b = y": ("OR stands where a comparison is expected", 11),
    "NOT NOT a = x": ("NOT stands where a comparison is expected", 5),
    "--a = x": ("field '-a' is not one of", 2),
    "a = OR": ("'OR' begins no value", 5),
    "= x": ("a field is expected, not '='", 1),
    "(a = x": ("parenthesis that is not closed", 1),
    "a = x)": ("')' closes or separates nothing", 6),
    "a = x, b = y": ("',' closes or separates nothing", 6),
    "()": ("ends where a comparison is expected", 2),
    "a = 'x": ("quote that is not closed", 5),
    'a = "x\\"': ("quote that is not closed", 5),
    "a = 'it's'": ("'s' is compared with nothing", 9),
    r"a = 'x\q'": (r"\q means nothing", 7),
    "a = b\\c": ("stands in a value that is not in quotes", 6),
    "a = “x”": ("'“' is none of the signs of a filter", 5),
    "a：x": ("'：' is none of the signs of a filter", 2),
    "a ＝ x": ("'a' is compared with nothing", 1),
    "a = x\0": ("U+0000", 6),
    "a = '*a*b*c*d*e*f'": ("more than 5 wildcards", 5),
    "a != (x OR y)": ("parentheses follow = or :", 5),
    "a = (x OR b = y)": ("'=' begins no value", 13),
    "a = b=c": ("'=' stands in a value that is not in quotes", 6),
    "a = x!": ("'!' stands in a value", 6),
}


@pytest.mark.parametrize(("text", "said"), REFUSED.items(), ids=lambda x: str(x)[:30])
def test_what_is_not_served_is_refused_in_words_at_its_place(text: str, said: tuple[str, int]) -> None:
    rule = refused(text)
    assert said[0] in rule
    assert rule.endswith(f"(at character {said[1]})")


def test_a_filter_has_an_end() -> None:
    assert f"longer than {LONGEST} characters" in refused("a = x " * LONGEST)
    assert f"more than {MOST} comparisons" in refused("a=x " * (MOST + 1))
    assert f"more than {MOST} comparisons" in refused(f"a = ({'x ' * (MOST + 1)})")
    assert len(parse_filter("a=x " * MOST, FIELDS)) == MOST
    assert f"more than {DEEPEST} parentheses" in refused("(" * (DEEPEST + 1) + "a=x" + ")" * (DEEPEST + 1))
    assert sql("(" * DEEPEST + "a=x" + ")" * DEEPEST) == "a = 'x'"
    assert sql("(a=x) " * MOST).count("=") == MOST


def test_what_a_list_may_be_filtered_by_is_said() -> None:
    with pytest.raises(InvalidArgument, match="field 'a' is not one of those that can be filtered by: there are none"):
        parse_filter("a = 1", Fields({}))


def test_why_a_field_is_not_served_is_said() -> None:
    with pytest.raises(InvalidArgument, match="'a' is a secret, and is not one of b"):
        parse_filter("a = 1", Fields({"b": T.c.b}, explain=lambda name: f"{name!r} is a secret, and"))


def test_the_fields_that_a_filter_compares_are_known() -> None:
    assert fields_in("NOT (a = 1 OR b:2) -n = (3 OR 4)") == {"a", "b", "n"}
    assert fields_in(" ") == frozenset()


@given(st.text(alphabet="ab\"'\\*()=:<>! \n-ANDORT.,x1", max_size=40))
def test_whatever_is_written_is_read_or_refused(text: str) -> None:
    try:
        conditions = parse_filter(text, FIELDS)
    except InvalidArgument as error:
        told = [field for field, _ in error.violations]
        assert told == ["filter"]
    else:
        assert bool(conditions) == bool(text.strip())
