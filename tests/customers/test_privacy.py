"""PrivacyService of one running service: what it refuses, and how it is repeated (C9)."""

from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from customers.bootstrap import service
from hearthline.customers.v1 import privacy_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.privacy_pb2_grpc import PrivacyServiceStub
from hearthline.privacy.v1 import events_pb2 as events
from hearthline.privacy.v1 import personal_data_pb2
from hearthline.privacy.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from tests.customers.calls import person
from tests.support.identities import Guarded, answer
from tests.support.running import MORNING, RunningService, Starter, fact

EXPORT, ERASURE = pb.DataRequest.KIND_EXPORT, pb.DataRequest.KIND_ERASURE


@pytest.fixture
def running(start: Starter) -> RunningService:
    svc = start(service)
    CustomerServiceStub(svc.channel).CreateCustomer(person("c1"))
    return svc


def asking(**fields: Any) -> pb.CreateDataRequestRequest:
    return pb.CreateDataRequestRequest(**{"customer": "customers/c1", "kind": EXPORT, **fields})


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"customer": ""}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"customer": "customers/"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"customer": "premises/c1"}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"customer": "customers/nobody"}, grpc.StatusCode.NOT_FOUND),
        ({"kind": 0}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"kind": 9}, grpc.StatusCode.INVALID_ARGUMENT),
        ({"request_id": "once"}, grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_a_wrong_request_is_refused(running: RunningService, fields: dict, status: grpc.StatusCode) -> None:
    stub = PrivacyServiceStub(running.channel)
    refused = answer(lambda: stub.CreateDataRequest(asking(**fields)))
    assert refused is not None
    assert refused[0] is status
    assert not stub.ListDataRequests(pb.ListDataRequestsRequest()).data_requests


def test_a_request_that_is_repeated_is_made_once(running: RunningService) -> None:
    stub, again = PrivacyServiceStub(running.channel), asking(request_id=str(uuid4()))
    assert stub.CreateDataRequest(again) == stub.CreateDataRequest(again)
    assert len(stub.ListDataRequests(pb.ListDataRequestsRequest(filter='kind = "EXPORT"')).data_requests) == 1


def test_only_an_erasure_that_has_not_begun_is_taken_back(running: RunningService) -> None:
    stub = PrivacyServiceStub(running.channel)
    export, erasure = (stub.CreateDataRequest(asking(kind=kind)) for kind in (EXPORT, ERASURE))
    running.settle()
    # The other five services do not run here, so it stays where it is until they do.
    assert stub.GetDataRequest(pb.GetDataRequestRequest(name=erasure.name)).state == pb.DataRequest.STATE_CHECKING
    stale = pb.CancelDataRequestRequest(name=erasure.name, etag='"99"')
    assert answer(lambda: stub.CancelDataRequest(stale)) == (grpc.StatusCode.ABORTED, "STALE_ETAG")
    taken_back = stub.CancelDataRequest(pb.CancelDataRequestRequest(name=erasure.name))
    assert taken_back.state == pb.DataRequest.STATE_CANCELLED
    for name in (export.name, erasure.name):
        refused = answer(partial(stub.CancelDataRequest, pb.CancelDataRequestRequest(name=name)))
        assert refused == (grpc.StatusCode.FAILED_PRECONDITION, "WRONG_STATE")
    unknown = pb.GetDataRequestRequest(name="dataRequests/none")
    assert answer(lambda: stub.GetDataRequest(unknown)) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")


def test_an_answer_to_nobodys_question_changes_nothing(running: RunningService) -> None:
    for message in (
        events.PersonalDataErased(data_request="dataRequests/none", customer="customers/c1", service="billing"),
        events.ErasureAgreed(data_request="dataRequests/none", customer="customers/c1", service="billing", round=1),
    ):
        running.deliver([fact(message, "billing", "dataRequests/none", time=MORNING)])
    assert not PrivacyServiceStub(running.channel).ListDataRequests(pb.ListDataRequestsRequest()).data_requests


@pytest.mark.parametrize("parent", ["", "customers/c1", "dataRequests/", "dataRequests/a b"])
def test_a_part_is_asked_for_by_the_name_of_its_request(running: RunningService, parent: str) -> None:
    stub = PersonalDataServiceStub(running.channel)
    asked = personal_data_pb2.ListPersonalDataRecordsRequest(parent=parent)
    refused = answer(lambda: stub.ListPersonalDataRecords(asked))
    assert refused is not None
    assert refused[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_an_agent_enters_a_request_and_does_not_see_what_comes_of_it(
    start: Starter, running: RunningService, tmp_path: Path
) -> None:
    channel = Guarded(start, service, running, tmp_path).channel("staff/7", "agent")
    made = PrivacyServiceStub(channel).CreateDataRequest(asking())
    asked = personal_data_pb2.ListPersonalDataRecordsRequest(parent=made.name)
    stub = PersonalDataServiceStub(channel)
    assert made.requester == "staff/7"
    assert answer(lambda: stub.ListPersonalDataRecords(asked)) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


@pytest.mark.parametrize(("month", "marked"), [(10, False), (12, True)])
def test_a_due_time_that_rests_on_holidays_not_yet_published_says_so(start: Starter, month: int, marked: bool) -> None:
    start.clock.set(MORNING.replace(month=month, day=28))
    svc = start(service, work=False)
    CustomerServiceStub(svc.channel).CreateCustomer(person("c1"))
    made = PrivacyServiceStub(svc.channel).CreateDataRequest(asking())
    assert made.due_time_estimated is marked
