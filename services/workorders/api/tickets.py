"""TicketService."""

import grpc

from hearthline.workorders.v1 import tickets_pb2 as pb
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id
from servicekit.times import from_timestamp
from workorders.api.imports import entries_of, outcome_to_proto
from workorders.api.views import statistics_row, ticket_to_proto
from workorders.domain.words import Severity, Urgency
from workorders.handlers.tickets import (
    CreateTicket,
    Imported,
    ResolveTicket,
    TriageTicket,
    create_ticket,
    import_tickets,
    resolve_ticket,
    triage_ticket,
)
from workorders.handlers.withdrawal import CancelTicket, Withdrawal
from workorders.store.tickets import TICKETS, get_ticket, ticket_of, ticket_statistics


class TicketApi(TicketServiceServicer):
    """See tickets.proto."""

    def __init__(self, rpc: Rpc, withdrawal: Withdrawal) -> None:
        self._rpc = rpc
        self._withdrawal = withdrawal

    def CreateTicket(self, request: pb.CreateTicketRequest, context: grpc.ServicerContext) -> pb.Ticket:
        return self._rpc.command(request, create_ticket, _creation(request), render=ticket_to_proto)

    def BatchImportTickets(
        self, request: pb.BatchImportTicketsRequest, context: grpc.ServicerContext
    ) -> pb.BatchImportTicketsResponse:
        return self._rpc.command(request, import_tickets, entries_of(request.tickets), render=_outcomes)

    def GetTicket(self, request: pb.GetTicketRequest, context: grpc.ServicerContext) -> pb.Ticket:
        with self._rpc.reading() as uow:
            TICKETS.check_reach(uow, request.name)
            return ticket_to_proto(get_ticket(uow, resource_id(request.name, "tickets")))

    def ListTickets(self, request: pb.ListTicketsRequest, context: grpc.ServicerContext) -> pb.ListTicketsResponse:
        with self._rpc.reading() as uow:
            page = TICKETS.page(uow, request)
        found = [ticket_to_proto(ticket_of(row)) for row in page.rows]
        return pb.ListTicketsResponse(tickets=found, next_page_token=page.next_page_token)

    def ResolveTicket(self, request: pb.ResolveTicketRequest, context: grpc.ServicerContext) -> pb.Ticket:
        command = ResolveTicket(resource_id(request.name, "tickets"), request.outcome, request.etag)
        return self._rpc.command(request, resolve_ticket, command, render=ticket_to_proto)

    def TriageTicket(self, request: pb.TriageTicketRequest, context: grpc.ServicerContext) -> pb.Ticket:
        return self._rpc.command(request, triage_ticket, _triage(request), render=ticket_to_proto)

    def CancelTicket(self, request: pb.CancelTicketRequest, context: grpc.ServicerContext) -> pb.Ticket:
        command = CancelTicket(resource_id(request.name, "tickets"), request.reason, request.etag)
        return self._rpc.command(request, self._withdrawal.cancel_ticket, command, render=ticket_to_proto)

    def GetTicketStatistics(
        self, request: pb.GetTicketStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.TicketStatistics:
        with self._rpc.reading() as uow:
            found = ticket_statistics(
                uow, from_timestamp(request.start_time, "start_time"), from_timestamp(request.end_time, "end_time")
            )
        rows = [statistics_row(row) for row in found]
        return pb.TicketStatistics(rows=rows, total=sum(row.count for row in rows))


def _creation(request: pb.CreateTicketRequest) -> CreateTicket:
    return CreateTicket(
        id=request.ticket_id,
        customer_id=optional_id(request.customer, "customers", field="customer"),
        premises_id=resource_id(request.premises, "premises", field="premises"),
        commodity=request.commodity,
        category=request.category,
        severity=Severity(request.severity),
        urgency=Urgency(request.urgency),
        channel=request.channel,
        summary=request.summary,
        interaction_id=optional_id(request.interaction, "interactions", field="interaction"),
        report_time=from_timestamp(request.report_time),
    )


def _triage(request: pb.TriageTicketRequest) -> TriageTicket:
    given = {
        "premises_id": optional_id(request.premises, "premises", field="premises"),
        "commodity": request.commodity,
        "category": request.category,
        "severity": Severity(request.severity) if request.severity else None,
        "urgency": Urgency(request.urgency) if request.urgency else None,
    }
    correction = {name: value for name, value in given.items() if value}
    return TriageTicket(resource_id(request.name, "tickets"), correction, request.reason, request.etag)


def _outcomes(outcomes: list[Imported]) -> pb.BatchImportTicketsResponse:
    return pb.BatchImportTicketsResponse(outcomes=[outcome_to_proto(each) for each in outcomes])
