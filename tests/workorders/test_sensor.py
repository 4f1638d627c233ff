"""What readings of a sensor mean: long enough beyond the limit, hysteresis, silence, season (W11)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import FailedPrecondition
from workorders.domain.heating_season import HeatingSeason
from workorders.domain.sensor import Meaning, Reading, Sensor, SensorState, Watch, judged
from workorders.domain.sensor_alarm import AlarmState, SensorAlarm, is_worth_a_ticket
from workorders.domain.sensor_rules import RULES, AlarmRule, SensorKind

ROOM, GAS, POWER = (RULES[kind] for kind in SensorKind)
WINTER = HeatingSeason.of("10-20/04-06")
MIDNIGHT = datetime(2026, 1, 15, tzinfo=UTC)
LATER = MIDNIGHT + timedelta(days=2)
MINUTE = timedelta(minutes=1)
COLD, COOL, WARM = 17.5, 18.5, 19.0


def told(*readings: tuple[float, float], rule: AlarmRule = ROOM, season: HeatingSeason = WINTER) -> list[Meaning]:
    """What each of these means, as (minute, value); an alarm is held from its first reading on."""
    watch, meanings = Watch(), []
    for minute, value in readings:
        watch, meaning = judged(watch, Reading(value, MIDNIGHT + minute * MINUTE), rule, season, LATER)
        if meaning is Meaning.ALARMING:
            watch = replace(watch, alarm_id="a")
        meanings.append(meaning)
    return meanings


def cold_for(minutes: int, step: int = 30, value: float = COLD) -> list[tuple[float, float]]:
    return [(minute, value) for minute in range(0, minutes + 1, step)]


def test_a_room_alarms_after_two_hours_below_its_standard_and_not_before() -> None:
    assert told(*cold_for(119, 7))[-1] is Meaning.WELL
    assert told(*cold_for(120)) == [*[Meaning.WELL] * 4, Meaning.ALARMING]


def test_the_standard_itself_is_warm_enough() -> None:
    assert set(told(*cold_for(600, value=18.0))) == {Meaning.WELL}


def test_one_warm_reading_begins_the_two_hours_anew() -> None:
    meanings = told(*cold_for(90), (100, 18.0), *((m, COLD) for m in range(110, 201, 30)), (230, COLD))
    assert meanings[-1] is Meaning.ALARMING
    assert set(meanings[:-1]) == {Meaning.WELL}


def test_it_ends_a_degree_above_and_not_between() -> None:
    ends = [(130, COOL), (140, 18.9), (150, COLD), (160, WARM), (170, COLD)]
    said = told(*cold_for(120), *ends)[5:]
    assert said == [*[Meaning.ALARMING] * 3, Meaning.RECOVERED, Meaning.WELL]


def test_nobody_knows_what_was_in_a_long_silence() -> None:
    assert told((0, COLD), (60, COLD), (120, COLD))[-1] is Meaning.ALARMING
    assert told((0, COLD), (61, COLD), (121, COLD))[-1] is Meaning.WELL
    assert told((0, COLD), (500, COLD))[-1] is Meaning.WELL


def test_an_alarm_outlives_a_silence() -> None:
    assert told(*cold_for(120), (1000, COLD), (1001, COOL))[5:] == [Meaning.ALARMING] * 2


def test_readings_that_come_late_or_twice_are_passed_over() -> None:
    assert told((10, COLD), (5, COLD), (10, WARM)) == [Meaning.WELL, Meaning.LATE, Meaning.LATE]


@pytest.mark.parametrize("value", [nan, inf, -inf, -40.1, 60.1, 85.0])
def test_what_no_sensor_can_measure_changes_nothing(value: float) -> None:
    assert told(*cold_for(90), (100, value), (120, COLD))[-2:] == [Meaning.IMPLAUSIBLE, Meaning.ALARMING]


def test_a_clock_may_run_five_minutes_ahead() -> None:
    for minutes, meaning in ((5, Meaning.WELL), (6, Meaning.IMPLAUSIBLE)):
        reading = Reading(WARM, MIDNIGHT + minutes * MINUTE)
        assert judged(Watch(), reading, ROOM, WINTER, MIDNIGHT)[1] is meaning


def test_nobody_promised_warm_rooms_in_summer() -> None:
    summer = HeatingSeason.of("02-01/11-30")
    assert set(told(*cold_for(600), season=summer)) == {Meaning.WELL}


def test_the_seasons_end_ends_the_alarm() -> None:
    last = HeatingSeason.of("10-20/01-15", "UTC")
    said = told(*cold_for(120), (1439, COLD), (1440, COLD), season=last)[5:]
    assert said == [Meaning.ALARMING, Meaning.RECOVERED]


def test_gas_alarms_at_once_and_in_every_season() -> None:
    summer = HeatingSeason.of("02-01/11-30")
    said = told((0, 10.0), (1, 10.1), (2, 6.0), (3, 5.0), rule=GAS, season=summer)
    assert said == [Meaning.WELL, Meaning.ALARMING, Meaning.ALARMING, Meaning.RECOVERED]


def test_power_that_comes_back_within_three_minutes_was_no_outage() -> None:
    assert told((0, 0.0), (2.9, 0.0), (3, 221.0), rule=POWER) == [Meaning.WELL] * 3
    said = told((0, 0.0), (3, 0.0), (4, 150.0), (5, 198.0), rule=POWER)
    assert said == [Meaning.WELL, Meaning.ALARMING, Meaning.ALARMING, Meaning.RECOVERED]


@given(st.lists(st.tuples(st.integers(0, 600), st.floats(10, 25)), max_size=40))
def test_an_alarm_was_preceded_by_two_hours_of_cold(readings: list[tuple[float, float]]) -> None:
    """However readings come: those that count are in the order of their times."""
    meanings = told(*readings)
    counted = [
        (minute, value, meaning)
        for (minute, value), meaning in zip(readings, meanings, strict=True)
        if meaning is not Meaning.LATE
    ]
    assert [minute for minute, *_ in counted] == sorted({minute for minute, *_ in counted})
    is_open = False
    for n, (minute, _, meaning) in enumerate(counted):
        if meaning is Meaning.ALARMING and not is_open:
            before = [value for m, value, _ in counted[:n] if m >= minute - 120]
            assert all(value < 18 for value in before)
            assert any(m <= minute - 120 for m, *_ in counted[:n])
        is_open = meaning is Meaning.ALARMING


@given(st.lists(st.floats(10, 25), max_size=40), st.data())
def test_repeated_readings_change_nothing(values: list[float], data: st.DataObject) -> None:
    readings = [(10.0 * n, value) for n, value in enumerate(values)]
    repeated = [each for reading in readings for each in [reading] * data.draw(st.integers(1, 3))]
    assert [m for m in told(*repeated) if m is not Meaning.LATE] == told(*readings)


@pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
def test_rules_leave_room_between_limit_and_recovery(rule: AlarmRule) -> None:
    assert rule.is_plausible(rule.limit)
    assert rule.is_plausible(rule.recovery)
    assert not rule.is_beyond(rule.limit)
    assert not rule.is_beyond(rule.recovery)
    assert rule.is_recovered(rule.recovery)
    assert not rule.is_recovered(rule.limit)


@pytest.mark.parametrize(
    ("at", "covered"),
    [
        (datetime(2026, 10, 19, 15, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 19, 16, 0, tzinfo=UTC), True),
        (datetime(2026, 12, 31, 16, 0, tzinfo=UTC), True),
        (datetime(2024, 2, 29, 1, 0, tzinfo=UTC), True),
        (datetime(2026, 4, 6, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 4, 6, 16, 0, tzinfo=UTC), False),
        (datetime(2026, 7, 1, tzinfo=UTC), False),
    ],
)
def test_a_season_is_of_local_days(at: datetime, covered: bool) -> None:
    assert WINTER.covers(at) is covered


@pytest.mark.parametrize("text", ["", "10-20", "10-20/04-31", "13-01/04-01", "10-20/04-06/05-05", "1-2/3-4"])
def test_a_wrong_season_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"MM-DD/MM-DD|month|day"):
        HeatingSeason.of(text)


def alarm(*sensors: str) -> SensorAlarm:
    kind = SensorKind.ROOM_TEMPERATURE
    return SensorAlarm("a", "p1", kind, AlarmState.OPEN, "t1", frozenset(sensors), MIDNIGHT)


def test_an_alarm_ends_with_its_last_sensor() -> None:
    both = alarm("one").held_by("two")
    left = both.let_go_by("one", LATER)
    assert (left.is_open, left.end_time, left.sensor_ids) == (True, None, frozenset({"two"}))
    ended = left.let_go_by("two", LATER)
    assert (ended.state, ended.end_time, ended.version) == (AlarmState.ENDED, LATER, 4)


def test_a_ticket_that_somebody_works_on_is_enough() -> None:
    assert not is_worth_a_ticket(None, LATER, ROOM.hold)
    assert not is_worth_a_ticket(MIDNIGHT, MIDNIGHT + 119 * MINUTE, ROOM.hold)
    assert is_worth_a_ticket(MIDNIGHT, MIDNIGHT + 120 * MINUTE, ROOM.hold)


def test_a_retired_sensor_stays_so() -> None:
    place = ("s", SensorKind.ROOM_TEMPERATURE, "p1", "卧室")
    gone = Sensor(*place, SensorState.ACTIVE, MIDNIGHT, MIDNIGHT).retired(LATER)
    assert (gone.state, gone.update_time, gone.version) == (SensorState.RETIRED, LATER, 2)
    with pytest.raises(FailedPrecondition, match="sensors/s: is RETIRED"):
        gone.changed(LATER, display_name="客厅")
