"""Service standards: dated, from the general to the special, frozen per case; times worked by hand (W4)."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.calendar import Pause
from workorders.domain.clocks import Clock, Limit
from workorders.domain.policy import GENERAL, Case, Rule, Standard, StandardBook
from workorders.domain.policy_data import COMMON, STANDARDS
from workorders.domain.standards import FrozenStandard, freeze

SHANGHAI = ZoneInfo("Asia/Shanghai")
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def cn(month: int, day: int, hour: int = 0, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


MORNING = cn(12, 1, 10)


def frozen(
    commodity: str = "heat",
    category: str = "no_heat",
    severity: str = "minor",
    urgency: str = "urgent",
    area: str = "urban",
    segment: str = "resident",
    at: datetime = MORNING,
) -> FrozenStandard:
    return freeze(commodity, category, severity, urgency, area, segment, at)


def test_a_crew_is_on_site_within_twenty_minutes_of_dispatch() -> None:
    assert frozen().due(Clock.ARRIVE, MORNING) == cn(12, 1, 10, 20)


def test_an_emergency_is_answered_within_thirty_minutes() -> None:
    assert frozen(urgency="emergency").due(Clock.RESPOND, MORNING) == cn(12, 1, 10, 30)


def test_urgent_and_routine_differ_in_response_and_restoration() -> None:
    urgent, routine = frozen(), frozen(urgency="routine")
    assert urgent.due(Clock.RESPOND, MORNING) < routine.due(Clock.RESPOND, MORNING)
    assert urgent.due(Clock.RESTORE, MORNING) < routine.due(Clock.RESTORE, MORNING)


@pytest.mark.parametrize(
    ("reported", "due"),
    [
        (cn(12, 1, 10), cn(12, 1, 16)),  # The morning shift ends at 16:00.
        (cn(12, 1, 22), cn(12, 2, 0)),  # The evening shift ends at midnight.
        (cn(2, 17, 1), cn(2, 17, 8)),  # There is a shift on New Year's Day too.
        (cn(12, 1, 15, 50), cn(12, 1, 17, 50)),  # Ten minutes before the change: at least two hours.
    ],
)
def test_small_repairs_are_done_within_the_shift(reported: datetime, due: datetime) -> None:
    assert frozen(at=reported).due(Clock.RESTORE, reported) == due


@pytest.mark.parametrize(
    ("reported", "due"),
    [
        (cn(12, 1, 10), cn(12, 2, 6)),  # Before the coming night ends.
        (cn(12, 1, 1), cn(12, 1, 6)),  # Before this night ends.
        (cn(12, 1, 5), cn(12, 1, 9)),  # An hour before its end: at least four hours.
    ],
)
def test_medium_repairs_are_done_before_the_night_ends(reported: datetime, due: datetime) -> None:
    assert frozen(severity="medium", at=reported).due(Clock.RESTORE, reported) == due


def test_major_repair_clock_never_pauses() -> None:
    major, pause = frozen(severity="major"), Pause(cn(12, 1, 12), cn(12, 1, 20))
    assert major.due(Clock.RESTORE, MORNING, [pause]) == cn(12, 2, 10)
    assert not major.pauses(Clock.RESTORE)
    assert major.hand_overs
    assert not frozen().hand_overs


def test_other_repairs_wait_while_suspended() -> None:
    pause = Pause(cn(12, 1, 12), cn(12, 1, 15))
    assert frozen().due(Clock.RESTORE, MORNING, [pause]) == cn(12, 1, 19)
    assert frozen().pauses(Clock.RESTORE)


def test_routine_small_repairs_are_promised_in_office_hours() -> None:
    # 16 h from Thursday 12 February 2026 08:30: that day and Friday the 13th.
    assert frozen(urgency="routine").due(Clock.RESTORE, cn(2, 12, 8, 30)) == cn(2, 13, 17, 30)
    # From Friday afternoon: 4 h, 8 h on the make-up Saturday, and 3.5 h, lunch, 0.5 h on the 24th.
    assert frozen(urgency="routine").due(Clock.RESTORE, cn(2, 13, 13, 30)) == cn(2, 24, 13, 30)


@pytest.mark.parametrize(("area", "minutes"), [("urban", 45), ("rural", 90), ("remote", 120)])
def test_power_crews_arrive_by_area(area: str, minutes: int) -> None:
    assert frozen("power", "outage", area=area).due(Clock.ARRIVE, MORNING) == MORNING + minutes * MINUTE


def test_a_gas_leak_is_faster_than_any_other_case() -> None:
    leak, others = frozen("gas", "leak"), [frozen("gas"), frozen(), frozen("power", urgency="emergency")]
    for clock in (Clock.RESPOND, Clock.DISPATCH, Clock.ARRIVE, Clock.RESTORE):
        assert all(leak.due(clock, MORNING) < other.due(clock, MORNING) for other in others)


def test_rural_crews_get_more_time_and_important_customers_a_faster_answer() -> None:
    assert frozen(area="rural").due(Clock.ARRIVE, MORNING) == MORNING + 40 * MINUTE
    assert frozen(segment="vip").due(Clock.RESPOND, MORNING) == MORNING + 30 * MINUTE
    assert frozen(segment="industrial").due(Clock.RESPOND, MORNING) == MORNING + 45 * MINUTE


def test_the_call_back_comes_in_office_hours() -> None:
    # Half an hour on the make-up Saturday; after the festival 3.5 h, lunch, 4 h.
    assert frozen().due(Clock.CALL_BACK, cn(2, 14, 17)) == cn(2, 24, 17)


def test_a_warning_comes_before_the_deadline_and_waits_with_it() -> None:
    standard = frozen()
    assert standard.warn_at(Clock.ARRIVE, MORNING) == MORNING + 15 * MINUTE
    pause = Pause(cn(12, 1, 10, 5), cn(12, 1, 11, 5))
    assert standard.warn_at(Clock.ARRIVE, MORNING, [pause]) == MORNING + 75 * MINUTE


def test_the_version_of_the_day_counts_and_the_local_day_at_that() -> None:
    last, first = cn(10, 31, 23, 59, year=2025), cn(11, 1, 0, 0, year=2025)
    assert frozen(at=last).name == "standards/heat-1"
    assert frozen(at=last).due(Clock.ARRIVE, last) == last + 30 * MINUTE
    assert frozen(at=first).name == "standards/heat-2"


def test_before_the_first_version_the_first_one_counts() -> None:
    assert frozen(at=cn(1, 1, year=2004)).name == "standards/heat-1"


def test_a_frozen_standard_survives_json() -> None:
    standard = frozen("gas", "leak", "major", "emergency", "rural", "vip")
    assert FrozenStandard.from_dict(json.loads(json.dumps(standard.to_dict()))) == standard


words = st.sampled_from(
    ["", "heat", "gas", "power", "leak", "outage", "minor", "major", "urgent", "rural", "vip", "火星"]
)


@given(words, words, words, words, words, words, st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)))
def test_any_combination_has_every_clock(
    commodity: str, category: str, severity: str, urgency: str, area: str, segment: str, at: datetime
) -> None:
    at = at.replace(tzinfo=SHANGHAI)
    standard = freeze(commodity, category, severity, urgency, area, segment, at)
    for clock in Clock:
        assert at < standard.warn_at(clock, at) < standard.due(clock, at)


def test_an_unknown_commodity_gets_the_general_standard() -> None:
    assert frozen("water").name == "standards/general-1"


HEAT = next(standard for standard in STANDARDS if standard.name == "standards/heat-2")


def test_two_versions_in_force_on_one_day_are_refused() -> None:
    with pytest.raises(ValueError, match="both in force"):
        StandardBook([*STANDARDS, replace(HEAT, version=3)])
    until = replace(HEAT, effective_until=date(2026, 11, 2))
    with pytest.raises(ValueError, match="both in force"):
        StandardBook([STANDARDS[0], until, replace(HEAT, version=3, effective_from=date(2026, 11, 1))])


def test_a_version_number_is_used_once() -> None:
    with pytest.raises(ValueError, match="same number"):
        StandardBook([*STANDARDS, replace(HEAT, effective_from=date(2026, 11, 1))])


def test_a_standard_needs_a_rule_for_every_case_and_no_rule_twice() -> None:
    with pytest.raises(ValueError, match="every case"):
        StandardBook([Standard(GENERAL, 1, date(2020, 1, 1), COMMON[1:])])
    with pytest.raises(ValueError, match="same cases"):
        StandardBook([Standard(GENERAL, 1, date(2020, 1, 1), (*COMMON, COMMON[1]))])
    with pytest.raises(ValueError, match="general"):
        StandardBook([HEAT])


def test_after_a_standard_ended_the_general_one_serves() -> None:
    book = StandardBook([STANDARDS[0], replace(HEAT, effective_until=date(2026, 4, 1))])
    assert book.in_force("heat", date(2026, 3, 31)) == replace(HEAT, effective_until=date(2026, 4, 1))
    assert book.in_force("heat", date(2026, 4, 1)).commodity == GENERAL


def test_the_more_special_rule_decides_clock_by_clock() -> None:
    special = Rule(Case(category="no_heat", segment="vip"), {Clock.ARRIVE: Limit(10 * MINUTE)})
    book = StandardBook([Standard(GENERAL, 1, date(2020, 1, 1), (special, *COMMON))])
    standard = freeze("heat", "no_heat", "minor", "urgent", "rural", "vip", MORNING, book=book)
    assert standard.due(Clock.ARRIVE, MORNING) == MORNING + 10 * MINUTE
    assert standard.due(Clock.RESPOND, MORNING) == MORNING + 30 * MINUTE


def test_limits_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="longer"):
        Limit(timedelta(0))
    with pytest.raises(ValueError, match="warning"):
        Limit(HOUR, warn_at=1)
