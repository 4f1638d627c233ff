"""StandardService."""

import grpc

from hearthline.workorders.v1 import standards_pb2 as pb
from hearthline.workorders.v1.standards_pb2_grpc import StandardServiceServicer
from servicekit.calls import Rpc
from servicekit.errors import NotFound
from servicekit.listing import page_of
from servicekit.names import resource_id
from servicekit.times import from_timestamp
from workorders.domain.policy import Standard
from workorders.domain.standards import BOOK
from workorders.store.work_orders import orders_by_state, performance


class StandardApi(StandardServiceServicer):
    """See standards.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def ListServiceStandards(
        self, request: pb.ListServiceStandardsRequest, context: grpc.ServicerContext
    ) -> pb.ListServiceStandardsResponse:
        page, more = page_of(request, BOOK.all(), lambda standard: standard.name)
        return pb.ListServiceStandardsResponse(
            service_standards=[_to_proto(standard) for standard in page], next_page_token=more
        )

    def GetServiceStandard(
        self, request: pb.GetServiceStandardRequest, context: grpc.ServicerContext
    ) -> pb.ServiceStandard:
        resource_id(request.name, "standards")
        for standard in BOOK.all():
            if standard.name == request.name:
                return _to_proto(standard)
        raise NotFound(request.name)

    def GetServicePerformance(
        self, request: pb.GetServicePerformanceRequest, context: grpc.ServicerContext
    ) -> pb.ServicePerformance:
        start, end = from_timestamp(request.start_time, "start_time"), from_timestamp(request.end_time, "end_time")
        with self._rpc.reading() as uow:
            rows, states = performance(uow, start, end), orders_by_state(uow, start, end)
        names = ("commodity", "category", "severity", "urgency", "clock", "kept", "broken", "running")
        found = [pb.ServicePerformance.Row(**{name: getattr(row, name) for name in names}) for row in rows]
        return pb.ServicePerformance(rows=found, orders_by_state=states)


def _to_proto(standard: Standard) -> pb.ServiceStandard:
    limits = [
        pb.ServiceStandard.Limit(
            category=rule.when.category,
            severity=rule.when.severity,
            urgency=rule.when.urgency,
            area=rule.when.area,
            segment=rule.when.segment,
            clock=clock,
            seconds=round(limit.amount.total_seconds()),
            measure=limit.measure,
            hours=limit.hours,
            pausable=limit.pausable,
        )
        for rule in standard.rules
        for clock, limit in rule.limits.items()
    ]
    return pb.ServiceStandard(
        name=standard.name,
        commodity=standard.commodity,
        effective_from=standard.effective_from.isoformat(),
        limits=limits,
    )
