"""The life cycle of a complaint, and who may do what (S1, S2)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from complaints.domain import filing
from complaints.domain.complaint import Complaint, Outcome, Severity, State
from complaints.domain.deadlines import Clock, Step
from servicekit.errors import FailedPrecondition, InvalidArgument
from tests.complaints.builders import MORNING, STAFF, TIMES, cn, complaint

DAY = timedelta(days=1)


def decided() -> Complaint:
    return (
        complaint()
        .acknowledge(MORNING)
        .assess(MORNING, TIMES, "an old valve", None, "")
        .investigate(MORNING, "late_arrival", "came late", ("photos/1",), "")
        .respond(MORNING, "We are sorry.")
        .communicate(MORNING + DAY, "The valve was changed.", Outcome.UPHELD)
    )


def test_a_complaint_goes_from_received_to_closed() -> None:
    closed = decided().close(MORNING + 2 * DAY, "accepted")
    assert closed.state is State.CLOSED
    assert (closed.acknowledge_time, closed.decide_time, closed.close_time) == (
        MORNING,
        MORNING + DAY,
        MORNING + 2 * DAY,
    )


def test_no_stage_can_be_left_out() -> None:
    with pytest.raises(FailedPrecondition, match="cannot investigate a complaint that is received"):
        complaint().investigate(MORNING, "x", "y", (), "")
    with pytest.raises(FailedPrecondition, match="cannot close a complaint that is received"):
        complaint().close(MORNING, "")


def test_a_transfer_keeps_the_first_contact_owner() -> None:
    moved = complaint().transfer(MORNING, "units/south")
    assert (moved.responsible_unit, moved.first_contact_owner) == ("units/south", STAFF)
    with pytest.raises(FailedPrecondition, match="already"):
        moved.transfer(MORNING, "units/south")


def test_evidence_is_added_and_never_dropped() -> None:
    assessed = complaint(evidence=("photos/1",)).acknowledge(MORNING).assess(MORNING, TIMES, "a", None, "")
    assert assessed.investigate(MORNING, "x", "y", ("photos/2", "photos/1"), "").evidence == ("photos/1", "photos/2")


def test_a_graver_assessment_brings_the_deadline_nearer_and_a_milder_one_moves_nothing() -> None:
    minor = complaint(severity=Severity.MINOR).acknowledge(MORNING)
    graver = minor.assess(MORNING, TIMES, "an infant in the house", Severity.GRAVE, "")
    assert graver.decide_due_time == complaint(severity=Severity.GRAVE).decide_due_time < minor.decide_due_time
    grave = complaint(severity=Severity.GRAVE).acknowledge(MORNING)
    milder = grave.assess(MORNING, TIMES, "only a hum", Severity.MINOR, "")
    assert milder.severity is Severity.MINOR
    assert milder.decide_due_time == grave.decide_due_time


def test_a_reopened_complaint_has_a_new_clock_and_keeps_its_policy() -> None:
    at = cn(3, 2)
    again = decided().close(MORNING, "").reopen(at, TIMES)
    assert (again.state, again.reopen_count, again.decide_time) == (State.REOPENED, 1, None)
    assert again.decide_due_time == TIMES.after(at, 15)
    assert again.policy == complaint().policy
    assert again.assess(at, TIMES, "again", None, "").state is State.ASSESSED


def test_a_withdrawn_complaint_is_over_until_it_is_reopened() -> None:
    gone = complaint().withdraw(MORNING)
    assert list(gone.running_clocks()) == []
    with pytest.raises(FailedPrecondition, match="withdrawn"):
        gone.transfer(MORNING, "units/south")
    assert gone.reopen(MORNING, TIMES).decide_due_time == complaint().decide_due_time


def test_a_deadline_is_extended_before_it_runs_out_by_two_people() -> None:
    one = complaint()
    extended = one.extend(MORNING, TIMES, 5, "staff/1003", STAFF)
    assert extended.decide_due_time == TIMES.after(one.decide_due_time, 5)
    with pytest.raises(FailedPrecondition) as late:
        one.extend(one.decide_due_time, TIMES, 5, "staff/1003", STAFF)
    assert late.value.reason == "DEADLINE_PASSED"
    with pytest.raises(FailedPrecondition) as twice:
        extended.extend(MORNING, TIMES, 5, "staff/1003", STAFF)
    assert twice.value.reason == "EXTENSIONS_USED_UP"
    with pytest.raises(InvalidArgument, match="other than the caller"):
        one.extend(MORNING, TIMES, 5, STAFF, STAFF)
    with pytest.raises(InvalidArgument, match="more than 15"):
        one.extend(MORNING, TIMES, 16, "staff/1003", STAFF)
    with pytest.raises(FailedPrecondition, match="cannot extend"):
        decided().extend(MORNING, TIMES, 5, "staff/1003", STAFF)


def test_a_step_of_the_ladder_is_taken_once_never_early_and_not_for_a_moved_deadline() -> None:
    one = complaint()
    due = one.decide_due_time
    assert one.supervise(due - timedelta(seconds=1), Clock.DECIDE, Step.REMINDER, due) is None
    reminded = one.supervise(due, Clock.DECIDE, Step.REMINDER, due)
    assert reminded is not None
    assert reminded.supervise(due, Clock.DECIDE, Step.REMINDER, due) is None
    assert one.extend(MORNING, TIMES, 5, "b", "a").supervise(due, Clock.DECIDE, Step.REMINDER, due) is None


def test_each_clock_runs_until_its_stage() -> None:
    one = replace(complaint(), external_due_time=MORNING + 3 * DAY)
    assert [clock for clock, _ in one.running_clocks()] == [Clock.ACKNOWLEDGE, Clock.DECIDE, Clock.EXTERNAL]
    assert [clock for clock, _ in one.acknowledge(MORNING).running_clocks()] == [Clock.DECIDE, Clock.EXTERNAL]
    assert list(decided().running_clocks()) == []
    assert not one.is_overdue(one.acknowledge_due_time)
    assert one.is_overdue(one.acknowledge_due_time + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"anonymous": True}, {"customer"}),
        ({"anonymous": True, "customer_id": "", "complainant_contact": "138"}, {"complainant_contact"}),
        ({"customer_id": ""}, {"customer"}),
        ({"channel": "12345"}, {"external_number"}),
        ({"channel": "12398"}, {"external_number"}),
        ({"first_contact_owner": "anonymous"}, {"first_contact_owner"}),
        ({"receive_time": MORNING + DAY}, {"receive_time"}),
        ({"receive_time": cn(1, 1, year=1999)}, {"receive_time"}),
        ({"external_due_time": MORNING - DAY, "channel": "12345", "external_number": "7"}, {"external_due_time"}),
        ({"external_due_time": MORNING + 800 * DAY}, {"external_due_time"}),
        ({"customer_id": "", "channel": "12345"}, {"customer", "external_number"}),
    ],
)
def test_what_cannot_be_filed_is_named(fields: dict[str, object], named: set[str]) -> None:
    with pytest.raises(InvalidArgument) as refused:
        filing.check(complaint(**fields), MORNING)
    assert {field for field, _ in refused.value.violations} == named


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"anonymous": True, "customer_id": ""},
        {"customer_id": "", "complainant_display_name": "王先生", "confidential": True},
        {"channel": "12345", "external_number": "20260115-7", "external_due_time": MORNING + DAY},
    ],
)
def test_what_can_be_filed(fields: dict[str, object]) -> None:
    filing.check(complaint(**fields), MORNING)
