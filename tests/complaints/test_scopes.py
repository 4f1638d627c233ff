"""Agents read and answer the complaints of their own unit (P4)."""

from pathlib import Path

import grpc
import pytest

from complaints.bootstrap import service
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from tests.complaints.calls import filing
from tests.support.identities import Guarded, refused
from tests.support.running import Starter

OUTSIDE = grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"


@pytest.fixture
def guarded(start: Starter, tmp_path: Path) -> Guarded:
    return Guarded(start, service, start(service, work=False), tmp_path)


@pytest.fixture
def north(guarded: Guarded) -> ComplaintServiceStub:
    return ComplaintServiceStub(guarded.channel("staff/1", "agent", units=["units/north"]))


@pytest.fixture
def south(guarded: Guarded) -> ComplaintServiceStub:
    return ComplaintServiceStub(guarded.channel("staff/2", "agent", units=["units/south"]))


def listed(calls: ComplaintServiceStub, filter: str = "") -> list[str]:
    return [c.name for c in calls.ListComplaints(pb.ListComplaintsRequest(filter=filter)).complaints]


def searched(calls: ComplaintServiceStub) -> list[str]:
    return [c.name for c in calls.SearchComplaints(pb.SearchComplaintsRequest(query="bedroom")).complaints]


def test_an_agent_answers_for_the_own_unit(north: ComplaintServiceStub) -> None:
    name = north.FileComplaint(filing()).name
    assert north.GetComplaint(pb.GetComplaintRequest(name=name)).first_contact_owner == "staff/1"
    assert north.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name)).name == name
    assert len(north.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name)).entries) == 2
    assert listed(north) == searched(north) == [name]


def test_an_agent_of_another_unit_neither_reads_nor_answers(
    north: ComplaintServiceStub, south: ComplaintServiceStub
) -> None:
    name = north.FileComplaint(filing()).name
    for call in (
        lambda: south.GetComplaint(pb.GetComplaintRequest(name=name)),
        lambda: south.ListComplaintEntries(pb.ListComplaintEntriesRequest(parent=name)),
        lambda: south.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name)),
        lambda: south.WithdrawComplaint(pb.WithdrawComplaintRequest(name=name, reason="gone")),
    ):
        with pytest.raises(grpc.RpcError) as error:
            call()
        assert refused(error.value) == OUTSIDE
    assert listed(south) == listed(south, 'responsible_unit = "units/north"') == searched(south) == []


def test_a_complaint_that_was_handed_over_is_the_other_units(
    north: ComplaintServiceStub, south: ComplaintServiceStub
) -> None:
    name = north.FileComplaint(filing()).name
    north.TransferComplaint(pb.TransferComplaintRequest(name=name, responsible_unit="units/south", reason="theirs"))
    assert (listed(north), listed(south)) == ([], [name])


def test_a_supervisor_reads_those_of_all_units(guarded: Guarded, north: ComplaintServiceStub) -> None:
    name = north.FileComplaint(filing()).name
    assert listed(ComplaintServiceStub(guarded.channel("staff/3", "supervisor"))) == [name]


def test_reopening_is_for_supervisors(north: ComplaintServiceStub) -> None:
    name = north.FileComplaint(filing()).name
    with pytest.raises(grpc.RpcError, match="it is for supervisor") as error:
        north.ReopenComplaint(pb.ReopenComplaintRequest(name=name, reason="again"))
    assert refused(error.value) == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")
