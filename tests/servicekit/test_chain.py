"""A hash chain finds whatever was done to its rows, and says where (P4, S13)."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.chain import BrokenChain, Head, Row, beginning, extend, follow

texts = st.lists(st.text(max_size=4), min_size=1, max_size=4)
contents = st.lists(texts, min_size=1, max_size=12)


def chained(fields: Sequence[Sequence[str]], name: str = "test") -> list[Row]:
    head, rows = beginning(name), []
    for number, each in enumerate(fields, start=1):
        head = extend(head, each)
        rows.append(Row(head.position, head.seal, (f"row-{number}",), each))
    return rows


def broken(rows: Sequence[Row], known: dict[int, bytes] | None = None, name: str = "test") -> BrokenChain:
    with pytest.raises(BrokenChain) as raised:
        follow(beginning(name), rows, known)
    return raised.value


@given(contents)
def test_a_chain_that_nobody_touched_holds(fields: list[list[str]]) -> None:
    rows = chained(fields)
    last = rows[-1]
    assert follow(beginning("test"), rows, {last.position: last.seal or b""}) == Head(last.position, last.seal or b"")


@given(contents, st.data())
def test_a_changed_field_is_found_where_it_is(fields: list[list[str]], data: st.DataObject) -> None:
    rows = chained(fields)
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(texts.filter(lambda new: list(new) != list(rows[at].fields)))
    rows[at] = rows[at]._replace(fields=other)
    assert (broken(rows).position, broken(rows).row) == (at + 1, f"row-{at + 1}")


@given(st.lists(texts, min_size=2, max_size=12), st.data())
def test_a_removed_row_leaves_its_place(fields: list[list[str]], data: st.DataObject) -> None:
    rows = chained(fields)
    at = data.draw(st.integers(0, len(rows) - 2))
    del rows[at]
    assert broken(rows).position == at + 1


@given(st.lists(texts, min_size=2, max_size=12, unique_by=tuple), st.data())
def test_rows_that_changed_places_are_found(fields: list[list[str]], data: st.DataObject) -> None:
    rows = chained(fields)
    one, other = sorted(data.draw(st.lists(st.integers(0, len(rows) - 1), min_size=2, max_size=2, unique=True)))
    rows[one], rows[other] = (
        rows[one]._replace(fields=rows[other].fields),
        rows[other]._replace(fields=rows[one].fields),
    )
    assert broken(rows).position == one + 1


@given(contents, texts, st.data())
def test_a_row_put_between_is_found(fields: list[list[str]], more: list[str], data: st.DataObject) -> None:
    rows = chained(fields)
    at = data.draw(st.integers(0, len(rows) - 1))
    seal = extend(Head(at, rows[at - 1].seal or b"") if at else beginning("test"), more).seal
    rows.insert(at, Row(at + 1, seal, ("forged",), more))
    assert broken(rows).position == at + 1


@given(contents, st.data())
def test_a_chain_made_anew_is_found_by_a_seal_that_somebody_keeps(fields: list[list[str]], data: st.DataObject) -> None:
    kept = {row.position: row.seal or b"" for row in chained(fields)}
    at = data.draw(st.integers(0, len(fields) - 1))
    fields[at] = [*fields[at], "more"]
    assert broken(chained(fields), {len(fields): kept[len(fields)]}).position == len(fields)


@given(st.text(max_size=3), st.text(max_size=3), st.text(min_size=1, max_size=3))
def test_text_cannot_move_from_one_field_to_the_next(before: str, after: str, moved: str) -> None:
    start = beginning("test")
    assert extend(start, [before + moved, after]) != extend(start, [before, moved + after])


def test_rows_of_one_chain_do_not_fit_into_another() -> None:
    assert broken(chained([["a"]], "workorders/audit"), name="billing/audit").position == 1


def test_a_row_without_a_seal_is_found() -> None:
    rows = chained([["a"], ["b"]])
    rows[1] = rows[1]._replace(seal=None)
    assert broken(rows).position == 2
