"""One service as a process of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc.error_details_pb2 import RetryInfo
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_status import rpc_status

from hearthline.workorders.v1 import tickets_pb2 as pb
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub

PATIENCE_S = 40.0
NOWHERE = "postgresql://nobody@127.0.0.1:9/none"


def environment(database: str, eventlog: str) -> dict[str, str]:
    """What a workorders process is told."""
    return {
        **os.environ,
        "HEARTHLINE_DATABASE_URL": database,
        "HEARTHLINE_EVENTLOG_URL": eventlog,
        "HEARTHLINE_LISTEN": "127.0.0.1:0",
        "HEARTHLINE_LOG_LEVEL": "error",
        "HEARTHLINE_TRUST_CALLERS": "true",
    }


class WorkOrders:
    """`python -m workorders COMMAND`; a context manager that kills what did not end by itself."""

    def __init__(self, command: str, database: str, eventlog: str, **settings: str) -> None:
        arguments = [sys.executable, "-m", "workorders", command]
        told = {**environment(database, eventlog), **settings}
        self.process = subprocess.Popen(arguments, env=told, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> "WorkOrders":
        assert self.process.stdout is not None
        line = next((line for line in self.process.stdout if "listens on port" in line), "")
        assert line, f"it ended with {self.process.wait()}"
        # No retries: the tests want to see each answer.
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{line.split()[-1]}",
            [("grpc.enable_retries", 0), ("grpc.max_reconnect_backoff_ms", 200)],
        )
        self.tickets = TicketServiceStub(self.channel)
        return self

    def __exit__(self, *_: object) -> None:
        self.channel.close()
        with suppress(ProcessLookupError):
            self.process.kill()
        self.process.wait()

    def take(self, identifier: str = "") -> str:
        """Takes in a ticket of an older system, which needs no place and no crew, by its own request id; its name."""
        identifier = identifier or str(uuid4())
        ticket = pb.ImportedTicket(
            ticket_id=identifier, commodity="heat", category="meter", severity="minor", urgency="routine",
            channel="hotline", summary="the meter stands still", report_time=Timestamp(seconds=1_700_000_000),
        )  # fmt: skip
        request = pb.BatchImportTicketsRequest(tickets=[ticket], request_id=identifier)
        (outcome,) = self.tickets.BatchImportTickets(request, timeout=20).outcomes
        assert outcome.result == pb.BatchImportTicketsResponse.Outcome.RESULT_CREATED
        return str(outcome.name)

    def is_ready(self) -> bool:
        stub: Any = HealthStub(self.channel)  # type: ignore[no-untyped-call]
        answer = stub.Check(HealthCheckRequest(service="readiness"), timeout=5)
        return bool(answer.status == HealthCheckResponse.SERVING)


def wait_until(holds: Callable[[], bool]) -> None:
    """Fails when it does not come about."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.05)


def retry_delay_s(error: Any) -> float:
    """When the refusal says that the call may be repeated."""
    status = rpc_status.from_call(error)
    assert status is not None
    for detail in status.details:
        info = RetryInfo()
        if detail.Unpack(info):
            return float(info.retry_delay.ToTimedelta().total_seconds())
    raise AssertionError("no RetryInfo")
