"""A government office's case (12345, 12398): one complaint, however its number is written (S2)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints.domain.filing import case_key
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1 import events_pb2
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from servicekit.times import instant, to_timestamp
from tests.complaints.builders import MORNING
from tests.complaints.calls import decide, filing
from tests.complaints.log import published
from tests.support.running import RunningService, Starter

NUMBER = "2026-01157"


@pytest.mark.parametrize(
    "written",
    [
        "202601157",
        "2026 01157",
        "２０２６－０１１５７",
        "12345-2026-01157",
        "１２３４５－２０２６０１１５７",
        "12345热线2026-01157",
        "12345 / 2026.01157",
        "No. 2026-01157",
        "NO:202601157",
        "编号：2026-01157",
        "工单号 2026-01157",
        "【2026】01157",
        "2026—01157",
        "  2026-01157\u3000",
        "#2026_01157",
        "12345-No.2026-01157",
        "案件号:2026/01157",
        "工单编号2026-01157",
        "----2026-01157----",
        "Ref: 2026-01157",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert case_key(written) == case_key(NUMBER) == "202601157"


@pytest.mark.parametrize(
    ("one", "other"),
    [("1234567", "67"), ("007", "7"), ("12345", ""), ("A-1", "B-1"), ("2026-1-11", "2026-11-2"), ("no1", "1")],
)
def test_numbers_that_differ_stay_different(one: str, other: str) -> None:
    assert case_key(one) != case_key(other)


@given(st.text(max_size=100))
def test_the_form_is_one_form(number: str) -> None:
    key = case_key(number)
    assert case_key(f" {number}\u3000") == key
    assert not key or key.isalnum()


def case(number: str = NUMBER, due: datetime | None = None, **fields: Any) -> pb.FileComplaintRequest:
    return filing(
        **{
            "channel": "12345",
            "external_number": number,
            "external_due_time": to_timestamp(due) if due else None,
            **fields,
        }
    )


def read(calls: ComplaintServiceStub, name: str) -> pb.Complaint:
    return calls.GetComplaint(pb.GetComplaintRequest(name=name))


def test_a_case_that_runs_is_refused_by_the_name_of_its_complaint(calls: ComplaintServiceStub) -> None:
    filed = calls.FileComplaint(case(due=MORNING + timedelta(days=3)))
    for again in (case("12345-2026 01157"), case(due=MORNING + timedelta(days=3)), case("２０２６０１１５７")):
        with pytest.raises(grpc.RpcError, match=f"{filed.name} is the case 2026-01157 of 12345 already") as refused:
            calls.FileComplaint(again)
        assert refused.value.code() is grpc.StatusCode.ALREADY_EXISTS
    assert calls.FileComplaint(case(channel="12398")).name != filed.name


def test_of_many_who_file_a_case_at_once_one_files_it(calls: ComplaintServiceStub) -> None:
    def file(_: int) -> str:
        try:
            return calls.FileComplaint(case()).name
        except grpc.RpcError as refused:
            return str(refused.details()).split()[0]

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(file, range(12)))) == 1


@pytest.mark.parametrize("end", ["withdrawn", "closed", "decided"])
def test_a_case_sent_again_when_it_was_over_begins_anew(
    calls: ComplaintServiceStub, complaints: RunningService, start: Starter, end: str
) -> None:
    name = calls.FileComplaint(case(due=MORNING + timedelta(days=3))).name
    if end == "withdrawn":
        calls.WithdrawComplaint(pb.WithdrawComplaintRequest(name=name, reason="settled"))
    else:
        decide(calls, name)
    if end == "closed":
        calls.CloseComplaint(pb.CloseComplaintRequest(name=name))
    start.advance(timedelta(days=20))
    new_date = MORNING + timedelta(days=25)
    again = calls.FileComplaint(case("No.202601157", due=new_date, description="still cold"))
    assert (again.name, again.state, again.external_number) == (name, pb.Complaint.STATE_REOPENED, NUMBER)
    assert instant(again.external_due_time) == new_date
    assert instant(again.decide_due_time) > complaints.clock.now()
    assert not again.overdue
    start.advance(timedelta(days=6))
    assert "external.reminder" in read(calls, name).supervised_steps


def test_a_case_sent_again_with_a_new_date_while_it_runs_gets_the_date(
    calls: ComplaintServiceStub, complaints: RunningService, start: Starter
) -> None:
    name = calls.FileComplaint(case(due=MORNING + timedelta(days=3))).name
    start.advance(timedelta(days=4))
    assert "external.reminder" in read(calls, name).supervised_steps
    new_date = MORNING + timedelta(days=10)
    renewed = calls.FileComplaint(case(due=new_date))
    assert (renewed.name, instant(renewed.external_due_time)) == (name, new_date)
    assert "external.reminder" not in renewed.supervised_steps
    [fact] = [each for each in published(complaints) if isinstance(each, events_pb2.ComplaintRenewed)]
    assert (fact.external_number, instant(fact.external_due_time)) == (NUMBER, new_date)
    found = calls.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name)).entries
    assert ("renewed", "external") in [(each.kind, each.details.get("missed", "").rpartition(",")[2]) for each in found]
    start.advance(timedelta(days=7))
    assert "external.reminder" in read(calls, name).supervised_steps


def test_a_date_that_is_over_is_no_date(calls: ComplaintServiceStub, start: Starter) -> None:
    name = calls.FileComplaint(case()).name
    start.advance(timedelta(days=3))
    for request in (case(due=MORNING + timedelta(days=1)), case(due=MORNING + timedelta(days=900))):
        with pytest.raises(grpc.RpcError, match="external_due_time: must be after"):
            calls.FileComplaint(request)
    calls.WithdrawComplaint(pb.WithdrawComplaintRequest(name=name, reason="settled"))
    reopen = pb.ReopenComplaintRequest(name=name, reason="sent again", external_due_time=to_timestamp(MORNING))
    with pytest.raises(grpc.RpcError, match="external_due_time: must be after"):
        calls.ReopenComplaint(reopen)
    due = to_timestamp(MORNING + timedelta(days=9))
    reopen = pb.ReopenComplaintRequest(name=name, reason="sent again", external_due_time=due)
    assert calls.ReopenComplaint(reopen).external_due_time == due
