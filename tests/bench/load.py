"""The load generator: callers that each call one after the other, on a connection of their own as clients have.

They take turns in one thread: threads would fight over the interpreter's lock, and that fight would be measured.

`python -m tests.bench.load TARGET PATH KIND CALLERS SECONDS RATE` is its process; PATH is a module here that has
`METHOD` and `requests`, which gives a caller its requests, one after the other. RATE 0 is as fast as they can.
"""

import asyncio
import json
import random
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Protocol, cast

from google.protobuf.message import Message

from tests.bench.wire import Wire, connect

_WARM_UP_S = 1.0
_IDENTITY = (("x-hearthline-actor", "staff/1007"),)

Requests = Generator[Message, bytes, None]
"""Gives a request and is sent its reply; never ends."""


class Path(Protocol):
    """What a module says of its calls."""

    METHOD: str

    def requests(self, kind: str, caller: int, callers: int) -> Requests:
        """What one caller of so many asks for; `kind` is one of the module's kinds of call."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the callers saw."""

    calls_per_s: float
    p50_ms: float
    p99_ms: float


def load(target: str, path: str, kind: str, callers: int, seconds: float, rate: float = 0.0) -> Load:
    """Runs callers against a server; RuntimeError when a call fails."""
    command = [sys.executable, "-m", "tests.bench.load", target, path, kind, *map(str, (callers, seconds, rate))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the callers failed on {path} {kind}")
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


async def main(target: str, module: str, kind: str, callers: int, seconds: float, rate: float) -> None:
    """Calls, and prints how many seconds each call took after the warm-up, as JSON."""
    path = cast(Path, import_module(module))
    took: list[float] = []
    wires = [await connect(target, path.METHOD, _IDENTITY) for _ in range(callers)]
    warm_up = min(_WARM_UP_S, seconds)
    begin = time.perf_counter() + warm_up
    interval = callers / rate if rate else 0.0
    # Callers of a rate do not begin all at once.
    starts = [begin - warm_up + random.random() * interval for _ in wires]
    turns = (
        _take_turns(wire, path.requests(kind, n, callers), due, interval, (begin, begin + seconds), took)
        for n, (wire, due) in enumerate(zip(wires, starts, strict=True))
    )
    await asyncio.gather(*turns)
    json.dump(took, sys.stdout)


async def _take_turns(
    wire: Wire, requests: Requests, due: float, interval: float, measured: tuple[float, float], took: list[float]
) -> None:
    begin, end = measured
    request = next(requests)
    while due < end:
        await asyncio.sleep(max(due - time.perf_counter(), 0))
        started = time.perf_counter()
        reply = await wire.call(request.SerializeToString())
        finished = time.perf_counter()
        request = requests.send(reply)
        if begin <= started and finished <= end:
            took.append(finished - started)
        # As calls come that know nothing of each other: the same rhythm all along would measure one pattern of many.
        due = due + random.expovariate(1 / interval) if interval else finished


if __name__ == "__main__":
    _target, _path, _kind, _callers, _seconds, _rate = sys.argv[1:]
    asyncio.run(main(_target, _path, _kind, int(_callers), float(_seconds), float(_rate)))
