"""ComplaintService."""

from collections.abc import Callable
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from complaints.api.commands import filing_of, period_of, question_of, unit_of, which_of
from complaints.api.views import (
    complaint_to_proto,
    entry_to_proto,
    finding_to_proto,
    statistics_to_proto,
)
from complaints.domain.complaint import Complaint, Outcome, Severity
from complaints.handlers.filing import Intake
from complaints.handlers.gaming import Watch
from complaints.handlers.life_cycle import Assess, Decide, Investigate, LifeCycle, Reopen, Say, Transfer
from complaints.handlers.supervision import Extend, Supervision
from complaints.store.complaints import (
    COMPLAINTS,
    COMPLAINTS_MASKED,
    ENTRIES,
    complaint_of,
    entries_of,
    get_complaint,
    matching,
)
from complaints.store.statistics import statistics
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceServicer
from servicekit.access import sees_confidential
from servicekit.calls import Rpc
from servicekit.listing import page_of
from servicekit.names import resource_id
from servicekit.times import from_timestamp
from servicekit.uow import UnitOfWork

C = TypeVar("C")


class ComplaintApi(ComplaintServiceServicer):
    """Complaints over gRPC (S1, S2, S13)."""

    def __init__(self, rpc: Rpc, intake: Intake, life: LifeCycle, supervision: Supervision, watch: Watch) -> None:
        self._rpc = rpc
        self._intake, self._life, self._supervision, self._watch = intake, life, supervision, watch

    def FileComplaint(self, request: pb.FileComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        return self._change(request, self._intake.file_complaint, filing_of(request))

    def GetComplaint(self, request: pb.GetComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        with self._rpc.reading() as uow:
            return self._render(get_complaint(uow, resource_id(request.name, "complaints")))

    def ListComplaints(
        self, request: pb.ListComplaintsRequest, context: grpc.ServicerContext
    ) -> pb.ListComplaintsResponse:
        listing = COMPLAINTS if sees_confidential(self._rpc.identity) else COMPLAINTS_MASKED
        with self._rpc.reading() as uow:
            page = listing.page(uow, request)
        found = [self._render(complaint_of(row)) for row in page.rows]
        return pb.ListComplaintsResponse(complaints=found, next_page_token=page.next_page_token)

    def SearchComplaints(
        self, request: pb.SearchComplaintsRequest, context: grpc.ServicerContext
    ) -> pb.SearchComplaintsResponse:
        with self._rpc.reading() as uow:
            page = COMPLAINTS.page(uow, request, matching(uow, request.query))
        found = [self._render(complaint_of(row)) for row in page.rows]
        return pb.SearchComplaintsResponse(complaints=found, next_page_token=page.next_page_token)

    def ListComplaintEntries(
        self, request: pb.ListComplaintEntriesRequest, context: grpc.ServicerContext
    ) -> pb.ListComplaintEntriesResponse:
        with self._rpc.reading() as uow:
            complaint = get_complaint(uow, resource_id(request.parent, "complaints", field="parent"))
            page = ENTRIES.page(uow, request, entries_of(complaint.id))
        found = [entry_to_proto(row) for row in page.rows]
        return pb.ListComplaintEntriesResponse(entries=found, next_page_token=page.next_page_token)

    def GetComplaintStatistics(
        self, request: pb.GetComplaintStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.ComplaintStatistics:
        start, end = period_of(request)
        with self._rpc.reading() as uow:
            return statistics_to_proto(request, statistics(uow, start, end))

    def ListGamingFindings(
        self, request: pb.ListGamingFindingsRequest, context: grpc.ServicerContext
    ) -> pb.ListGamingFindingsResponse:
        question = question_of(request)
        with self._rpc.reading() as uow:
            found = self._watch.findings(uow, question)
        page, more = page_of(request, found, lambda finding: finding.key)
        return pb.ListGamingFindingsResponse(findings=map(finding_to_proto, page), next_page_token=more)

    def AcknowledgeComplaint(
        self, request: pb.AcknowledgeComplaintRequest, context: grpc.ServicerContext
    ) -> pb.Complaint:
        return self._change(request, self._life.acknowledge, which_of(request))

    def AssessComplaint(self, request: pb.AssessComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        severity = Severity(request.severity) if request.severity else None
        command = Assess(which_of(request), request.assessment, severity, unit_of(request.responsible_unit))
        return self._change(request, self._life.assess, command)

    def TransferComplaint(self, request: pb.TransferComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        command = Transfer(which_of(request), unit_of(request.responsible_unit), request.reason)
        return self._change(request, self._life.transfer, command)

    def InvestigateComplaint(
        self, request: pb.InvestigateComplaintRequest, context: grpc.ServicerContext
    ) -> pb.Complaint:
        unit, evidence = unit_of(request.responsible_unit), tuple(request.evidence)
        command = Investigate(which_of(request), request.root_cause, request.findings, evidence, unit)
        return self._change(request, self._life.investigate, command)

    def RespondComplaint(self, request: pb.RespondComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        return self._change(request, self._life.respond, Say(which_of(request), request.response))

    def CommunicateDecision(
        self, request: pb.CommunicateDecisionRequest, context: grpc.ServicerContext
    ) -> pb.Complaint:
        command = Decide(which_of(request), request.decision, Outcome(request.outcome))
        return self._change(request, self._life.decide, command)

    def CloseComplaint(self, request: pb.CloseComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        return self._change(request, self._life.close, Say(which_of(request), request.closing_note))

    def ExtendComplaint(self, request: pb.ExtendComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        which, days = which_of(request), request.working_days
        command = Extend(which, days, request.reason, request.approver, request.explanation)
        return self._change(request, self._supervision.extend, command)

    def ReopenComplaint(self, request: pb.ReopenComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        command = Reopen(which_of(request), request.reason, from_timestamp(request.external_due_time))
        return self._change(request, self._life.reopen, command)

    def WithdrawComplaint(self, request: pb.WithdrawComplaintRequest, context: grpc.ServicerContext) -> pb.Complaint:
        return self._change(request, self._life.withdraw, Say(which_of(request), request.reason))

    def _change(self, request: Message, handler: Callable[[UnitOfWork, C], Complaint], command: C) -> pb.Complaint:
        return self._rpc.command(request, handler, command, render=self._render)

    def _render(self, complaint: Complaint) -> pb.Complaint:
        overdue = complaint.is_overdue(self._rpc.kit.clock.now())
        return complaint_to_proto(complaint, self._rpc.identity, overdue)
