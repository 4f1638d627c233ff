"""Which crew gets a job (W7)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.workorders.test_crew import MONDAY, crew, on
from workorders.domain.crew import Crew, Shift, whole_week
from workorders.domain.dispatch import Choice, Job, choose, distance_km
from workorders.domain.words import Urgency

NOON = on(1, 12)
JOB = Job("heat", "no_heat", Urgency.URGENT, 43.88, 125.32, None)
EMERGENCY = replace(JOB, urgency=Urgency.EMERGENCY)
DAY = tuple(whole_week(8 * 60, 16 * 60))


def chosen(job: Job, crews: list[Crew], load: dict[str, int] | None = None, at: datetime = NOON) -> str | None:
    choice = choose(job, crews, load or {}, at)
    return choice.crew_id if choice else None


def test_nobody_there_is_nobody_chosen() -> None:
    assert chosen(JOB, []) is None


def test_who_lacks_the_skill_is_not_sent() -> None:
    able, unable = crew("b"), crew("a", skills=frozenset({"gas", "heat/meter"}))
    assert chosen(JOB, [unable]) is None
    assert chosen(JOB, [unable, able]) == "b"


def test_who_is_off_shift_is_not_sent() -> None:
    assert chosen(JOB, [crew(shifts=DAY)], at=on(1, 7, 59)) is None
    assert chosen(JOB, [crew(shifts=DAY)], at=on(1, 8)) == "a"


def test_a_night_crew_is_sent_after_midnight() -> None:
    night = crew(shifts=(Shift(1, 22 * 60, 6 * 60),))
    assert chosen(JOB, [night], at=on(2, 3)) == "a"
    assert chosen(JOB, [night], at=on(1, 3)) is None


def test_on_call_is_for_emergencies() -> None:
    asleep = crew(shifts=DAY, on_call=True)
    assert chosen(JOB, [asleep], at=on(1, 3)) is None
    assert chosen(EMERGENCY, [asleep], at=on(1, 3)) == "a"
    assert chosen(EMERGENCY, [crew(shifts=DAY)], at=on(1, 3)) is None


def test_a_full_crew_gets_no_more_but_emergencies() -> None:
    assert chosen(JOB, [crew(max_load=2)], {"a": 2}) is None
    assert chosen(JOB, [crew(max_load=2)], {"a": 1}) == "a"
    assert chosen(EMERGENCY, [crew(max_load=2)], {"a": 7}) == "a"


def test_who_kept_silent_is_not_asked_again_even_in_an_emergency() -> None:
    assert chosen(replace(EMERGENCY, excluded=frozenset({"a"})), [crew("a"), crew("b")]) == "b"
    assert chosen(replace(EMERGENCY, excluded=frozenset({"a"})), [crew("a")]) is None


def test_the_cells_own_crew_comes_before_load_and_distance() -> None:
    own, near = crew("z", latitude=44.9), crew("a")
    assert chosen(replace(JOB, cell_crew_id="z"), [near, own], {"z": 2}) == "z"
    assert chosen(replace(JOB, cell_crew_id="z"), [near, own], {"z": 3}) == "a", "it is full"


def test_load_comes_before_distance() -> None:
    idle, near = crew("z", latitude=44.9), crew("a")
    assert chosen(JOB, [near, idle], {"a": 1}) == "z"


def test_then_the_shorter_way() -> None:
    far, near = crew("a", latitude=43.98), crew("z", latitude=43.89)
    assert chosen(JOB, [far, near]) == "z"


def test_then_the_smaller_id() -> None:
    assert chosen(JOB, [crew("c"), crew("b"), crew("d")]) == "b"


PLACES_NOT_KNOWN = [(None, None), (0.0, 0.0), (-0.0, 0.0), (0.0, -0.0), (None, 125.32), (43.88, None), (0.0, None)]


@pytest.mark.parametrize("where", PLACES_NOT_KNOWN)
def test_a_job_whose_place_is_not_known_is_equally_far_from_all(where: tuple[float | None, float | None]) -> None:
    nowhere = replace(JOB, latitude=where[0], longitude=where[1])
    away = crew("b", latitude=0.1, longitude=0.1)
    choice = choose(nowhere, [away, crew("a", latitude=45.3)], {}, NOON)
    assert choice == Choice("a", "a", "automatic: not the cell's crew, on shift, 0 open jobs")


@pytest.mark.parametrize("where", PLACES_NOT_KNOWN)
def test_a_crew_whose_place_is_not_known_is_neither_near_nor_far(where: tuple[float | None, float | None]) -> None:
    lost = crew("a", latitude=where[0], longitude=where[1])
    assert chosen(JOB, [lost, crew("z", latitude=45.3)]) == "z", "known comes first"
    choice = choose(JOB, [lost], {}, NOON)
    assert choice is not None
    assert "km" not in choice.reason


@pytest.mark.parametrize("where", PLACES_NOT_KNOWN)
def test_the_branch_decides_where_the_map_cannot(where: tuple[float | None, float | None]) -> None:
    leak = replace(EMERGENCY, latitude=where[0], longitude=where[1], branch_crew_ids=frozenset({"z"}))
    choice = choose(leak, [crew("a", latitude=45.3), crew("z")], {"z": 1}, NOON)
    assert choice == Choice("z", "z", "automatic: a crew of the same branch, on shift, 1 open jobs")
    assert chosen(replace(leak, cell_crew_id="m"), [crew("m"), crew("z")]) == "m", "the cell's own comes first"


@pytest.mark.parametrize(("latitude", "longitude"), [(0.0, 6.7), (51.5, 0.0), (-0.2, 0.0), (0.0, -78.5)])
def test_the_equator_and_the_meridian_of_greenwich_are_places(latitude: float, longitude: float) -> None:
    there = replace(JOB, latitude=latitude, longitude=longitude)
    assert distance_km(there, crew(latitude=latitude, longitude=longitude)) == pytest.approx(0)


def test_the_reason_can_be_read() -> None:
    choice = choose(replace(EMERGENCY, cell_crew_id="a"), [crew(shifts=DAY, on_call=True)], {"a": 1}, on(1, 3))
    reason = "automatic: the cell's own crew, on call, 1 open jobs, 0.0 km away"
    assert choice == Choice("a", "a", reason)


@pytest.mark.parametrize(
    ("latitude", "longitude", "km"),
    [
        (43.88, 125.32, 0.0),
        (44.88, 125.32, 111.2),
        (39.904, 116.407, 860.3),
        (-43.88, -54.68, 20015.1),
    ],
)
def test_distances_are_great_circles(latitude: float, longitude: float, km: float) -> None:
    assert distance_km(JOB, crew(latitude=latitude, longitude=longitude)) == pytest.approx(km, rel=0.01, abs=0.01)


IDS = st.sampled_from("abcdef")
SKILLS = st.frozensets(st.sampled_from(["heat", "heat/no_heat", "heat/leak", "gas"]), min_size=1)
SHIFTS = st.lists(
    st.builds(Shift, st.integers(1, 7), st.integers(0, 700), st.integers(701, 1440))
    | st.builds(Shift, st.integers(1, 7), st.integers(701, 1439), st.integers(0, 700)),
    max_size=6,
).map(tuple)
CREWS = st.lists(
    st.builds(
        lambda identifier, **values: crew(identifier, **values),
        IDS,
        skills=SKILLS,
        shifts=SHIFTS,
        on_call=st.booleans(),
        latitude=st.none() | st.floats(40, 46),
        max_load=st.integers(1, 4),
    ),
    unique_by=lambda each: each.id,
)
LOADS = st.dictionaries(IDS, st.integers(0, 6))
JOBS = st.builds(
    Job,
    st.just("heat"),
    st.sampled_from(["no_heat", "leak", "meter"]),
    st.sampled_from(Urgency),
    st.none() | st.floats(40, 46),
    st.just(125.32),
    st.none() | IDS,
    st.frozensets(IDS),
    st.frozensets(IDS),
)
TIMES = st.integers(0, 7 * 1440 - 1).map(lambda minute: MONDAY + timedelta(minutes=minute))


def may_come(job: Job, each: Crew, load: dict[str, int], at: datetime) -> bool:
    """W7's conditions, said once more and otherwise than the code."""
    has_skill = job.commodity in each.skills or f"{job.commodity}/{job.category}" in each.skills
    is_there = any(shift.covers(at) for shift in each.shifts)
    if each.id in job.excluded or not has_skill:
        return False
    if job.urgency is Urgency.EMERGENCY:
        return is_there or each.on_call
    return is_there and load.get(each.id, 0) < each.max_load


