"""Callers of a peer, over HTTP. A few hundred calls a second are all it answers, so threads are quick enough."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection

from tests.bench.load import Load, summary

_WARM_UP_S = 2.0
_PATIENCE_S = 60


@dataclass(frozen=True, slots=True)
class Target:
    """The request that makes a ticket."""

    address: str
    path: str
    body: bytes
    headers: Mapping[str, str]


def post(target: Target, callers: int, seconds: float) -> Load:
    """What so many callers see, each one call after the other; RuntimeError when a call is refused."""
    begin = time.perf_counter() + min(_WARM_UP_S, seconds)
    with ThreadPoolExecutor(callers) as pool:
        running = [pool.submit(_call, target, begin, begin + seconds) for _ in range(callers)]
        done = [each for caller in running for each in caller.result()]
    return summary([took for _, took in done], max(at for at, _ in done) - begin)


def _call(target: Target, begin: float, end: float) -> list[tuple[float, float]]:
    """When each call that began in this time was answered, and how long that took; one at least."""
    done: list[tuple[float, float]] = []
    # It connects anew where the server ends the connection after a reply.
    connection = HTTPConnection(target.address, timeout=_PATIENCE_S)
    while not done or time.perf_counter() < end:
        started = time.perf_counter()
        connection.request("POST", target.path, target.body, dict(target.headers))
        reply = connection.getresponse()
        said = reply.read()
        if reply.status != 201:
            raise RuntimeError(f"POST {target.path}: {reply.status} {said[:300]!r}")
        if started >= begin:
            finished = time.perf_counter()
            done.append((finished, finished - started))
    connection.close()
    return done
