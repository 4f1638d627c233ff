"""Complaints over gRPC and PostgreSQL: filed, listed, supervised, closed (S1, S2)."""

from datetime import date, timedelta
from uuid import uuid4

import psycopg
import pytest

from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1 import events_pb2
from servicekit.times import from_timestamp, instant, to_timestamp
from tests.complaints.builders import MORNING, cn, evening
from tests.complaints.calls import decide, filing, stub
from tests.complaints.log import published
from tests.support.running import RunningService, Starter

State = pb.Complaint.State


def test_a_complaint_is_filed_with_its_deadlines(complaints: RunningService) -> None:
    filed = stub(complaints).FileComplaint(filing(evidence=["recordings/7"]))
    assert filed.state == pb.Complaint.STATE_RECEIVED
    assert filed.first_contact_owner == "staff/1007"
    assert filed.customer == "customers/cu1"
    assert list(filed.evidence) == ["recordings/7"]
    assert instant(filed.receive_time) == MORNING
    # Thursday 15 January 2026; fifteen working days end on Thursday 5 February.
    assert instant(filed.acknowledge_due_time) == evening(date(2026, 1, 16))
    assert instant(filed.decide_due_time) == evening(date(2026, 2, 5))
    assert stub(complaints).GetComplaint(pb.GetComplaintRequest(name=filed.name)) == filed


def test_filing_again_with_the_same_request_id_files_nothing_new(complaints: RunningService) -> None:
    calls, request = stub(complaints), filing(request_id=str(uuid4()))
    assert calls.FileComplaint(request) == calls.FileComplaint(request)
    assert len(calls.ListComplaints(pb.ListComplaintsRequest()).complaints) == 1


def test_the_whole_life_with_every_step_kept(complaints: RunningService) -> None:
    calls = stub(complaints)
    name = calls.FileComplaint(filing()).name
    calls.TransferComplaint(
        pb.TransferComplaintRequest(name=name, responsible_unit="units/south", reason="their boiler house")
    )
    decided = decide(calls, name)
    assert (decided.outcome, decided.root_cause) == ("upheld", "late_arrival")
    closed = calls.CloseComplaint(pb.CloseComplaintRequest(name=name, closing_note="accepted"))
    assert closed.state == pb.Complaint.STATE_CLOSED
    again = calls.ReopenComplaint(pb.ReopenComplaintRequest(name=name, reason="cold again"))
    assert (again.state, again.reopen_count) == (pb.Complaint.STATE_REOPENED, 1)
    assert again.first_contact_owner == "staff/1007"
    decide(calls, name)
    page = calls.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name, page_size=4))
    rest = calls.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name, page_token=page.next_page_token))
    kinds = [entry.kind for entry in (*page.entries, *rest.entries)]
    stages = ["assessed", "investigated", "responded", "decision_communicated"]
    assert kinds == ["filed", "transferred", "acknowledged", *stages, "closed", "reopened", *stages]
    assert page.entries[1].details["reason"] == "their boiler house"
    assert page.entries[1].name == f"{name}/entries/2"


def test_every_step_is_told_in_order(complaints: RunningService) -> None:
    calls = stub(complaints)
    name = calls.FileComplaint(filing()).name
    decide(calls, name)
    calls.CloseComplaint(pb.CloseComplaintRequest(name=name))
    facts = published(complaints)
    assert [type(fact).__name__ for fact in facts] == [
        "ComplaintFiled",
        "ComplaintAcknowledged",
        "ComplaintAssessed",
        "ComplaintInvestigated",
        "ComplaintResponded",
        "ComplaintDecisionCommunicated",
        "ComplaintClosed",
    ]
    closed = facts[-1]
    assert isinstance(closed, events_pb2.ComplaintClosed)
    assert closed.upheld
    assert closed.facts.customer == "customers/cu1"
    assert closed.facts.related_resource == "tickets/t1"