@given(JOBS, CREWS, LOADS, TIMES)
def test_the_chosen_crew_may_come_and_none_is_only_when_nobody_may(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime
) -> None:
    able = {each.id for each in crews if may_come(job, each, load, at)}
    best = chosen(job, crews, load, at)
    assert best in able if able else best is None


@given(JOBS, CREWS, LOADS, TIMES)
def test_who_may_not_come_changes_nothing(job: Job, crews: list[Crew], load: dict[str, int], at: datetime) -> None:
    able = [each for each in crews if may_come(job, each, load, at)]
    assert choose(job, crews, load, at) == choose(job, able, load, at)


@given(JOBS, CREWS, LOADS, TIMES, st.randoms(use_true_random=False))
def test_the_order_of_the_crews_changes_nothing(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime, chance: object
) -> None:
    shuffled = list(crews)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert choose(job, shuffled, load, at) == choose(job, crews, load, at)


@given(JOBS, CREWS, LOADS, TIMES)
def test_the_cells_crew_is_chosen_whenever_it_may_come(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime
) -> None:
    if any(each.id == job.cell_crew_id and may_come(job, each, load, at) for each in crews):
        assert chosen(job, crews, load, at) == job.cell_crew_id


@given(JOBS, CREWS, LOADS, TIMES)
def test_the_way_is_told_only_where_both_ends_are_known(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime
) -> None:
    choice = choose(job, crews, load, at)
    if choice is not None:
        best = next(each for each in crews if each.id == choice.crew_id)
        assert ("km away" in choice.reason) is (job.latitude is not None and best.latitude is not None)


@given(JOBS, CREWS, LOADS, TIMES)
def test_one_job_less_never_loses_a_crew_the_job(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime
) -> None:
    best = chosen(job, crews, load, at)
    if best is not None and load.get(best, 0) > 0:
        assert chosen(job, crews, {**load, best: load[best] - 1}, at) == best


@given(JOBS, CREWS, LOADS, TIMES)
def test_whoever_comes_for_a_routine_job_comes_for_an_emergency(
    job: Job, crews: list[Crew], load: dict[str, int], at: datetime
) -> None:
    routine = replace(job, urgency=Urgency.ROUTINE)
    if chosen(routine, crews, load, at) is not None:
        assert chosen(replace(job, urgency=Urgency.EMERGENCY), crews, load, at) is not None
