"""Callers of any method: as tests.bench.load, with the requests of one path.

`python -m tests.bench.calls TARGET PATH KIND CALLERS SECONDS` is its process; PATH is a module here that has `METHOD`
and `requests`, which gives a caller its requests, one after the other.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any, Protocol, cast

from google.protobuf.message import Message

from tests.bench.load import Load, summary
from tests.bench.memory import peak
from tests.bench.serving import Served
from tests.bench.sizes import Sizes
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


def measure(
    served: Served, path: str, kind: str, sizes: Sizes, bound: Callable[[int], float], callers: Sequence[int] = ()
) -> dict[str, Any]:
    """The calls of each number of callers as a ratio to what their bound does a second."""
    levels = {}
    for number in callers or sizes.callers:
        most = bound(number)
        seen = call(served.target, path, kind, number, sizes.seconds)
        ratio = round(seen.calls_per_s / most, 3)
        levels[str(number)] = {**asdict(seen), "bound_per_s": round(most, 1), "ratio_to_bound": ratio}
    return {"by_callers": levels, **peak(served)}


def call(target: str, path: str, kind: str, callers: int, seconds: float) -> Load:
    """Runs callers against a server; RuntimeError when a call fails."""
    command = [sys.executable, "-m", "tests.bench.calls", target, path, kind, *map(str, (callers, seconds))]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"the callers failed on {path} {kind}")
    return summary(json.loads(done.stdout), seconds)


async def main(target: str, module: str, kind: str, callers: int, seconds: float) -> None:
    """Calls, and prints how many seconds each call took after the warm-up, as JSON."""
    path = cast(Path, import_module(module))
    took: list[float] = []
    wires = [await connect(target, path.METHOD, _IDENTITY) for _ in range(callers)]
    begin = time.perf_counter() + min(_WARM_UP_S, seconds)
    turns = (_take_turns(w, path.requests(kind, n, callers), begin, begin + seconds, took) for n, w in enumerate(wires))
    await asyncio.gather(*turns)
    json.dump(took, sys.stdout)


async def _take_turns(wire: Wire, requests: Requests, begin: float, end: float, took: list[float]) -> None:
    request, finished = next(requests), 0.0
    while finished < end:
        started = time.perf_counter()
        reply = await wire.call(request.SerializeToString())
        finished = time.perf_counter()
        request = requests.send(reply)
        if begin <= started and finished <= end:
            took.append(finished - started)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), float(sys.argv[5])))