def test_a_missed_deadline_climbs_from_reminder_to_urging_to_criticism(
    complaints: RunningService, start: Starter
) -> None:
    calls = stub(complaints)
    name = calls.FileComplaint(filing(severity="grave")).name
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    # Five working days after Thursday 15 January end on Thursday the 22nd.
    due = evening(date(2026, 1, 22))
    for at, steps in [
        (due - timedelta(seconds=1), []),
        (due, ["decide.reminder"]),
        (evening(date(2026, 1, 23)) - timedelta(seconds=1), ["decide.reminder"]),
        (evening(date(2026, 1, 23)), ["decide.reminder", "decide.urging"]),
        (evening(date(2026, 1, 26)), ["decide.reminder", "decide.urging", "decide.criticism"]),
        (evening(date(2026, 4, 1)), ["decide.reminder", "decide.urging", "decide.criticism"]),
    ]:
        start.advance(at - complaints.clock.now())
        assert list(calls.GetComplaint(pb.GetComplaintRequest(name=name)).supervised_steps) == steps
    told = [fact for fact in published(complaints) if isinstance(fact, events_pb2.ComplaintSupervised)]
    assert [(fact.clock, fact.step) for fact in told] == [
        ("decide", "reminder"),
        ("decide", "urging"),
        ("decide", "criticism"),
    ]
    assert from_timestamp(told[1].due_time) == due
    assert calls.GetComplaint(pb.GetComplaintRequest(name=name)).overdue


def test_the_stage_that_satisfies_a_clock_ends_its_supervision(complaints: RunningService, start: Starter) -> None:
    calls = stub(complaints)
    decided, withdrawn = (calls.FileComplaint(filing()).name for _ in range(2))
    decide(calls, decided)
    calls.WithdrawComplaint(pb.WithdrawComplaintRequest(name=withdrawn, reason="settled"))
    start.advance(timedelta(days=100))
    assert not [fact for fact in published(complaints) if isinstance(fact, events_pb2.ComplaintSupervised)]
    assert timers(complaints) == 0


def test_an_extension_moves_the_ladder_with_the_deadline(complaints: RunningService, start: Starter) -> None:
    calls = stub(complaints)
    name = calls.FileComplaint(filing(severity="grave")).name
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    extended = calls.ExtendComplaint(
        pb.ExtendComplaintRequest(
            name=name,
            working_days=2,
            reason="awaiting the laboratory",
            approver="staff/1003",
            explanation="told by phone",
        )
    )
    assert instant(extended.decide_due_time) == evening(date(2026, 1, 26))
    start.advance(evening(date(2026, 1, 26)) - timedelta(seconds=1) - MORNING)
    assert list(calls.GetComplaint(pb.GetComplaintRequest(name=name)).supervised_steps) == []
    start.advance(timedelta(seconds=1))
    assert list(calls.GetComplaint(pb.GetComplaintRequest(name=name)).supervised_steps) == ["decide.reminder"]
    told = [fact for fact in published(complaints) if isinstance(fact, events_pb2.ComplaintExtended)]
    assert [(fact.approver, fact.explanation, instant(fact.decide_due_time)) for fact in told] == [
        ("staff/1003", "told by phone", evening(date(2026, 1, 26)))
    ]


def test_the_clock_of_a_government_hotline_runs_beside_ours(complaints: RunningService, start: Starter) -> None:
    calls = stub(complaints)
    outside = cn(1, 19, 12)
    filed = calls.FileComplaint(
        filing(channel="12345", external_number="20260115-7", external_due_time=to_timestamp(outside))
    )
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=filed.name))
    start.advance(outside - MORNING)
    assert list(calls.GetComplaint(pb.GetComplaintRequest(name=filed.name)).supervised_steps) == ["external.reminder"]


