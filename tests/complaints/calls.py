"""Calls to a running complaints service."""

from typing import Any

from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from tests.support.running import RunningService


def stub(service: RunningService, actor: str = "staff/1007", roles: tuple[str, ...] = ()) -> ComplaintServiceStub:
    """A caller of the service."""
    return ComplaintServiceStub(service.connect(actor, roles))


def filing(**fields: Any) -> pb.FileComplaintRequest:
    """A complaint as a hotline agent files it."""
    values = {
        "subject": "Cold for three days",
        "description": "14 degrees in the bedroom",
        "customer": "customers/cu1",
        "channel": "hotline",
        "severity": "minor",
        "remedy_sought": "repair",
        "related_resource": "tickets/t1",
        "responsible_unit": "units/north",
    }
    return pb.FileComplaintRequest(**{**values, **fields})


def decide(calls: ComplaintServiceStub, name: str) -> pb.Complaint:
    """Brings a complaint, new or reopened, to its decision."""
    if calls.GetComplaint(pb.GetComplaintRequest(name=name)).state == pb.Complaint.STATE_RECEIVED:
        calls.AcknowledgeComplaint(pb.AcknowledgeComplaintRequest(name=name))
    calls.AssessComplaint(pb.AssessComplaintRequest(name=name, assessment="an old valve"))
    calls.InvestigateComplaint(
        pb.InvestigateComplaintRequest(name=name, root_cause="late_arrival", findings="The crew came a day late.")
    )
    calls.RespondComplaint(pb.RespondComplaintRequest(name=name, response="We are sorry."))
    return calls.CommunicateDecision(
        pb.CommunicateDecisionRequest(name=name, decision="The valve was changed.", outcome="upheld")
    )
