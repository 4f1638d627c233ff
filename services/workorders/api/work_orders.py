"""WorkOrderService."""

from typing import Protocol

import grpc

from hearthline.workorders.v1 import work_orders_pb2 as pb
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceServicer
from servicekit.calls import Rpc
from servicekit.names import optional_id, resource_id
from workorders.api.views import work_order_to_proto
from workorders.domain.completion import Completion
from workorders.handlers.work_orders import Complete, Dispatch, HandOver, Jobs, Say, Which
from workorders.store.work_orders import WORK_ORDERS, get_work_order, work_order_of

Context = grpc.ServicerContext


class Named(Protocol):
    """A request about one job."""

    @property
    def name(self) -> str: ...
    @property
    def etag(self) -> str: ...


class WorkOrderApi(WorkOrderServiceServicer):
    """See work_orders.proto."""

    def __init__(self, rpc: Rpc, jobs: Jobs) -> None:
        self._rpc = rpc
        self._jobs = jobs

    def GetWorkOrder(self, request: pb.GetWorkOrderRequest, context: Context) -> pb.WorkOrder:
        with self._rpc.reading() as uow:
            WORK_ORDERS.check_reach(uow, request.name)
            return work_order_to_proto(get_work_order(uow, resource_id(request.name, "workOrders")))

    def ListWorkOrders(self, request: pb.ListWorkOrdersRequest, context: Context) -> pb.ListWorkOrdersResponse:
        with self._rpc.reading() as uow:
            page = WORK_ORDERS.page(uow, request)
        found = [work_order_to_proto(work_order_of(row)) for row in page.rows]
        return pb.ListWorkOrdersResponse(work_orders=found, next_page_token=page.next_page_token)

    def DispatchWorkOrder(self, request: pb.DispatchWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Dispatch(_which(request), optional_id(request.crew, "crews", field="crew"), request.reason)
        return self._rpc.command(request, self._jobs.dispatch, command, render=work_order_to_proto)

    def AcknowledgeWorkOrder(self, request: pb.AcknowledgeWorkOrderRequest, context: Context) -> pb.WorkOrder:
        return self._rpc.command(request, self._jobs.acknowledge, _which(request), render=work_order_to_proto)

    def StartWorkOrderTravel(self, request: pb.StartWorkOrderTravelRequest, context: Context) -> pb.WorkOrder:
        return self._rpc.command(request, self._jobs.travel, _which(request), render=work_order_to_proto)

    def ArriveWorkOrder(self, request: pb.ArriveWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.note)
        return self._rpc.command(request, self._jobs.arrive, command, render=work_order_to_proto)

    def StartWorkOrder(self, request: pb.StartWorkOrderRequest, context: Context) -> pb.WorkOrder:
        return self._rpc.command(request, self._jobs.start, _which(request), render=work_order_to_proto)

    def HandOverWorkOrder(self, request: pb.HandOverWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = HandOver(_which(request), resource_id(request.crew, "crews", field="crew"), request.note)
        return self._rpc.command(request, self._jobs.hand_over, command, render=work_order_to_proto)

    def SuspendWorkOrder(self, request: pb.SuspendWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.reason, request.note)
        return self._rpc.command(request, self._jobs.suspend, command, render=work_order_to_proto)

    def ResumeWorkOrder(self, request: pb.ResumeWorkOrderRequest, context: Context) -> pb.WorkOrder:
        return self._rpc.command(request, self._jobs.resume, _which(request), render=work_order_to_proto)

    def CompleteWorkOrder(self, request: pb.CompleteWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Complete(_which(request), _completion(request))
        return self._rpc.command(request, self._jobs.complete, command, render=work_order_to_proto)

    def ConfirmWorkOrder(self, request: pb.ConfirmWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.note)
        return self._rpc.command(request, self._jobs.confirm, command, render=work_order_to_proto)

    def CloseWorkOrder(self, request: pb.CloseWorkOrderRequest, context: Context) -> pb.WorkOrder:
        return self._rpc.command(request, self._jobs.close, _which(request), render=work_order_to_proto)

    def CancelWorkOrder(self, request: pb.CancelWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.reason)
        return self._rpc.command(request, self._jobs.cancel, command, render=work_order_to_proto)

    def MarkWorkOrderNotDone(self, request: pb.MarkWorkOrderNotDoneRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.reason)
        return self._rpc.command(request, self._jobs.mark_not_done, command, render=work_order_to_proto)

    def ReopenWorkOrder(self, request: pb.ReopenWorkOrderRequest, context: Context) -> pb.WorkOrder:
        command = Say(_which(request), request.reason)
        return self._rpc.command(request, self._jobs.reopen, command, render=work_order_to_proto)


def _which(request: Named) -> Which:
    return Which(resource_id(request.name, "workOrders"), request.etag)


def _completion(request: pb.CompleteWorkOrderRequest) -> Completion:
    return Completion(
        cause=request.cause,
        resolution=request.resolution,
        parts=tuple(request.parts),
        photos=tuple(request.photos),
        reading=request.reading,
        signature=request.signature,
        no_signature_reason=request.no_signature_reason,
        instrument=request.instrument,
    )
