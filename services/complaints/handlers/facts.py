"""What the complaints service tells others about a complaint."""

from collections.abc import Callable
from datetime import datetime

from google.protobuf.message import Message

from complaints.domain.complaint import Complaint, Outcome
from hearthline.complaints.v1 import events_pb2 as pb
from servicekit.times import to_timestamp

Telling = Callable[[Complaint], Message]
"""Makes the fact of a change, of the complaint as it is after it."""


def facts(complaint: Complaint) -> pb.ComplaintFacts:
    """What every fact repeats. Who complains confidentially is told to services, which must answer them, as such."""
    return pb.ComplaintFacts(
        complaint=complaint.name,
        customer=f"customers/{complaint.customer_id}" if complaint.customer_id else "",
        channel=complaint.channel,
        severity=complaint.severity.value,
        responsible_unit=complaint.responsible_unit,
        related_resource=complaint.related_resource,
        first_contact_owner=complaint.first_contact_owner,
        confidential=complaint.confidential,
    )


def filed(c: Complaint) -> Message:
    return pb.ComplaintFiled(
        facts=facts(c),
        subject=c.subject,
        file_time=to_timestamp(c.receive_time),
        acknowledge_due_time=to_timestamp(c.acknowledge_due_time),
        decide_due_time=to_timestamp(c.decide_due_time),
        deadline_estimated=c.deadline_estimated,
    )


def reckoned(c: Complaint) -> Message:
    return pb.ComplaintReckoned(
        facts=facts(c),
        acknowledge_due_time=to_timestamp(c.acknowledge_due_time),
        decide_due_time=to_timestamp(c.decide_due_time),
        deadline_estimated=c.deadline_estimated,
        holidays_version=c.holidays_version,
        reckon_time=to_timestamp(c.update_time),
    )


def acknowledged(c: Complaint) -> Message:
    return pb.ComplaintAcknowledged(facts=facts(c), acknowledge_time=to_timestamp(c.acknowledge_time))


def assessed(c: Complaint) -> Message:
    return pb.ComplaintAssessed(facts=facts(c), assess_time=to_timestamp(c.update_time))


def investigated(c: Complaint) -> Message:
    return pb.ComplaintInvestigated(
        facts=facts(c), root_cause=c.root_cause, investigate_time=to_timestamp(c.update_time)
    )


def responded(c: Complaint) -> Message:
    return pb.ComplaintResponded(facts=facts(c), response=c.response, respond_time=to_timestamp(c.update_time))


def decided(c: Complaint) -> Message:
    return pb.ComplaintDecisionCommunicated(
        facts=facts(c), decision=c.decision, communicate_time=to_timestamp(c.decide_time)
    )


def closed(c: Complaint) -> Message:
    upheld = c.outcome != Outcome.NOT_UPHELD
    return pb.ComplaintClosed(facts=facts(c), upheld=upheld, close_time=to_timestamp(c.close_time))


def transferred(reason: str) -> Telling:
    return lambda c: pb.ComplaintTransferred(facts=facts(c), reason=reason, transfer_time=to_timestamp(c.update_time))


def withdrawn(reason: str) -> Telling:
    return lambda c: pb.ComplaintWithdrawn(facts=facts(c), reason=reason, withdraw_time=to_timestamp(c.close_time))


def reopened(reason: str) -> Telling:
    return lambda c: pb.ComplaintReopened(facts=facts(c), reason=reason, reopen_time=to_timestamp(c.update_time))


def renewed(c: Complaint) -> Message:
    return pb.ComplaintRenewed(
        facts=facts(c),
        external_number=c.external_number,
        external_due_time=to_timestamp(c.external_due_time),
        renew_time=to_timestamp(c.update_time),
    )


def extended(reason: str, approver: str, explanation: str) -> Telling:
    return lambda c: pb.ComplaintExtended(
        facts=facts(c),
        reason=reason,
        approver=approver,
        explanation=explanation,
        decide_due_time=to_timestamp(c.decide_due_time),
        deadline_estimated=c.deadline_estimated,
        extend_time=to_timestamp(c.update_time),
    )


def supervised(clock: str, step: str, due: datetime) -> Telling:
    return lambda c: pb.ComplaintSupervised(
        facts=facts(c),
        clock=clock,
        step=step,
        due_time=to_timestamp(due),
        supervise_time=to_timestamp(c.update_time),
    )
