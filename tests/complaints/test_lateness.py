"""What was missed stays missed, whatever happens later (S2, S8); and no deadline is over before it began."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.complaint import Severity
from complaints.domain.deadlines import Step
from complaints.handlers.desk import steps_ahead
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from servicekit.times import instant, to_timestamp
from tests.complaints.builders import MORNING, TIMES, cn, complaint
from tests.complaints.calls import decide, filing
from tests.support.running import Starter

WEEKS = timedelta(weeks=1)


def counts(calls: ComplaintServiceStub) -> tuple[int, int, int]:
    """(overdue, decided late, missed anything) of all complaints."""
    found = calls.GetComplaintStatistics(
        pb.GetComplaintStatisticsRequest(
            start_time=to_timestamp(MORNING - 9 * WEEKS), end_time=to_timestamp(MORNING + 99 * WEEKS)
        )
    )
    return found.overdue_count, found.decided_late_count, found.missed_count


def close(calls: ComplaintServiceStub, name: str) -> None:
    calls.CloseComplaint(pb.CloseComplaintRequest(name=name))


def reopen(calls: ComplaintServiceStub, name: str) -> None:
    calls.ReopenComplaint(pb.ReopenComplaintRequest(name=name, reason="cold again"))


def withdraw(calls: ComplaintServiceStub, name: str) -> None:
    calls.WithdrawComplaint(pb.WithdrawComplaintRequest(name=name, reason="gave up"))


def transfer(calls: ComplaintServiceStub, name: str) -> None:
    calls.TransferComplaint(pb.TransferComplaintRequest(name=name, responsible_unit="units/south", reason="theirs"))


def test_a_late_decision_stays_late_through_every_later_round(calls: ComplaintServiceStub, start: Starter) -> None:
    name = calls.FileComplaint(filing(severity="grave")).name
    assert counts(calls) == (0, 0, 0)
    start.advance(4 * WEEKS)
    assert counts(calls) == (1, 0, 1)
    decide(calls, name)
    assert counts(calls) == (0, 1, 1)
    for after in (close, reopen, decide, close, reopen, withdraw, reopen, transfer):
        after(calls, name)
        assert counts(calls) == (0, 1, 1)


def test_giving_up_on_an_overdue_complaint_takes_its_lateness_nowhere(
    calls: ComplaintServiceStub, start: Starter
) -> None:
    name = calls.FileComplaint(filing()).name
    start.advance(5 * WEEKS)
    withdraw(calls, name)
    assert counts(calls) == (0, 1, 1)
    reopen(calls, name)
    decide(calls, name)
    assert counts(calls) == (0, 1, 1)


def test_a_late_acknowledgement_alone_is_missed_but_not_decided_late(
    calls: ComplaintServiceStub, start: Starter
) -> None:
    name = calls.FileComplaint(filing()).name
    start.advance(timedelta(days=5))
    decide(calls, name)
    close(calls, name)
    assert counts(calls) == (0, 0, 1)


def test_a_second_round_that_is_late_counts_the_complaint_once(calls: ComplaintServiceStub, start: Starter) -> None:
    name = calls.FileComplaint(filing()).name
    for _ in range(2):
        start.advance(6 * WEEKS)
        decide(calls, name)
        close(calls, name)
        reopen(calls, name)
    assert counts(calls) == (0, 1, 1)


def test_a_date_of_a_government_office_that_was_missed_stays_missed_when_it_moves(
    calls: ComplaintServiceStub, start: Starter
) -> None:
    def case(days: int) -> pb.FileComplaintRequest:
        due = to_timestamp(MORNING + timedelta(days=days))
        return filing(channel="12345", external_number="7", external_due_time=due)

    name = calls.FileComplaint(case(1)).name
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    start.advance(timedelta(days=2))
    calls.FileComplaint(case(6))
    calls.AssessComplaint(pb.AssessComplaintRequest(name=name, assessment="x"))
    assert counts(calls) == (0, 0, 1)
    decide_rest(calls, name)
    assert counts(calls) == (0, 1, 1)


def decide_rest(calls: ComplaintServiceStub, name: str) -> None:
    calls.InvestigateComplaint(pb.InvestigateComplaintRequest(name=name, root_cause="x", findings="y"))
    calls.RespondComplaint(pb.RespondComplaintRequest(name=name, response="sorry"))
    calls.CommunicateDecision(pb.CommunicateDecisionRequest(name=name, decision="d", outcome="upheld"))


@given(
    st.sampled_from(Severity),
    st.sampled_from(Severity),
    st.sampled_from(["hotline", "12345", "12398", "survey", "media"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),
    st.timedeltas(timedelta(0), timedelta(days=60)),
)
def test_a_graver_class_never_sets_a_deadline_that_is_over(
    first: Severity, then: Severity, channel: str, received: datetime, waited: timedelta
) -> None:
    before = complaint(severity=first, channel=channel, receive_time=received)
    now = received + waited
    after = before.acknowledge(now).assess(now, TIMES, "graver", then, "")
    assert after.decide_due_time <= before.decide_due_time
    if before.decide_due_time > now:
        assert after.decide_due_time > now
    else:
        assert after.decide_due_time == before.decide_due_time
        assert after.missed_clocks(now) == before.acknowledge(now).missed_clocks(now)


@given(
    st.sampled_from(Severity),
    st.sampled_from(["hotline", "12345", "12398", "survey", "media"]),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(UTC)),
)
def test_no_complaint_is_late_at_birth(severity: Severity, channel: str, received: datetime) -> None:
    new = complaint(severity=severity, channel=channel, receive_time=received)
    assert received < new.acknowledge_due_time <= new.decide_due_time
    assert not new.is_overdue(received)
    terms = TIMES.terms(new.policy, channel, severity)
    instants = [at for _, at in TIMES.ladder(terms, new.acknowledge_due_time)]
    assert instants == sorted(instants)


def test_a_grave_complaint_in_the_evening_is_acknowledged_the_next_working_day(calls: ComplaintServiceStub) -> None:
    evening = complaint(severity=Severity.GRAVE, receive_time=cn(1, 16, 20))
    assert evening.acknowledge_due_time == cn(1, 19, 17, 30).astimezone(UTC)
    at_the_bell = complaint(severity=Severity.GRAVE, receive_time=cn(1, 16, 17, 30))
    assert at_the_bell.acknowledge_due_time == cn(1, 19, 17, 30).astimezone(UTC)


@given(st.integers(-30, 60))
def test_a_ladder_that_lies_behind_is_one_step(hours: int) -> None:
    ladder = [(step, MORNING + timedelta(hours=24 * n)) for n, step in enumerate(Step)]
    now = MORNING + timedelta(hours=hours)
    ahead = steps_ahead(ladder, now)
    assert sum(at <= now for _, at in ahead) <= 1
    assert [each for each in ladder if each[1] > now] == [each for each in ahead if each[1] > now]
    assert not ahead or ahead[-1] == ladder[-1]


def test_who_files_late_what_came_weeks_ago_hears_once_that_it_is_late(
    calls: ComplaintServiceStub, start: Starter
) -> None:
    filed = calls.FileComplaint(filing(receive_time=to_timestamp(MORNING - 8 * WEEKS)))
    start.advance(timedelta(seconds=1))
    steps = list(calls.GetComplaint(pb.GetComplaintRequest(name=filed.name)).supervised_steps)
    assert sorted(steps) == ["acknowledge.criticism", "decide.criticism"]
    assert instant(filed.decide_due_time) < MORNING
