"""A running complaints service, and somebody of the staff who calls it."""

import pytest

from complaints.bootstrap import service
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from tests.complaints.calls import stub
from tests.support.running import RunningService, Starter


@pytest.fixture
def complaints(start: Starter) -> RunningService:
    return start(service)


@pytest.fixture
def calls(complaints: RunningService) -> ComplaintServiceStub:
    return stub(complaints)
