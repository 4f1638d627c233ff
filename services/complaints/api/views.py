"""Complaints as their callers see them."""

from typing import Any

from complaints.domain.complaint import Complaint
from complaints.domain.gaming import Finding
from complaints.store.statistics import Statistics
from hearthline.complaints.v1 import complaints_pb2 as pb
from servicekit.access import sees_confidential
from servicekit.etags import etag
from servicekit.identity import Identity
from servicekit.reads import AnyRow
from servicekit.times import to_timestamp

_PLAIN = (
    "name",
    "subject",
    "description",
    "channel",
    "external_number",
    "severity",
    "remedy_sought",
    "related_resource",
    "responsible_unit",
    "first_contact_owner",
    "assessment",
    "root_cause",
    "findings",
    "response",
    "decision",
    "outcome",
    "closing_note",
    "policy",
    "anonymous",
    "confidential",
    "extension_count",
    "reopen_count",
    "deadline_estimated",
)
_TIMES = (
    "acknowledge_due_time",
    "decide_due_time",
    "external_due_time",
    "receive_time",
    "acknowledge_time",
    "decide_time",
    "close_time",
    "create_time",
    "update_time",
)


def complaint_to_proto(complaint: Complaint, identity: Identity, overdue: bool) -> pb.Complaint:
    """The complaint; a confidential complainant only for those who may know."""
    plain: dict[str, Any] = {name: getattr(complaint, name) for name in _PLAIN}
    times: dict[str, Any] = {name: to_timestamp(getattr(complaint, name)) for name in _TIMES}
    message = pb.Complaint(
        state=pb.Complaint.State.Value(f"STATE_{complaint.state}"),
        evidence=complaint.evidence,
        supervised_steps=complaint.supervised_steps,
        overdue=overdue,
        etag=etag(complaint.version),
        **plain,
        **times,
    )
    if not complaint.confidential or sees_confidential(identity):
        message.customer = f"customers/{complaint.customer_id}" if complaint.customer_id else ""
        message.complainant_display_name = complaint.complainant_display_name
        message.complainant_contact = complaint.complainant_contact
    return message


def entry_to_proto(row: AnyRow) -> pb.ComplaintEntry:
    return pb.ComplaintEntry(
        name=f"complaints/{row.complaint_id}/entries/{row.number}",
        kind=row.kind,
        actor=row.actor,
        details=row.details,
        create_time=to_timestamp(row.create_time),
    )


def statistics_to_proto(request: pb.GetComplaintStatisticsRequest, found: Statistics) -> pb.ComplaintStatistics:
    return pb.ComplaintStatistics(
        start_time=request.start_time,
        end_time=request.end_time,
        complaint_count=found.total,
        by_state=found.by_state,
        by_channel=found.by_channel,
        by_severity=found.by_severity,
        by_outcome=found.by_outcome,
        overdue_count=found.overdue,
        decided_late_count=found.decided_late,
        extended_count=found.extended,
        reopened_count=found.reopened,
        by_supervision_step=found.by_step,
        missed_count=found.missed,
    )


def finding_to_proto(found: Finding) -> pb.GamingFinding:
    complaint = f"complaints/{found.complaint_id}"
    return pb.GamingFinding(
        rule=pb.GamingFinding.Rule.Value(f"RULE_{found.rule}"),
        complaint=complaint,
        entry=f"{complaint}/entries/{found.number}",
        actor=found.actor,
        responsible_unit=found.unit,
        clock=found.clock,
        due_time=to_timestamp(found.due),
        act_time=to_timestamp(found.act_time),
        find_time=to_timestamp(found.find_time),
        start_time=to_timestamp(found.start),
        end_time=to_timestamp(found.end),
        complaint_count=found.complaints,
    )
