"""Gaming findings over gRPC and PostgreSQL: of a period, a unit, a rule; page by page; and for whom (S13)."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest

from complaints.bootstrap import service
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from servicekit.times import instant, to_timestamp
from tests.complaints.builders import MORNING, cn, evening
from tests.complaints.calls import decide, filing, stub
from tests.support.identities import Guarded, refused
from tests.support.running import RunningService, Starter

Rule = pb.GamingFinding.Rule
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
# Fifteen working days after Thursday 15 January 2026.
DUE = evening(date(2026, 2, 5))
INVALID = grpc.StatusCode.INVALID_ARGUMENT


@pytest.fixture
def complaints(start: Starter) -> RunningService:
    return start(service, gaming_extensions=3)


def asking(
    start: datetime = MORNING, end: datetime = MORNING + 90 * DAY, **fields: Any
) -> pb.ListGamingFindingsRequest:
    return pb.ListGamingFindingsRequest(start_time=to_timestamp(start), end_time=to_timestamp(end), **fields)


def found(calls: ComplaintServiceStub, *period: datetime, **fields: Any) -> list[pb.GamingFinding]:
    return list(calls.ListGamingFindings(asking(*period, **fields)).findings)


def extend(calls: ComplaintServiceStub, name: str, approver: str = "staff/1003") -> pb.Complaint:
    return calls.ExtendComplaint(
        pb.ExtendComplaintRequest(name=name, working_days=5, reason="r", approver=approver, explanation="e")
    )


def test_a_complaint_that_was_handled_in_time_is_not_found(calls: ComplaintServiceStub, start: Starter) -> None:
    name = calls.FileComplaint(filing()).name
    start.advance(3 * DAY)
    decide(calls, name)
    start.advance(60 * DAY)
    assert found(calls) == []


def test_a_decision_in_the_last_minute_is_found_with_who_and_when(
    calls: ComplaintServiceStub, complaints: RunningService, start: Starter
) -> None:
    name = calls.FileComplaint(filing()).name
    start.advance(DUE - 5 * MINUTE - MORNING)
    decide(stub(complaints, "staff/1009"), name)
    calls.TransferComplaint(pb.TransferComplaintRequest(name=name, responsible_unit="units/west", reason="moved"))
    [one] = found(calls)
    assert (one.rule, one.complaint) == (Rule.RULE_LAST_MINUTE_ENDING, name)
    assert (one.actor, one.responsible_unit, one.clock) == ("staff/1009", "units/north", "decide")
    assert (instant(one.due_time), instant(one.start_time)) == (DUE, MORNING)
    assert one.act_time == one.find_time == one.end_time == to_timestamp(DUE - 5 * MINUTE)
    entries = calls.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name)).entries
    assert {entry.name: entry.kind for entry in entries}[one.entry] == "decision_communicated"


def test_a_decision_in_the_last_minute_of_a_government_hotline_is_found(
    calls: ComplaintServiceStub, start: Starter
) -> None:
    outside = cn(1, 19, 12)
    case = filing(channel="12345", external_number="20260115-7", external_due_time=to_timestamp(outside))
    name = calls.FileComplaint(case).name
    start.advance(outside - 5 * MINUTE - MORNING)
    decide(calls, name)
    [one] = found(calls)
    assert (one.clock, instant(one.due_time)) == ("external", outside)


def test_silence_after_an_extension_is_found_once_it_has_lasted(calls: ComplaintServiceStub, start: Starter) -> None:
    name = calls.FileComplaint(filing()).name
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    start.advance(DUE - DAY - MORNING)
    moved = instant(extend(calls, name).decide_due_time)
    too_long = DUE + (moved - DUE) / 2
    start.advance(DAY)
    assert found(calls) == []
    start.advance(moved - DUE)
    [one] = found(calls)
    assert (one.rule, one.entry) == (Rule.RULE_SILENT_EXTENSION, f"{name}/entries/3")
    assert (instant(one.due_time), instant(one.start_time), instant(one.find_time)) == (DUE, DUE - DAY, too_long)
    assert not one.HasField("end_time")
    # In the period in which it came to light, and in no other.
    assert found(calls, MORNING, too_long) == found(calls, too_long + MINUTE, moved + 90 * DAY) == []
    assert found(calls, too_long, too_long + MINUTE) == [one]


def test_extensions_in_bulk_are_found_by_who_asked_and_who_approved(
    calls: ComplaintServiceStub, complaints: RunningService, start: Starter
) -> None:
    names = [calls.FileComplaint(filing()).name for _ in range(5)]
    for n, name in enumerate(names[:3]):
        extend(calls, name, approver=f"staff/{n}")
        start.advance(MINUTE)
    bulk = found(calls)
    assert [(one.rule, one.complaint, one.actor) for one in bulk] == [
        (Rule.RULE_BULK_EXTENSION, name, "staff/1007") for name in names[:3]
    ]
    assert {one.complaint_count for one in bulk} == {3}
    assert {(instant(one.start_time), instant(one.end_time)) for one in bulk} == {(MORNING, MORNING + 2 * MINUTE)}
    # Each is in the period in which they had become many, whenever it was extended.
    assert found(calls, MORNING, MORNING + 2 * MINUTE) == []
    assert found(calls, MORNING + 2 * MINUTE, MORNING + 3 * MINUTE) == bulk
    for name in names[3:]:
        extend(stub(complaints, f"staff/{name}"), name, approver="staff/1")
    assert [one.complaint for one in found(calls) if one.actor == "staff/1"] == [names[1], *names[3:]]


def test_findings_are_filtered_by_unit_and_rule(calls: ComplaintServiceStub, start: Starter) -> None:
    names = [calls.FileComplaint(filing(responsible_unit=f"units/{unit}")).name for unit in ("north", "south")]
    start.advance(DUE - DAY - MORNING)
    extend(calls, names[1])
    start.advance(DAY - 5 * MINUTE)
    decide(calls, names[0])
    start.advance(60 * DAY)
    both = found(calls)
    assert [one.complaint for one in both] == names
    assert found(calls, responsible_unit="units/north") == found(calls, rule="RULE_LAST_MINUTE_ENDING") == both[:1]
    assert found(calls, responsible_unit="units/south") == found(calls, rule="RULE_SILENT_EXTENSION") == both[1:]
    assert found(calls, responsible_unit="units/south", rule="RULE_LAST_MINUTE_ENDING") == []


def test_findings_come_page_by_page(calls: ComplaintServiceStub) -> None:
    for _ in range(5):
        extend(calls, calls.FileComplaint(filing()).name)
    whole = found(calls)
    # Five by who asked, five by who approved.
    pages: list[list[pb.GamingFinding]] = []
    token = ""
    while token or not pages:
        page = calls.ListGamingFindings(asking(page_size=4, page_token=token))
        pages.append(list(page.findings))
        token = page.next_page_token
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [one for page in pages for one in page] == whole


def test_what_cannot_be_asked_is_refused(calls: ComplaintServiceStub, subtests: pytest.Subtests) -> None:
    for _ in range(3):
        extend(calls, calls.FileComplaint(filing()).name)
    token = calls.ListGamingFindings(asking(page_size=1)).next_page_token
    year = MORNING + 366 * DAY
    assert found(calls, MORNING, year)
    for request, told in [
        (pb.ListGamingFindingsRequest(start_time=to_timestamp(MORNING)), "end_time"),
        (pb.ListGamingFindingsRequest(end_time=to_timestamp(MORNING)), "start_time"),
        (asking(MORNING, MORNING), "must be after start_time"),
        (asking(MORNING, year + MINUTE), "at most 366 days"),
        (asking(cn(1, 1, year=1969), cn(2, 1, year=1969)), "start_time"),
        (asking(cn(1, 1, year=2100), cn(2, 1, year=2100)), "end_time"),
        (asking(responsible_unit="north"), "responsible_unit"),
        (asking(rule=7), "rule"),
        (asking(page_size=-1), "page_size"),
        (asking(page_token="made-up"), "page_token"),
        (asking(page_token=token, rule="RULE_BULK_EXTENSION"), "page_token"),
    ]:
        with subtests.test(request=str(request)), pytest.raises(grpc.RpcError) as error:
            calls.ListGamingFindings(request)
        assert error.value.code() is INVALID
        assert told in (error.value.details() or "")


def test_findings_are_for_supervisors_and_auditors(start: Starter, tmp_path: Path) -> None:
    guarded = Guarded(start, service, start(service, work=False), tmp_path)
    for role in ("supervisor", "auditor"):
        allowed = ComplaintServiceStub(guarded.channel("staff/1", role))
        assert found(allowed) == []
    agent = ComplaintServiceStub(guarded.channel("staff/2", "agent", units=["units/north"]))
    with pytest.raises(grpc.RpcError) as error:
        found(agent)
    assert refused(error.value) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
