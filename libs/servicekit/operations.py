"""The progress of a service's background work, for operators and for simulations that move the clock."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

import grpc
from sqlalchemy import func, select

from hearthline.operations.v1.operations_pb2 import (
    GetProgressRequest,
    Progress,
    WaitUntilIdleRequest,
    WaitUntilIdleResponse,
)
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceServicer
from servicekit.errors import FailedPrecondition, Unavailable
from servicekit.eventlog import EventLogUnavailable
from servicekit.idleness import Idleness
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.loops import Loop
from servicekit.tables import outbox, timers
from servicekit.times import to_timestamp

_PATIENCE_S = 10.0


class OperationsApi(OperationsServiceServicer):
    """Progress is told from the database and the event log, so any process of the service may be asked for it."""

    def __init__(
        self, kit: Kit, consumers: Sequence[ConsumerLoop], loops: Sequence[Loop], idleness: Idleness | None
    ) -> None:
        self._kit = kit
        self._idleness = idleness
        self._consumers = consumers
        self._loops = loops

    def GetProgress(self, request: GetProgressRequest, context: grpc.ServicerContext) -> Progress:
        # In the order of the flow, so that what moves on meanwhile is still seen further down.
        with self._kit.unit() as uow:
            ((pending, due, later),) = uow.rows(
                select(
                    select(func.count()).select_from(outbox).where(outbox.c.published_at.is_(None)).scalar_subquery(),
                    select(func.count()).select_from(timers).where(timers.c.due <= uow.now).scalar_subquery(),
                    select(func.min(timers.c.due)).where(timers.c.due > uow.now).scalar_subquery(),
                )
            )
        jobs, next_job = self._jobs()
        return Progress(
            outbox_pending=pending,
            timers_due=due,
            next_timer_time=to_timestamp(later),
            consumer_lag=self._lag(),
            jobs_pending=jobs,
            next_job_time=to_timestamp(next_job),
            commits=self._kit.commits,
        )

    def WaitUntilIdle(self, request: WaitUntilIdleRequest, context: grpc.ServicerContext) -> WaitUntilIdleResponse:
        if self._idleness is None:
            raise FailedPrecondition("NO_LOOPS", self._kit.name, "this process only serves; ask one that works")
        timeout = request.timeout.ToTimedelta().total_seconds() if request.HasField("timeout") else _PATIENCE_S
        with _log_may_be_away():
            idle = self._idleness.wait(timeout)
        due = to_timestamp(self._idleness.next_due())
        return WaitUntilIdleResponse(idle=idle, commits=self._kit.commits, next_due_time=due)

    def _lag(self) -> dict[str, int]:
        with _log_may_be_away():
            lag = self._kit.eventlog.lag({consumer.name: consumer.topics for consumer in self._consumers})
        return {name: sum(topics.values()) for name, topics in lag.items()}

    def _jobs(self) -> tuple[int, datetime | None]:
        """Jobs that are due now, and the earliest later one, of the loops that keep jobs of their own."""
        pending = [loop.pending(self._kit) for loop in self._loops if hasattr(loop, "pending")]
        later = [at for _, at in pending if at is not None]
        return sum(count for count, _ in pending), min(later, default=None)


@contextmanager
def _log_may_be_away() -> Iterator[None]:
    """Tells an event log that is away as what may be asked again."""
    try:
        yield
    except EventLogUnavailable as error:
        raise Unavailable(str(error), reason="EVENT_LOG_UNAVAILABLE") from error
