"""Calendars, with examples worked by hand (W5)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from servicekit.calendar import (
    BusinessCalendar,
    ChineseHolidays,
    ContinuousCalendar,
    DayKind,
    LibraryHolidays,
    NeverOpens,
    NoHolidays,
    Pause,
    UnknownYear,
    Window,
    pauses_from,
    weekly,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")
H = timedelta(hours=1)
OFFICE = BusinessCalendar(weekly(Window(time(8, 30), time(12)), Window(time(13), time(17, 30))))  # 8 h a day
NIGHT = BusinessCalendar(weekly(Window(time(22), time(6))), holidays=NoHolidays())


def cn(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def test_work_stops_over_lunch_and_over_the_night() -> None:
    assert OFFICE.add_working(cn(2026, 3, 10, 11), 2 * H) == cn(2026, 3, 10, 14)
    assert OFFICE.add_working(cn(2026, 3, 10, 17), H) == cn(2026, 3, 11, 9)
    assert OFFICE.working_between(cn(2026, 3, 10, 0), cn(2026, 3, 11, 0)) == 8 * H


def test_a_window_holds_its_start_and_not_its_end_but_a_deadline_may_fall_on_the_end() -> None:
    assert OFFICE.is_working(cn(2026, 3, 10, 8, 30))
    assert not OFFICE.is_working(cn(2026, 3, 10, 17, 30))
    assert OFFICE.add_working(cn(2026, 3, 10, 8, 30), 8 * H) == cn(2026, 3, 10, 17, 30)


def test_next_opening_is_now_in_open_time_and_after_the_weekend_else() -> None:
    assert OFFICE.next_opening(cn(2026, 3, 10, 9)) == cn(2026, 3, 10, 9)
    assert OFFICE.next_opening(cn(2026, 3, 13, 17, 30)) == cn(2026, 3, 16, 8, 30)


def test_spring_festival_2026_is_bridged_and_its_make_up_saturdays_are_worked() -> None:
    # Closed 15-23 February 2026; worked instead: Saturdays 14 and 28 February.
    assert OFFICE.is_working(cn(2026, 2, 14, 10))
    assert not any(OFFICE.is_working_day(date(2026, 2, day)) for day in range(15, 24))
    assert OFFICE.is_working(cn(2026, 2, 28, 10))
    # From Friday 13th 16:30: 1 h that day, 8 h on the 14th, then the 24th: 8:30 + 3 h.
    assert OFFICE.add_working(cn(2026, 2, 13, 16, 30), 12 * H) == cn(2026, 2, 24, 11, 30)
    assert OFFICE.working_between(cn(2026, 2, 13, 16, 30), cn(2026, 2, 24, 11, 30)) == 12 * H


def test_working_days_skip_the_festival_and_count_the_make_up_days() -> None:
    # After Thursday 12 February: 13, 14 (make-up), 24, 25, 26 -> the fifth is the 26th.
    assert OFFICE.add_working_days(cn(2026, 2, 12, 9), 5) == cn(2026, 2, 26, 17, 30)
    # 27, 28 (make-up Saturday), then Monday 2 March.
    assert OFFICE.add_working_days(cn(2026, 2, 26, 9), 3) == cn(2026, 3, 2, 17, 30)


def test_working_day_zero_is_today_or_the_next_one_that_works() -> None:
    assert OFFICE.add_working_days(cn(2026, 2, 12, 9), 0) == cn(2026, 2, 12, 17, 30)
    assert OFFICE.add_working_days(cn(2026, 2, 16, 9), 0) == cn(2026, 2, 24, 17, 30)


def test_the_local_day_decides_even_when_utc_has_another() -> None:
    # 23:00 UTC on Monday is 07:00 on Tuesday in Shanghai.
    assert OFFICE.add_working_days(datetime(2026, 3, 9, 23, tzinfo=UTC), 1) == cn(2026, 3, 11, 17, 30)


def test_a_night_shift_runs_into_the_closed_saturday_and_none_begins_there() -> None:
    friday_night, saturday = cn(2026, 3, 13, 23), cn(2026, 3, 14, 5)
    assert NIGHT.is_working(friday_night)
    assert NIGHT.is_working(saturday)
    assert not NIGHT.is_working(cn(2026, 3, 14, 23))
    # 1 h on Friday, 6 h into Saturday morning, and the eighth on Monday from 22:00.
    assert NIGHT.add_working(friday_night, 8 * H) == cn(2026, 3, 16, 23)


def test_pauses_are_taken_out_in_working_time_only() -> None:
    lunch_and_more = Pause(cn(2026, 3, 10, 11), cn(2026, 3, 10, 14))  # 2 working hours of 3
    assert OFFICE.add_working(cn(2026, 3, 10, 9), 4 * H, [lunch_and_more]) == cn(2026, 3, 10, 16)
    weekend = Pause(cn(2026, 3, 14, 0), cn(2026, 3, 15, 0))
    assert OFFICE.add_working(cn(2026, 3, 13, 17), H, [weekend]) == OFFICE.add_working(cn(2026, 3, 13, 17), H)


def test_overlapping_pauses_are_counted_once() -> None:
    pauses = [Pause(cn(2026, 3, 10, 9), cn(2026, 3, 10, 11)), Pause(cn(2026, 3, 10, 10), cn(2026, 3, 10, 11, 30))]
    assert OFFICE.working_between(cn(2026, 3, 10, 8, 30), cn(2026, 3, 10, 12), pauses) == H


def test_pauses_are_rebuilt_from_history_in_any_order() -> None:
    history = [(cn(2026, 3, 10, 15), True), (cn(2026, 3, 10, 10), False), (cn(2026, 3, 10, 9), True)]
    assert pauses_from(history, until=cn(2026, 3, 10, 16)) == (
        Pause(cn(2026, 3, 10, 9), cn(2026, 3, 10, 10)),
        Pause(cn(2026, 3, 10, 15), cn(2026, 3, 10, 16)),
    )


def test_a_pause_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(ValueError, match="before it starts"):
        Pause(cn(2026, 3, 10), cn(2026, 3, 9))


def test_summer_time_in_berlin_takes_an_hour_from_the_night_shift() -> None:
    nights = BusinessCalendar((((Window(time(22), time(6))),),) * 7, "Europe/Berlin", NoHolidays())
    spring, autumn = datetime(2026, 3, 28, 22, tzinfo=BERLIN), datetime(2026, 10, 24, 22, tzinfo=BERLIN)
    assert nights.working_between(spring, spring + timedelta(hours=12)) == 7 * H
    assert nights.working_between(autumn, autumn + timedelta(hours=12)) == 9 * H
    assert nights.add_working(spring, 7 * H) == datetime(2026, 3, 29, 6, tzinfo=BERLIN)


def test_a_wall_time_that_summer_time_skips_is_taken_at_the_change() -> None:
    windows = (Window(time(1), time(2, 30)), Window(time(2, 45), time(4)))
    calendar = BusinessCalendar((windows,) * 7, "Europe/Berlin", NoHolidays())
    one, change, four = (datetime(2026, 3, 29, hour, tzinfo=UTC) for hour in (0, 1, 2))
    assert calendar.day_spans(date(2026, 3, 29)) == ((one, change), (change, four))


def test_german_holidays_close_a_german_calendar() -> None:
    office = BusinessCalendar(weekly(Window(time(9), time(17))), "Europe/Berlin", LibraryHolidays("DE"))
    assert not office.is_working_day(date(2026, 5, 1))
    assert office.is_working_day(date(2026, 5, 4))


def test_a_year_without_official_data_is_a_marked_estimate() -> None:
    assert not OFFICE.is_estimated(date(2026, 10, 1))
    assert OFFICE.is_estimated(date(2027, 10, 1))
    assert not OFFICE.is_working_day(date(2027, 10, 1))


def test_a_year_without_official_data_is_an_error_when_strict() -> None:
    strict = BusinessCalendar(weekly(Window(time(9), time(17))), holidays=ChineseHolidays(strict=True))
    with pytest.raises(UnknownYear, match="2027"):
        strict.add_working_days(cn(2026, 12, 30), 5)


def test_overrides_win_over_official_data_and_are_no_estimate() -> None:
    storm = ChineseHolidays({date(2026, 3, 10): DayKind.HOLIDAY, date(2027, 1, 3): DayKind.MAKE_UP})
    office = BusinessCalendar(weekly(Window(time(9), time(17))), holidays=storm)
    assert not office.is_working_day(date(2026, 3, 10))
    assert office.is_working_day(date(2027, 1, 3))
    assert not office.is_estimated(date(2027, 1, 3))


def test_make_up_days_may_have_windows_of_their_own() -> None:
    office = BusinessCalendar(weekly(Window(time(9), time(17))), make_up=(Window(time(10), time(12)),))
    assert office.working_between(cn(2026, 2, 14), cn(2026, 2, 15)) == 2 * H


def test_the_continuous_calendar_never_closes() -> None:
    always = ContinuousCalendar()
    start = cn(2026, 2, 16, 3)
    assert always.add_working(start, 72 * H) == cn(2026, 2, 19, 3)
    assert always.working_between(start, cn(2026, 2, 17, 3), [Pause(start, start + H)]) == 23 * H
    assert always.add_working_days(start, 1) == cn(2026, 2, 18)


def test_instants_in_a_local_zone_are_added_as_elapsed_time() -> None:
    start = datetime(2026, 3, 29, 1, tzinfo=BERLIN)
    assert ContinuousCalendar("Europe/Berlin").add_working(start, 2 * H) == datetime(2026, 3, 29, 4, tzinfo=BERLIN)
    assert ContinuousCalendar().working_between(start, datetime(2026, 3, 29, 4, tzinfo=BERLIN)) == 2 * H


def test_a_calendar_without_windows_says_so_instead_of_searching_for_ever() -> None:
    closed = BusinessCalendar(((),) * 7, holidays=NoHolidays())
    with pytest.raises(NeverOpens):
        closed.add_working(cn(2026, 3, 10), H)
    with pytest.raises(NeverOpens):
        closed.add_working_days(cn(2026, 3, 10), 1)


@pytest.mark.parametrize(
    "windows",
    [
        weekly(Window(time(8), time(12)), Window(time(11), time(17))),
        weekly(Window(time(22), time(6)), Window(time(7), time(8))),
        (*weekly(Window(time(22), time(6)))[:6], (Window(time(5), time(9)),)),
        weekly(Window(time(8), time(12)))[:6],
    ],
)
def test_windows_that_overlap_or_miss_a_day_are_refused(windows: tuple[tuple[Window, ...], ...]) -> None:
    with pytest.raises(ValueError, match=r"overlap|seven|night"):
        BusinessCalendar(windows)


def test_negative_amounts_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        OFFICE.add_working(cn(2026, 3, 10), -H)
    with pytest.raises(ValueError, match="negative"):
        OFFICE.add_working_days(cn(2026, 3, 10), -1)
