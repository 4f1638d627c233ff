"""PrivacyService."""

import grpc

from customers.domain.data_request import DataRequest, Part, RequestKind
from customers.handlers.data_requests import CancelDataRequest, CreateDataRequest, PrivacyDesk
from customers.store.data_requests import DATA_REQUESTS, get_data_request, request_of
from hearthline.customers.v1 import privacy_pb2 as pb
from hearthline.customers.v1.privacy_pb2_grpc import PrivacyServiceServicer
from servicekit.calls import Rpc
from servicekit.etags import etag
from servicekit.names import resource_id
from servicekit.times import to_timestamp

_Request = pb.DataRequest
_KINDS = {_Request.KIND_EXPORT: RequestKind.EXPORT, _Request.KIND_ERASURE: RequestKind.ERASURE}


class PrivacyApi(PrivacyServiceServicer):
    """See privacy.proto."""

    def __init__(self, rpc: Rpc, desk: PrivacyDesk) -> None:
        self._rpc = rpc
        self._desk = desk

    def CreateDataRequest(self, request: pb.CreateDataRequestRequest, context: grpc.ServicerContext) -> pb.DataRequest:
        command = CreateDataRequest(resource_id(request.customer, "customers", field="customer"), _KINDS[request.kind])
        return self._rpc.command(request, self._desk.create, command, render=self._told)

    def GetDataRequest(self, request: pb.GetDataRequestRequest, context: grpc.ServicerContext) -> pb.DataRequest:
        with self._rpc.reading() as uow:
            return self._told(get_data_request(uow, resource_id(request.name, "dataRequests")))

    def ListDataRequests(
        self, request: pb.ListDataRequestsRequest, context: grpc.ServicerContext
    ) -> pb.ListDataRequestsResponse:
        with self._rpc.reading() as uow:
            page = DATA_REQUESTS.page(uow, request)
        found = [self._told(request_of(row)) for row in page.rows]
        return pb.ListDataRequestsResponse(data_requests=found, next_page_token=page.next_page_token)

    def CancelDataRequest(self, request: pb.CancelDataRequestRequest, context: grpc.ServicerContext) -> pb.DataRequest:
        command = CancelDataRequest(resource_id(request.name, "dataRequests"), request.etag)
        return self._rpc.command(request, self._desk.cancel, command, render=self._told)

    def _told(self, request: DataRequest) -> pb.DataRequest:
        message = _to_proto(request)
        message.due_time_estimated = self._desk.is_estimated(request)
        return message


def _to_proto(request: DataRequest) -> pb.DataRequest:
    return _Request(
        name=request.name,
        customer=f"customers/{request.customer_id}",
        kind=_Request.Kind.Value(f"KIND_{request.kind}"),
        state=_Request.State.Value(f"STATE_{request.state}"),
        requester=request.requester,
        parts=map(_part, request.parts),
        obstacles=[
            _Request.Obstacle(service=each.service, rule=each.rule, resource=each.resource)
            for each in request.obstacles
        ],
        due_time=to_timestamp(request.due_time),
        overdue=request.overdue,
        finish_time=to_timestamp(request.finish_time),
        expire_time=to_timestamp(request.expire_time),
        create_time=to_timestamp(request.create_time),
        update_time=to_timestamp(request.update_time),
        etag=etag(request.version),
    )


def _part(part: Part) -> pb.DataRequest.Part:
    return _Request.Part(
        service=part.service,
        answered=part.answer_time is not None,
        record_count=part.record_count,
        answer_time=to_timestamp(part.answer_time),
    )
