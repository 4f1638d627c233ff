"""How a crew does a job: step by step, as on the road."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import grpc

from hearthline.workorders.v1 import work_orders_pb2 as pb
from hearthline_cli.season.platform import Platform, trace_metadata
from hearthline_cli.season.timeline import Timeline, Wait

_HOURS = {"minor": 0.7, "medium": 1.8, "major": 6.0}


class CrewScript:
    """One crew's way through one job; every step sets the next."""

    def __init__(
        self, platform: Platform, timeline: Timeline, order: pb.WorkOrder, rng: random.Random, traceparent: str
    ) -> None:
        self._stub = platform.work_orders
        self._timeline = timeline
        self._order = order
        self._rng = rng
        self._metadata = trace_metadata(traceparent)

    def begin(self) -> None:
        """Sets the first step."""
        self._after(self._rng.uniform(0.5, 3), self._acknowledge)

    def _acknowledge(self) -> None:
        try:
            request = pb.AcknowledgeWorkOrderRequest(name=self._order.name)
            self._stub.AcknowledgeWorkOrder(request, metadata=self._metadata)
        except grpc.RpcError as error:
            # Withdrawn, or somebody else was faster.
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
                raise
            return
        # Where it was given to another crew meanwhile, it is that crew which heard and goes, at once.
        self._stub.StartWorkOrderTravel(pb.StartWorkOrderTravelRequest(name=self._order.name), metadata=self._metadata)
        self._after(self._rng.lognormvariate(2.0, 0.4), self._arrive)

    def _arrive(self) -> None:
        request = pb.ArriveWorkOrderRequest(name=self._order.name, note="到场 / on site")
        self._stub.ArriveWorkOrder(request, metadata=self._metadata)
        self._after(self._rng.uniform(1, 5), self._start)

    def _start(self) -> None:
        self._stub.StartWorkOrder(pb.StartWorkOrderRequest(name=self._order.name), metadata=self._metadata)
        minutes = 60 * _HOURS[self._order.severity] * self._rng.lognormvariate(0, 0.4)
        if self._rng.random() < 0.06:
            self._after(minutes / 2, self._suspend)
        else:
            self._after(minutes, self._complete)

    def _suspend(self) -> None:
        request = pb.SuspendWorkOrderRequest(name=self._order.name, reason="parts", note="等配件 / waiting for parts")
        self._stub.SuspendWorkOrder(request, metadata=self._metadata)
        self._after(self._rng.uniform(60, 600), self._resume)

    def _resume(self) -> None:
        self._stub.ResumeWorkOrder(pb.ResumeWorkOrderRequest(name=self._order.name), metadata=self._metadata)
        self._after(self._rng.uniform(20, 90), self._complete)

    def _complete(self) -> None:
        request = pb.CompleteWorkOrderRequest(
            name=self._order.name,
            cause="阀门 / valve",
            resolution="已更换 / replaced",
            parts=["DN20"],
            photos=["photos/before", "photos/after"],
            reading="21.5" if self._order.category in ("meter", "low_temperature") else "",
            instrument="JL-2025-0417" if self._order.category == "low_temperature" else "",
            signature="signatures/customer",
        )
        self._stub.CompleteWorkOrder(request, metadata=self._metadata)
        self._after(self._rng.uniform(10, 240), self._confirm)

    def _confirm(self) -> None:
        request = pb.ConfirmWorkOrderRequest(name=self._order.name, note="客户确认 / customer agreed")
        with _unless_reopened():
            self._stub.ConfirmWorkOrder(request, metadata=self._metadata)
            self._stub.CloseWorkOrder(pb.CloseWorkOrderRequest(name=self._order.name), metadata=self._metadata)

    def _after(self, minutes: float, step: Callable[[], None]) -> None:
        until_there = step in (self._acknowledge, self._arrive)
        when = self._timeline.clock.now() + timedelta(minutes=minutes)
        # Once the fault is mended no clock runs any more.
        wait = Wait.NOTHING if step == self._confirm else Wait.ACTION
        self._timeline.at(when, step, wait, urgent=self._order.urgency == "emergency" and until_there)


@contextmanager
def _unless_reopened() -> Iterator[None]:
    """Passes over a step that came too late: another call about the fault reopened the job meanwhile."""
    try:
        yield
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.FAILED_PRECONDITION:
            raise
