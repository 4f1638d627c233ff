"""PremisesService."""

import grpc

from customers.api.batches import outcomes_to_proto
from customers.api.views import AREAS, history_to_proto, premises_to_proto
from customers.domain.premises import Area
from customers.handlers import premises as handlers
from customers.handlers.batches import Outcome
from customers.store.premises import HISTORY, PREMISES, get_premises, history_totals, premises_of
from customers.store.tables import premises
from hearthline.customers.v1 import premises_pb2 as pb
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id
from servicekit.update_masks import mask_of

_UPDATABLE = ("address", "network_node", "cell", "latitude", "longitude", "area")


class PremisesApi(PremisesServiceServicer):
    """See premises.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreatePremises(self, request: pb.CreatePremisesRequest, context: grpc.ServicerContext) -> pb.Premises:
        return self._rpc.command(request, handlers.create_premises, _creation(request), render=premises_to_proto)

    def BatchCreatePremises(
        self, request: pb.BatchCreatePremisesRequest, context: grpc.ServicerContext
    ) -> pb.BatchCreatePremisesResponse:
        commands = [_creation(each) for each in request.requests]
        return self._rpc.command(request, handlers.create_many_premises, commands, render=_batch)

    def GetPremises(self, request: pb.GetPremisesRequest, context: grpc.ServicerContext) -> pb.Premises:
        with self._rpc.reading() as uow:
            PREMISES.check_reach(uow, request.name)
            return premises_to_proto(get_premises(uow, resource_id(request.name, "premises")))

    def ListPremises(self, request: pb.ListPremisesRequest, context: grpc.ServicerContext) -> pb.ListPremisesResponse:
        with self._rpc.reading() as uow:
            page = PREMISES.page(uow, request)
        found = [premises_to_proto(premises_of(row)) for row in page.rows]
        return pb.ListPremisesResponse(premises=found, next_page_token=page.next_page_token)

    def UpdatePremises(self, request: pb.UpdatePremisesRequest, context: grpc.ServicerContext) -> pb.Premises:
        command = handlers.UpdatePremises(
            resource_id(request.premises.name, "premises", field="premises.name"),
            request.premises.etag,
            mask_of(request, _UPDATABLE),
            _creation(pb.CreatePremisesRequest(premises=request.premises)),
        )
        return self._rpc.command(request, handlers.update_premises, command, render=premises_to_proto)

    def SearchPremises(
        self, request: pb.SearchPremisesRequest, context: grpc.ServicerContext
    ) -> pb.SearchPremisesResponse:
        with self._rpc.reading() as uow:
            page = PREMISES.page(uow, request, premises.c.address.icontains(request.query, autoescape=True))
        found = [premises_to_proto(premises_of(row)) for row in page.rows]
        return pb.SearchPremisesResponse(premises=found, next_page_token=page.next_page_token)

    def BatchRecordPremisesHistory(
        self, request: pb.BatchRecordPremisesHistoryRequest, context: grpc.ServicerContext
    ) -> pb.BatchRecordPremisesHistoryResponse:
        rows = [
            handlers.HistoryRow(resource_id(e.premises, "premises", f"entries[{n}].premises"), e.year, e.kind, e.count)
            for n, e in enumerate(request.entries)
        ]
        return self._rpc.command(request, handlers.record_history, rows, render=_history_batch)

    def ListPremisesHistory(
        self, request: pb.ListPremisesHistoryRequest, context: grpc.ServicerContext
    ) -> pb.ListPremisesHistoryResponse:
        with self._rpc.reading() as uow:
            page = HISTORY.page(uow, request)
        found = [history_to_proto(row) for row in page.rows]
        return pb.ListPremisesHistoryResponse(entries=found, next_page_token=page.next_page_token)

    def GetPremisesHistoryTotals(
        self, request: pb.GetPremisesHistoryTotalsRequest, context: grpc.ServicerContext
    ) -> pb.PremisesHistoryTotals:
        with self._rpc.reading() as uow:
            rows = history_totals(uow, request.kind)
        totals = pb.PremisesHistoryTotals
        return totals(
            years=[totals.Year(year=r.year, premises_count=r.premises_count, total=int(r.total)) for r in rows]
        )


def _creation(request: pb.CreatePremisesRequest) -> handlers.CreatePremises:
    place = request.premises
    return handlers.CreatePremises(
        request.premises_id,
        place.address,
        optional_id(place.network_node, "networkNodes", field="premises.network_node"),
        optional_id(place.cell, "cells", field="premises.cell"),
        place.latitude,
        place.longitude,
        AREAS.get(place.area, Area.URBAN),
    )


def _batch(outcomes: list[Outcome]) -> pb.BatchCreatePremisesResponse:
    return pb.BatchCreatePremisesResponse(outcomes=outcomes_to_proto(outcomes))


def _history_batch(outcomes: list[Outcome]) -> pb.BatchRecordPremisesHistoryResponse:
    return pb.BatchRecordPremisesHistoryResponse(outcomes=outcomes_to_proto(outcomes))
