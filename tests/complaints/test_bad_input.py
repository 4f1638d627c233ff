"""What callers get wrong, and what they are told (conventions: status codes and reasons)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from servicekit.times import to_timestamp
from tests.complaints.builders import MORNING
from tests.complaints.calls import filing, stub
from tests.support.running import RunningService

INVALID = grpc.StatusCode.INVALID_ARGUMENT
_LAST = Timestamp(seconds=253402300799, nanos=999)
"""Of the year 9999: in no other time zone's calendar, and with no working day after it."""

WRONG_FIELDS: list[tuple[dict[str, Any], str]] = [
    ({"subject": ""}, "subject"),
    ({"subject": "x" * 301}, "subject"),
    ({"description": "x" * 8001}, "description"),
    ({"channel": "fax"}, "channel"),
    ({"severity": "awful"}, "severity"),
    ({"severity": ""}, "severity"),
    ({"remedy_sought": "revenge"}, "remedy_sought"),
    ({"customer": "cu1"}, "customer"),
    ({"customer": "tickets/t1"}, "customer"),
    ({"customer": ""}, "customer"),
    ({"related_resource": "just a word"}, "related_resource"),
    ({"responsible_unit": "north"}, "responsible_unit"),
    ({"channel": "12345"}, "external_number"),
    ({"anonymous": True}, "customer"),
    ({"receive_time": to_timestamp(MORNING + timedelta(days=1))}, "receive_time"),
    ({"receive_time": to_timestamp(MORNING - timedelta(days=40_000))}, "receive_time"),
    ({"receive_time": _LAST, "external_due_time": _LAST}, "receive_time"),
    ({"receive_time": Timestamp(seconds=-62135596800)}, "receive_time"),
    ({"evidence": ["x"] * 51}, "evidence"),
    ({"request_id": "7"}, "request_id"),
]
WRONG_LISTS = [
    pb.ListComplaintsRequest(filter="complainant_contact = 1"),
    pb.ListComplaintsRequest(filter='receive_time > "yesterday"'),
    pb.ListComplaintsRequest(order_by="complainant_contact"),
    pb.ListComplaintsRequest(page_size=-1),
    pb.ListComplaintsRequest(page_token="made-up"),
]


@dataclass(frozen=True)
class Refusal:
    code: grpc.StatusCode
    details: str


def refused(call: Callable[[], object]) -> Refusal:
    with pytest.raises(grpc.RpcError) as error:
        call()
    return Refusal(error.value.code(), error.value.details() or "")


def test_a_wrong_field_is_named(calls: ComplaintServiceStub, subtests: pytest.Subtests) -> None:
    for fields, told in WRONG_FIELDS:
        with subtests.test(fields=fields):
            error = refused(partial(calls.FileComplaint, filing(**fields)))
            assert error.code is INVALID
            assert told in error.details


def test_an_unknown_complaint_is_not_found(calls: ComplaintServiceStub) -> None:
    error = refused(lambda: calls.GetComplaint(pb.GetComplaintRequest(name="complaints/none")))
    assert error.code is grpc.StatusCode.NOT_FOUND
    error = refused(lambda: calls.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent="complaints/none")))
    assert error.code is grpc.StatusCode.NOT_FOUND


def test_a_name_of_another_kind_is_refused(calls: ComplaintServiceStub) -> None:
    assert refused(lambda: calls.GetComplaint(pb.GetComplaintRequest(name="tickets/1"))).code is INVALID


def test_a_stage_out_of_turn_is_refused(calls: ComplaintServiceStub) -> None:
    name = calls.FileComplaint(filing()).name
    error = refused(lambda: calls.CloseComplaint(pb.CloseComplaintRequest(name=name)))
    assert error.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "cannot close a complaint that is received" in error.details


def test_a_stale_etag_is_aborted(calls: ComplaintServiceStub) -> None:
    filed = calls.FileComplaint(filing())
    calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=filed.name, etag=filed.etag))
    request = pb.WithdrawComplaintRequest(name=filed.name, reason="settled", etag=filed.etag)
    assert refused(lambda: calls.WithdrawComplaint(request)).code is grpc.StatusCode.ABORTED


def test_a_request_id_is_not_used_for_something_else(calls: ComplaintServiceStub) -> None:
    used = str(uuid4())
    calls.FileComplaint(filing(request_id=used))
    error = refused(lambda: calls.FileComplaint(filing(request_id=used, subject="another")))
    assert error.code is INVALID


def test_a_caller_without_a_name_cannot_be_the_first_contact(complaints: RunningService) -> None:
    nobody = stub(complaints, actor="")
    assert "first_contact_owner" in refused(lambda: nobody.FileComplaint(filing())).details
    assert nobody.FileComplaint(filing(first_contact_owner="staff/1009")).first_contact_owner == "staff/1009"


def test_an_extension_needs_a_second_person_and_is_not_without_end(calls: ComplaintServiceStub) -> None:
    name = calls.FileComplaint(filing()).name

    def extend(**fields: Any) -> pb.Complaint:
        values: dict[str, Any] = {"working_days": 5, "reason": "r", "approver": "staff/1003", "explanation": "e"}
        values |= fields
        return calls.ExtendComplaint(pb.ExtendComplaintRequest(name=name, **values))

    assert "approver" in refused(lambda: extend(approver="staff/1007")).details
    assert refused(lambda: extend(reason="")).code is INVALID
    assert refused(lambda: extend(explanation="")).code is INVALID
    assert refused(lambda: extend(working_days=0)).code is INVALID
    assert refused(lambda: extend(working_days=16)).code is INVALID
    extend()
    assert refused(extend).code is grpc.StatusCode.FAILED_PRECONDITION


def test_an_extension_after_the_deadline_is_refused(complaints: RunningService, calls: ComplaintServiceStub) -> None:
    name = calls.FileComplaint(filing()).name
    complaints.clock.advance(timedelta(days=60))
    request = pb.ExtendComplaintRequest(name=name, working_days=1, reason="r", approver="staff/1003", explanation="e")
    error = refused(lambda: calls.ExtendComplaint(request))
    assert error.code is grpc.StatusCode.FAILED_PRECONDITION
    assert "run out" in error.details


def test_a_list_that_cannot_be_made_is_refused(calls: ComplaintServiceStub, subtests: pytest.Subtests) -> None:
    for request in WRONG_LISTS:
        with subtests.test(request=str(request)):
            assert refused(partial(calls.ListComplaints, request)).code is INVALID


def test_a_period_that_ends_before_it_starts_is_refused(calls: ComplaintServiceStub) -> None:
    at = to_timestamp(MORNING)
    request = pb.GetComplaintStatisticsRequest(start_time=at, end_time=at)
    assert refused(lambda: calls.GetComplaintStatistics(request)).code is INVALID
