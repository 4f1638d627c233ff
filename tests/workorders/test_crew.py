"""When crews work and what they can do (W13)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidArgument
from workorders.domain.crew import Crew, Shift, whole_week

MONDAY = datetime(2026, 1, 12)
MINUTES = st.integers(0, 7 * 1440 - 1)


def crew(identifier: str = "a", **values: object) -> Crew:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    plain = Crew(identifier, identifier, frozenset({"heat"}), tuple(whole_week()), False, 43.88, 125.32, 3, at, at)
    return plain.changed(at, **values)


def on(day: int, hour: int, minute: int = 0) -> datetime:
    """A local time; day 1 is Monday."""
    return MONDAY + timedelta(days=day - 1, hours=hour, minutes=minute)


@pytest.mark.parametrize(
    ("at", "works"),
    [
        (on(1, 7, 59), False),
        (on(1, 8), True),
        (on(1, 15, 59), True),
        (on(1, 16), False),
        (on(2, 9), False),
    ],
)
def test_a_shift_begins_and_its_end_is_exclusive(at: datetime, works: bool) -> None:
    assert crew(shifts=(Shift(1, 8 * 60, 16 * 60),)).works_at(at) is works


@pytest.mark.parametrize(
    ("at", "works"),
    [
        (on(5, 21, 59), False),
        (on(5, 22), True),
        (on(5, 23, 59), True),
        (on(6, 0), True),
        (on(6, 5, 59), True),
        (on(6, 6), False),
        (on(5, 3), False),
        (on(6, 22), False),
    ],
)
def test_a_night_shift_ends_on_the_next_day(at: datetime, works: bool) -> None:
    assert crew(shifts=(Shift(5, 22 * 60, 6 * 60),)).works_at(at) is works


def test_sundays_night_shift_ends_on_monday() -> None:
    night = crew(shifts=(Shift(7, 22 * 60, 6 * 60),))
    assert night.works_at(on(8, 5, 59))
    assert night.works_at(on(1, 5, 59))
    assert not night.works_at(on(1, 6))


def test_a_shift_until_midnight_ends_at_midnight() -> None:
    late = crew(shifts=(Shift(3, 16 * 60, 1440),))
    assert late.works_at(on(3, 23, 59))
    assert not late.works_at(on(4, 0))


def test_a_shift_that_ends_when_it_begins_is_no_shift() -> None:
    with pytest.raises(InvalidArgument, match=r"crew\.shifts"):
        Shift(1, 480, 480)


def test_without_shifts_a_crew_never_works() -> None:
    assert not crew(shifts=()).works_at(on(1, 12))


@given(MINUTES)
def test_a_whole_week_has_no_gap(minute: int) -> None:
    assert crew().works_at(MONDAY + timedelta(minutes=minute))


@given(st.integers(1, 7), st.integers(0, 1439), st.integers(0, 1440))
def test_a_shift_covers_as_many_minutes_as_it_lasts(day: int, start: int, end: int) -> None:
    if start == end:
        return
    shift = Shift(day, start, end)
    covered = sum(shift.covers(MONDAY + timedelta(minutes=each)) for each in range(7 * 1440))
    assert covered == (end - start if start < end else 1440 - start + end)


@pytest.mark.parametrize(
    ("skills", "can"),
    [
        ({"gas"}, True),
        ({"gas/leak"}, True),
        ({"gas/meter"}, False),
        ({"heat"}, False),
        ({"heat/leak"}, False),
        ({"heat", "gas/leak"}, True),
        ({"leak"}, False),
    ],
)
def test_a_skill_is_for_a_commodity_or_one_category_of_it(skills: set[str], can: bool) -> None:
    assert crew(skills=frozenset(skills)).can("gas", "leak") is can


def test_a_change_makes_the_next_version() -> None:
    before = crew()
    after = before.changed(datetime(2026, 2, 1, tzinfo=UTC), max_load=9)
    assert (after.version, after.max_load, after.create_time) == (before.version + 1, 9, before.create_time)
