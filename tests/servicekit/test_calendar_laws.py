"""What holds for every calendar, instant and pause (W5)."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.calendar import (
    BusinessCalendar,
    Calendar,
    ContinuousCalendar,
    NoHolidays,
    Pause,
    Window,
    weekly,
)

ZERO = timedelta(0)
CALENDARS: list[Calendar] = [
    BusinessCalendar(weekly(Window(time(8, 30), time(12)), Window(time(13), time(17, 30)))),
    BusinessCalendar(weekly(Window(time(9), time(17)), Window(time(22), time(6)))),
    BusinessCalendar((((Window(time(0), time(0))),),) * 7, "Europe/Berlin", NoHolidays()),
    BusinessCalendar(
        weekly(Window(time(2, 30), time(3, 15)), weekend=(Window(time(1), time(2, 30)),)), "Europe/Berlin", NoHolidays()
    ),
    ContinuousCalendar(),
]
calendars = st.sampled_from(CALENDARS)
instants = st.datetimes(datetime(2025, 12, 1), datetime(2027, 3, 31)).map(lambda at: at.replace(tzinfo=UTC))
amounts = st.timedeltas(ZERO, timedelta(hours=120))
pauses = st.lists(
    st.builds(lambda at, length: Pause(at, at + length), instants, st.timedeltas(ZERO, timedelta(days=9))), max_size=4
)


@given(calendars, instants, amounts, pauses)
def test_adding_and_measuring_are_inverse(
    calendar: Calendar, start: datetime, amount: timedelta, stops: list[Pause]
) -> None:
    due = calendar.add_working(start, amount, stops)
    assert calendar.working_between(start, due, stops) == amount


@given(calendars, instants, amounts, amounts)
def test_more_work_ends_no_earlier(calendar: Calendar, start: datetime, one: timedelta, two: timedelta) -> None:
    small, large = sorted((one, two))
    if small == ZERO:  # Zero means "when work can begin", which may come after the end of a window.
        small = min(large, timedelta(microseconds=1))
    assert calendar.add_working(start, small) <= calendar.add_working(start, max(large, small))


@given(calendars, instants, instants, amounts)
def test_a_later_start_ends_no_earlier(calendar: Calendar, one: datetime, two: datetime, amount: timedelta) -> None:
    early, late = sorted((one, two))
    assert calendar.add_working(early, amount) <= calendar.add_working(late, amount)


@given(calendars, instants, amounts)
def test_a_deadline_never_lands_in_closed_time(calendar: Calendar, start: datetime, amount: timedelta) -> None:
    due = calendar.add_working(start, amount)
    last_moment = due - timedelta(microseconds=1) if amount else due
    assert calendar.is_working(last_moment)


@given(calendars, instants, instants, instants)
def test_working_time_adds_up(calendar: Calendar, a: datetime, b: datetime, c: datetime) -> None:
    whole = calendar.working_between(a, c)
    assert calendar.working_between(a, b) + calendar.working_between(b, c) == whole


@given(calendars, instants, instants, pauses)
def test_pauses_take_off_exactly_their_working_time(
    calendar: Calendar, one: datetime, two: datetime, stops: list[Pause]
) -> None:
    a, b = sorted((one, two))
    kept = calendar.working_between(a, b, stops)
    clipped = [(max(p.start, a), min(p.end, b)) for p in stops if p.start < b and p.end > a]
    edges = sorted({edge for pair in clipped for edge in pair})
    stopped = sum(
        (
            calendar.working_between(low, high)
            for low, high in pairwise(edges)
            if any(start <= low and high <= end for start, end in clipped)
        ),
        ZERO,
    )
    assert kept + stopped == calendar.working_between(a, b)


@given(calendars, instants, amounts, pauses)
def test_a_pause_never_brings_a_deadline_nearer(
    calendar: Calendar, start: datetime, amount: timedelta, stops: list[Pause]
) -> None:
    assert calendar.add_working(start, amount, stops) >= calendar.add_working(start, amount)


@given(calendars, instants)
def test_the_next_opening_is_open_and_nothing_before_it_is(calendar: Calendar, at: datetime) -> None:
    opening = calendar.next_opening(at)
    assert opening >= at
    assert calendar.is_working(opening)
    assert calendar.working_between(at, opening) == ZERO


@given(calendars, instants, st.integers(0, 40))
def test_working_days_are_counted_one_by_one(calendar: Calendar, at: datetime, count: int) -> None:
    day = at.astimezone(calendar.zone).date()
    last = calendar.working_day_after(day, count)
    assert calendar.is_working_day(last)
    passed = (day + timedelta(days=n) for n in range(1, (last - day).days + 1))
    if count:
        assert sum(map(calendar.is_working_day, passed)) == count


@given(calendars, instants, st.integers(0, 40))
def test_a_deadline_in_working_days_is_never_before_its_start(calendar: Calendar, at: datetime, count: int) -> None:
    due = calendar.add_working_days(at, count)
    assert due > at
    assert calendar.add_working_days(at, count + 1) >= due
    assert calendar.is_working(due - timedelta(microseconds=1))


@given(calendars, instants, instants, st.integers(0, 40))
def test_who_starts_later_is_due_no_earlier(calendar: Calendar, one: datetime, two: datetime, count: int) -> None:
    early, late = sorted((one, two))
    assert calendar.add_working_days(early, count) <= calendar.add_working_days(late, count)


@pytest.mark.parametrize("calendar", CALENDARS[:1])
def test_tens_of_thousands_of_deadlines_take_no_noticeable_time(calendar: Calendar) -> None:
    start = datetime(2026, 1, 5, tzinfo=UTC)
    begun = datetime.now(UTC)
    for minute in range(20_000):
        calendar.add_working(start + timedelta(minutes=minute), timedelta(hours=20))
    assert datetime.now(UTC) - begun < timedelta(seconds=5)
