"""AgreementService."""

import grpc

from customers.api.batches import outcomes_to_proto
from customers.api.views import agreement_to_proto, service_point_to_proto
from customers.handlers.agreements import (
    EndAgreement,
    StartAgreement,
    end,
    start_agreement,
    start_many_agreements,
)
from customers.handlers.batches import Outcome
from customers.store.agreements import AGREEMENTS, SERVICE_POINTS, agreement_of, get_agreement
from hearthline.customers.v1 import agreements_pb2 as pb
from hearthline.customers.v1.agreements_pb2_grpc import AgreementServiceServicer
from servicekit.calls import Rpc
from servicekit.names import resource_id
from servicekit.times import from_timestamp


class AgreementApi(AgreementServiceServicer):
    """See agreements.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def StartServiceAgreement(
        self, request: pb.StartServiceAgreementRequest, context: grpc.ServicerContext
    ) -> pb.ServiceAgreement:
        return self._rpc.command(request, start_agreement, _start(request), render=agreement_to_proto)

    def BatchStartServiceAgreements(
        self, request: pb.BatchStartServiceAgreementsRequest, context: grpc.ServicerContext
    ) -> pb.BatchStartServiceAgreementsResponse:
        commands = [_start(each) for each in request.requests]
        return self._rpc.command(request, start_many_agreements, commands, render=_batch)

    def EndServiceAgreement(
        self, request: pb.EndServiceAgreementRequest, context: grpc.ServicerContext
    ) -> pb.ServiceAgreement:
        identifier = resource_id(request.name, "serviceAgreements")
        command = EndAgreement(identifier, from_timestamp(request.end_time), request.etag)
        return self._rpc.command(request, end, command, render=agreement_to_proto)

    def GetServiceAgreement(
        self, request: pb.GetServiceAgreementRequest, context: grpc.ServicerContext
    ) -> pb.ServiceAgreement:
        with self._rpc.reading() as uow:
            AGREEMENTS.check_reach(uow, request.name)
            return agreement_to_proto(get_agreement(uow, resource_id(request.name, "serviceAgreements")))

    def ListServiceAgreements(
        self, request: pb.ListServiceAgreementsRequest, context: grpc.ServicerContext
    ) -> pb.ListServiceAgreementsResponse:
        with self._rpc.reading() as uow:
            page = AGREEMENTS.page(uow, request)
        found = [agreement_to_proto(agreement_of(row)) for row in page.rows]
        return pb.ListServiceAgreementsResponse(service_agreements=found, next_page_token=page.next_page_token)

    def ListServicePoints(
        self, request: pb.ListServicePointsRequest, context: grpc.ServicerContext
    ) -> pb.ListServicePointsResponse:
        with self._rpc.reading() as uow:
            page = SERVICE_POINTS.page(uow, request)
        found = [service_point_to_proto(row) for row in page.rows]
        return pb.ListServicePointsResponse(service_points=found, next_page_token=page.next_page_token)


def _start(request: pb.StartServiceAgreementRequest) -> StartAgreement:
    return StartAgreement(
        request.service_agreement_id,
        resource_id(request.customer, "customers", field="customer"),
        resource_id(request.premises, "premises", field="premises"),
        request.commodity,
        from_timestamp(request.start_time),
    )


def _batch(outcomes: list[Outcome]) -> pb.BatchStartServiceAgreementsResponse:
    return pb.BatchStartServiceAgreementsResponse(outcomes=outcomes_to_proto(outcomes))
