"""The load generator: callers that each call one after the other, on a connection of their own as clients have.

They take turns in one thread: threads would fight over the interpreter's lock, and that fight would be measured.

`python -m tests.bench.load TARGET METHOD CALLERS SECONDS RATE` is its process; RATE 0 is as fast as they can.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest
from tests.bench.wire import Wire, connect

CREATE = "/hearthline.workorders.v1.TicketService/CreateTicket"
PREMISES = 1000
"""Tickets come from premises/0 to premises/999."""

_WARM_UP_S = 1.0
_IDENTITY = (("x-hearthline-actor", "staff/1007"),)


@dataclass(frozen=True, slots=True)
class Load:
    """What the callers saw."""

    calls_per_s: float
    p50_ms: float
    p99_ms: float


def load(target: str, method: str, callers: int, seconds: float, rate: float = 0.0) -> Load:
    """Runs callers against a server; RuntimeError when a call fails."""
    command = [sys.executable, "-m", "tests.bench.load", target, method, *map(str, (callers, seconds, rate))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the load generator failed on {method}")
    return summary(json.loads(done.stdout), seconds)


def summary(took: Sequence[float], seconds: float) -> Load:
    """Rate and quantiles of durations in seconds."""
    ranked = sorted(took)
    return Load(
        round(len(ranked) / seconds, 1),
        round(1000 * quantile(ranked, 0.5), 2),
        round(1000 * quantile(ranked, 0.99), 2),
    )


def quantile(ranked: Sequence[float], share: float) -> float:
    """The value that `share` of the ranked values do not exceed; 0 of none."""
    return ranked[min(int(len(ranked) * share), len(ranked) - 1)] if ranked else 0.0


async def main(target: str, method: str, callers: int, seconds: float, rate: float) -> None:
    """Calls, and prints how many seconds each call took after the warm-up, as JSON."""
    took: list[float] = []
    wires = [await connect(target, method, _IDENTITY) for _ in range(callers)]
    begin = time.perf_counter() + _WARM_UP_S
    interval = callers / rate if rate else 0.0
    await asyncio.gather(*(_caller(wire, begin, begin + seconds, interval, took) for wire in wires))
    json.dump(took, sys.stdout)


async def _caller(wire: Wire, begin: float, end: float, interval: float, took: list[float]) -> None:
    due = begin - _WARM_UP_S + random.random() * interval
    while due < end:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        started = time.perf_counter()
        await wire.call(_request().SerializeToString())
        finished = time.perf_counter()
        if begin <= started and finished <= end:
            took.append(finished - started)
        due = due + interval if interval else finished


def _request() -> CreateTicketRequest:
    return CreateTicketRequest(
        premises=f"premises/{random.randrange(PREMISES)}",
        commodity="heat",
        category="low_temperature",
        severity="minor",
        urgency="routine",
        channel="hotline",
        summary="Two of three radiators have been cold since the day before yesterday. " * 3,
        request_id=str(uuid4()),
    )


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]), float(sys.argv[5])))
