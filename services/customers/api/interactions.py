"""InteractionService."""

import grpc

from customers.api.views import OUTCOMES, interaction_to_proto
from customers.domain.interaction import Outcome
from customers.handlers.interactions import Reception, RecordInteraction
from customers.store.interactions import INTERACTIONS, get_interaction, interaction_of, interaction_statistics
from hearthline.customers.v1 import interactions_pb2 as pb
from hearthline.customers.v1.interactions_pb2_grpc import InteractionServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id
from servicekit.reads import AnyRow
from servicekit.times import from_timestamp


class InteractionApi(InteractionServiceServicer):
    """See interactions.proto."""

    def __init__(self, rpc: Rpc, reception: Reception) -> None:
        self._rpc = rpc
        self._reception = reception

    def RecordInteraction(self, request: pb.RecordInteractionRequest, context: grpc.ServicerContext) -> pb.Interaction:
        return self._rpc.command(request, self._reception.record, _record(request), render=interaction_to_proto)

    def GetInteraction(self, request: pb.GetInteractionRequest, context: grpc.ServicerContext) -> pb.Interaction:
        with self._rpc.reading() as uow:
            INTERACTIONS.check_reach(uow, request.name)
            return interaction_to_proto(get_interaction(uow, resource_id(request.name, "interactions")))

    def ListInteractions(
        self, request: pb.ListInteractionsRequest, context: grpc.ServicerContext
    ) -> pb.ListInteractionsResponse:
        with self._rpc.reading() as uow:
            page = INTERACTIONS.page(uow, request)
        found = [interaction_to_proto(interaction_of(row)) for row in page.rows]
        return pb.ListInteractionsResponse(interactions=found, next_page_token=page.next_page_token)

    def GetInteractionStatistics(
        self, request: pb.GetInteractionStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.InteractionStatistics:
        start, end = from_timestamp(request.start_time, "start_time"), from_timestamp(request.end_time, "end_time")
        with self._rpc.reading() as uow:
            found = interaction_statistics(uow, start, end, self._rpc.kit.settings.time_zone)
        rows = [_hour(row) for row in found]
        return pb.InteractionStatistics(rows=rows, total=sum(r.offered + r.answered + r.abandoned for r in rows))


def _hour(row: AnyRow) -> pb.InteractionStatistics.Row:
    return pb.InteractionStatistics.Row(
        channel=row.channel,
        weekday=int(row.weekday),
        hour=int(row.hour),
        offered=row.offered,
        answered=row.answered,
        abandoned=row.abandoned,
        queue_seconds=row.queue_seconds,
        longest_queue_seconds=row.longest,
    )


def _record(request: pb.RecordInteractionRequest) -> RecordInteraction:
    return RecordInteraction(
        optional_id(request.customer, "customers", field="customer"),
        optional_id(request.premises, "premises", field="premises"),
        request.channel,
        request.contact_address,
        request.agent,
        request.summary,
        tuple(request.confirmed_facts),
        request.queue_seconds,
        OUTCOMES.get(request.outcome, Outcome.ANSWERED),
        from_timestamp(request.occur_time),
    )
