"""What looks as if it was done for the deadline and not for the customer, and what does not (S13)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.complaint import Complaint, Outcome
from complaints.domain.deadlines import Clock
from complaints.domain.gaming import Finding, Limits, Rule, findings
from complaints.domain.timeline import Entry, Timeline
from servicekit.errors import DomainError
from tests.complaints.builders import MORNING, STAFF, TIMES, complaint

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
LIMITS = Limits(silence=0.5, last=0.1, idle=0.5, bulk=3, bulk_window=timedelta(hours=1))
DUE = MORNING + 20 * DAY
LONG_AFTER = MORNING + 1000 * DAY
Took = tuple[str, datetime] | tuple[str, datetime, dict[str, Any]]


def timeline(*taken: Took, identifier: str = "c1", **fields: Any) -> Timeline:
    """A complaint that was filed on the morning, to be decided in twenty days, and what was done about it then."""
    filed: Took = ("filed", MORNING, {"decide_due": DUE, "unit": "units/north"})
    entries = [
        Entry(number, kind, **{"actor": STAFF, "at": at, **(rest[0] if rest else {})})
        for number, (kind, at, *rest) in enumerate([filed, *taken], 1)
    ]
    if external := fields.pop("external_due", None):
        entries[0] = replace(entries[0], external_due=external)
    return Timeline(identifier, MORNING, fields.pop("anonymous", False), entries, **fields)


def extended(at: datetime, until: datetime = DUE + 10 * DAY, **fields: Any) -> Took:
    return "extended", at, {"decide_due": until, "approver": "staff/1003", **fields}


def hurry(at: datetime, *, end: str = "decision_communicated") -> list[Took]:
    """All that it takes, a minute a stage."""
    stages = ("acknowledged", "assessed", "investigated", "responded", end)
    return [(stage, at + n * MINUTE) for n, stage in enumerate(stages)]


def found(*timelines: Timeline, now: datetime = LONG_AFTER) -> list[Finding]:
    return findings(timelines, LIMITS, now)


def test_a_complaint_that_is_worked_on_is_no_finding() -> None:
    days = {"acknowledged": 1, "assessed": 2, "investigated": 12, "responded": 18, "decision_communicated": 19}
    assert found(timeline(*((kind, MORNING + day * DAY) for kind, day in days.items()))) == []


def test_whatever_is_quick_is_no_finding() -> None:
    assert found(timeline(*hurry(MORNING + MINUTE))) == []


def test_everything_in_the_last_minute_is_a_finding() -> None:
    at = DUE - timedelta(hours=1)
    [one] = found(timeline(*hurry(at)))
    assert one.rule is Rule.LAST_MINUTE_ENDING
    assert (one.complaint_id, one.number, one.actor, one.unit) == ("c1", 6, STAFF, "units/north")
    assert (one.clock, one.due, one.act_time) == (Clock.DECIDE, DUE, at + 4 * MINUTE)
    assert (one.start, one.end) == (MORNING, at + 4 * MINUTE)


def test_a_complaint_that_is_taken_back_in_the_last_minute_is_a_finding() -> None:
    [one] = found(timeline(("acknowledged", MORNING + DAY), ("withdrawn", DUE - MINUTE)))
    assert (one.rule, one.number, one.start) == (Rule.LAST_MINUTE_ENDING, 3, MORNING + DAY)


@pytest.mark.parametrize(
    ("at", "is_found"),
    [
        (DUE - 2 * DAY - MINUTE, False),
        (DUE - 2 * DAY, True),
        (DUE, True),
        # Missed: that is the ladder's, not ours.
        (DUE + timedelta(microseconds=1), False),
    ],
)
def test_the_last_minute_is_the_last_tenth_and_ends_at_the_deadline(at: datetime, is_found: bool) -> None:
    assert bool(found(timeline(("withdrawn", at)))) is is_found


@pytest.mark.parametrize(
    ("kind", "is_found"),
    [("investigated", False), ("responded", False), ("transferred", True), ("supervised", True)],
)
def test_only_work_and_contact_break_an_idle_stretch(kind: str, is_found: bool) -> None:
    assert bool(found(timeline((kind, MORNING + 10 * DAY), *hurry(DUE - DAY)))) is is_found


@pytest.mark.parametrize(("at", "is_found"), [(MORNING + 8 * DAY, True), (MORNING + 8 * DAY + MINUTE, False)])
def test_an_idle_stretch_is_half_of_the_time_before_the_last_minute(at: datetime, is_found: bool) -> None:
    assert bool(found(timeline(("assessed", at), *hurry(DUE - DAY)))) is is_found


def test_a_complaint_that_was_filed_late_was_idle_from_its_receipt() -> None:
    late = timeline(("withdrawn", DUE - MINUTE))
    late = replace(late, entries=[replace(late.entries[0], at=DUE - DAY), late.entries[1]])
    assert [one.start for one in found(late)] == [MORNING]


def test_an_ending_once_the_decision_is_communicated_stops_no_clock() -> None:
    assert found(timeline(*hurry(MORNING + DAY), ("withdrawn", DUE - MINUTE))) == []


def test_the_deadline_that_a_government_hotline_sets_is_watched_too() -> None:
    outside = MORNING + 5 * DAY
    [one] = found(timeline(*hurry(outside - timedelta(hours=1)), external_due=outside))
    assert (one.clock, one.due) == (Clock.EXTERNAL, outside)


def test_a_reopened_complaint_is_measured_from_its_reopening() -> None:
    again = MORNING + 30 * DAY
    closed = [*hurry(MORNING + 5 * DAY), ("closed", MORNING + 6 * DAY)]
    reopened: Took = ("reopened", again, {"decide_due": again + 20 * DAY})
    assert found(timeline(*closed, reopened, *hurry(again + DAY)[1:])) == []
    [one] = found(timeline(*closed, reopened, *hurry(again + 19 * DAY)[1:]))
    assert (one.start, one.due) == (again, again + 20 * DAY)


def test_a_finding_names_the_unit_that_was_responsible_then() -> None:
    moved: Took = ("transferred", MORNING + DAY, {"unit": "units/south"})
    [one] = found(timeline(moved, *hurry(DUE - DAY), ("transferred", DUE, {"unit": "units/west"})))
    assert one.unit == "units/south"


def test_an_extension_without_a_word_afterwards_is_a_finding() -> None:
    at, heard = DUE - DAY, DUE + 9 * DAY
    [one] = found(timeline(("assessed", DUE - 4 * DAY), extended(at), ("supervised", DUE + DAY), ("responded", heard)))
    assert (one.rule, one.number, one.due) == (Rule.SILENT_EXTENSION, 3, DUE)
    assert (one.act_time, one.find_time, one.start, one.end) == (at, DUE + 5 * DAY, at, heard)


def test_an_extension_with_a_word_in_time_is_none() -> None:
    assert found(timeline(extended(DUE - DAY), ("responded", DUE + 5 * DAY), ("responded", DUE + 9 * DAY))) == []


def test_another_extension_is_a_word_too() -> None:
    twice = [extended(DUE - DAY), extended(DUE + DAY, DUE + 30 * DAY)]
    assert found(timeline(*twice, ("responded", DUE + 11 * DAY))) == []


def test_silence_is_a_finding_when_it_has_lasted_and_not_before() -> None:
    silent = timeline(extended(DUE - DAY))
    assert found(silent, now=DUE + 5 * DAY) == []
    [one] = found(silent, now=DUE + 5 * DAY + MINUTE)
    assert one.end is None


def test_nobody_is_blamed_for_silence_towards_an_anonymous_complainant() -> None:
    assert found(timeline(extended(DUE - DAY), anonymous=True)) == []


def answered(identifier: str, at: datetime, **fields: Any) -> Timeline:
    """Extended, with a word to the customer afterwards."""
    return timeline(extended(at, **fields), ("responded", DUE), identifier=identifier)


def test_one_person_who_extends_many_at_once_is_asked_about_each() -> None:
    many = [answered(f"c{n}", MORNING + n * MINUTE, approver=f"staff/{n}") for n in range(4)]
    bulk = found(*many)
    assert [one.complaint_id for one in bulk] == ["c0", "c1", "c2", "c3"]
    assert {(one.rule, one.actor, one.complaints) for one in bulk} == {(Rule.BULK_EXTENSION, STAFF, 4)}
    assert {(one.start, one.end) for one in bulk} == {(MORNING, MORNING + 3 * MINUTE)}
    # The third made them many.
    assert [one.find_time for one in bulk] == [MORNING + n * MINUTE for n in (2, 2, 2, 3)]


def test_one_person_who_approves_many_at_once_is_found_too() -> None:
    bulk = found(*(answered(f"c{n}", MORNING + n * MINUTE, actor=f"staff/{n}") for n in range(3)))
    assert {one.actor for one in bulk} == {"staff/1003"}


def test_extensions_of_some_days_are_not_in_bulk() -> None:
    assert found(*(answered(f"c{n}", MORNING + n * timedelta(minutes=31)) for n in range(9))) == []


def test_one_complaint_extended_again_and_again_is_not_many() -> None:
    again = [extended(MORNING + n * MINUTE, until=DUE + n * DAY) for n in range(1, 6)]
    assert not [one for one in found(timeline(*again)) if one.rule is Rule.BULK_EXTENSION]


Verb = Callable[[Complaint, datetime, str], Complaint]
VERBS: dict[str, Verb] = {
    "acknowledged": lambda c, now, _: c.acknowledge(now),
    "assessed": lambda c, now, _: c.assess(now, TIMES, "a", None, ""),
    "transferred": lambda c, now, by: c.transfer(now, f"units/{by}"),
    "investigated": lambda c, now, _: c.investigate(now, "cause", "f", (), ""),
    "responded": lambda c, now, _: c.respond(now, "r"),
    "decision_communicated": lambda c, now, _: c.communicate(now, "d", Outcome.UPHELD),
    "closed": lambda c, now, _: c.close(now, ""),
    "withdrawn": lambda c, now, _: c.withdraw(now),
    "reopened": lambda c, now, _: c.reopen(now, TIMES),
    "extended": lambda c, now, by: c.extend(now, TIMES, 3, "staff/boss", by),
}
FORWARD = ("acknowledged", "assessed", "investigated", "responded", "decision_communicated", "closed")
PEOPLE = st.sampled_from("ab")
ANYTHING = st.lists(st.tuples(st.sampled_from([*VERBS, *FORWARD]), st.integers(0, 150), PEOPLE), max_size=10)
EXTENDED = st.builds(lambda by, rest: [("extended", 0, by), *rest], PEOPLE, ANYTHING)
# The deadline is after 512 hours.
HURRIED = st.builds(
    lambda wait, by: [(kind, 0 if n else wait, by) for n, kind in enumerate(FORWARD)], st.integers(450, 520), PEOPLE
)


@st.composite
def lives(draw: st.DrawFn) -> list[Timeline]:
    """Complaints of one morning with whatever could be done about them, some of it by the same people."""
    wanted = draw(st.lists(ANYTHING | EXTENDED | HURRIED, min_size=1, max_size=6))
    return [lived(f"c{n}", draw(st.booleans()), each) for n, each in enumerate(wanted)]


def lived(identifier: str, anonymous: bool, wanted: list[tuple[str, int, str]]) -> Timeline:
    now, one = MORNING, complaint()
    entries = [Entry(1, "filed", STAFF, now, one.decide_due_time, None, one.responsible_unit)]
    for kind, hours, by in wanted:
        now += timedelta(hours=hours)
        try:
            one = VERBS[kind](one, now, by)
        except DomainError:
            continue
        due = one.decide_due_time if kind in ("assessed", "extended", "reopened") else None
        unit = one.responsible_unit if kind in ("assessed", "transferred", "investigated") else ""
        approver = "staff/boss" if kind == "extended" else ""
        entries.append(Entry(len(entries) + 1, kind, by, now, due, None, unit, approver))
    return Timeline(identifier, MORNING, anonymous, entries)


@given(lives(), st.randoms(use_true_random=False))
def test_findings_are_the_same_in_whatever_order_complaints_come(given: list[Timeline], random: Any) -> None:
    shuffled = list(given)
    random.shuffle(shuffled)
    assert found(*shuffled) == found(*given)


@given(lives())
def test_but_for_bulks_a_complaint_is_judged_by_itself(given: list[Timeline]) -> None:
    alone = [one for each in given for one in found(each) if one.rule is not Rule.BULK_EXTENSION]
    together = [one for one in found(*given) if one.rule is not Rule.BULK_EXTENSION]
    assert together == sorted(alone, key=lambda one: one.key)


@given(lives())
def test_every_finding_has_its_own_key_and_names_a_step_of_its_complaint(given: list[Timeline]) -> None:
    all_found, entries = found(*given), {each.complaint_id: each.entries for each in given}
    assert len({one.key for one in all_found}) == len(all_found)
    for one in all_found:
        step = entries[one.complaint_id][one.number - 1]
        assert step.at == one.act_time <= one.find_time
        assert one.actor in (step.actor, step.approver)
        assert one.end is None or one.start <= one.end


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 300)), max_size=9))
def test_many_are_what_fits_into_one_window(granted: list[tuple[str, int]]) -> None:
    given = [answered(f"c{n}", MORNING + m * MINUTE, actor=by, approver="") for n, (by, m) in enumerate(granted)]
    expected = {
        f"c{n}"
        for n, (by, minute) in enumerate(granted)
        if any(
            sum(other == by and first <= m <= first + 60 for other, m in granted) >= LIMITS.bulk
            for first in range(minute - 60, minute + 1)
        )
    }
    assert {one.complaint_id for one in found(*given)} == expected


def until(now: datetime, given: Sequence[Timeline]) -> Iterator[Timeline]:
    for each in given:
        yield replace(each, entries=[entry for entry in each.entries if entry.at <= now])


@given(lives(), st.integers(0, 24 * 60))
def test_what_was_found_once_stays_and_nothing_is_added_to_the_past(given: list[Timeline], hours: int) -> None:
    now = MORNING + timedelta(hours=hours)
    then = findings(until(now, given), LIMITS, now)
    assert all(one.find_time <= now for one in then)
    of_then = {one.key for one in then}
    assert of_then == {one.key for one in found(*given) if one.find_time < now or one.key in of_then}


@given(st.lists(st.integers(1, 40), min_size=5, max_size=5), st.integers(1, 40), st.sampled_from("abc"))
def test_who_does_the_next_thing_within_two_days_is_never_asked(hours: list[int], extra: int, by: str) -> None:
    honest = [(kind, hour, by) for kind, hour in zip(FORWARD, hours, strict=False)]
    assert found(lived("c1", False, honest)) == []
    # Of the time that was added nothing is needed.
    assert found(lived("c1", False, [*honest[:2], ("extended", extra, by), *honest[2:]])) == []