def test_a_confidential_complainant_is_told_to_supervisors_only(complaints: RunningService) -> None:
    agent, supervisor = stub(complaints), stub(complaints, "staff/1001", ("supervisor",))
    filed = agent.FileComplaint(
        filing(confidential=True, complainant_display_name="王先生", complainant_contact="+8613800138000")
    )
    assert (filed.customer, filed.complainant_display_name, filed.complainant_contact) == ("", "", "")
    known = supervisor.GetComplaint(pb.GetComplaintRequest(name=filed.name))
    assert (known.customer, known.complainant_display_name) == ("customers/cu1", "王先生")
    asked = pb.ListComplaintsRequest(filter='customer = "customers/cu1"')
    assert list(agent.ListComplaints(asked).complaints) == []
    assert [c.name for c in supervisor.ListComplaints(asked).complaints] == [filed.name]
    entries = agent.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=filed.name)).entries
    assert "王先生" not in str(entries)
    assert published(complaints)[0].facts.confidential  # type: ignore[attr-defined]


def test_an_anonymous_complaint_names_no_customer(complaints: RunningService) -> None:
    filed = stub(complaints).FileComplaint(filing(customer="", anonymous=True))
    assert filed.customer == ""
    assert published(complaints)[0].facts.customer == ""  # type: ignore[attr-defined]


def test_lists_are_filtered_ordered_paged_and_searched(complaints: RunningService) -> None:
    calls = stub(complaints)
    names = [
        calls.FileComplaint(filing(subject=f"Case {n}", severity=s)).name for n, s in enumerate(["minor", "grave"] * 3)
    ]
    page = calls.ListComplaints(pb.ListComplaintsRequest(filter='severity = "grave"', page_size=2))
    rest = calls.ListComplaints(
        pb.ListComplaintsRequest(filter='severity = "grave"', page_size=2, page_token=page.next_page_token)
    )
    assert [c.name for c in (*page.complaints, *rest.complaints)] == names[1::2]
    assert rest.next_page_token == ""
    found = calls.SearchComplaints(pb.SearchComplaintsRequest(query="case 3")).complaints
    assert [c.name for c in found] == [names[3]]
    assert list(calls.SearchComplaints(pb.SearchComplaintsRequest(query="100%")).complaints) == []
    newest = calls.ListComplaints(pb.ListComplaintsRequest(order_by="decide_due_time desc, severity", page_size=1))
    assert newest.complaints[0].severity == "minor"


def test_statistics_count_every_complaint_once(complaints: RunningService, start: Starter) -> None:
    calls = stub(complaints)
    for severity, channel in [("minor", "hotline"), ("grave", "hotline"), ("grave", "web")]:
        last = calls.FileComplaint(filing(severity=severity, channel=channel)).name
    decide(calls, last)
    start.advance(timedelta(days=10))
    period = pb.GetComplaintStatisticsRequest(
        start_time=to_timestamp(MORNING), end_time=to_timestamp(MORNING + timedelta(days=1))
    )
    found = calls.GetComplaintStatistics(period)
    assert found.complaint_count == 3
    assert dict(found.by_state) == {"received": 2, "decision_communicated": 1}
    assert dict(found.by_channel) == {"hotline": 2, "web": 1}
    assert dict(found.by_severity) == {"minor": 1, "grave": 2}
    assert dict(found.by_outcome) == {"upheld": 1}
    assert (found.overdue_count, found.decided_late_count) == (2, 0)
    # Two were never acknowledged, and one of them missed its decision too: by Sunday 25 January.
    assert dict(found.by_supervision_step) == {"reminder": 3, "urging": 3, "criticism": 2}
    later = pb.GetComplaintStatisticsRequest(
        start_time=to_timestamp(MORNING + timedelta(days=1)), end_time=to_timestamp(MORNING + timedelta(days=2))
    )
    assert calls.GetComplaintStatistics(later).complaint_count == 0


def test_entries_cannot_be_changed_or_removed(complaints: RunningService) -> None:
    stub(complaints).FileComplaint(filing())
    with psycopg.connect(complaints.kit.settings.database_url) as connection:
        for statement in ("UPDATE complaint_entries SET kind = 'x'", "DELETE FROM complaint_entries"):
            with pytest.raises(psycopg.errors.RaiseException, match="never changed"), connection.transaction():
                connection.execute(statement)


def timers(complaints: RunningService) -> int:
    with psycopg.connect(complaints.kit.settings.database_url) as connection:
        row = connection.execute("SELECT count(*) FROM timers").fetchone()
    assert row is not None
    return int(row[0])
