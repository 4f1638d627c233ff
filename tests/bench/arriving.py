"""Events that partners publish at the same moment, one each: how long until all of them have taken effect."""

import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from servicekit.eventlog import EventLog, Record, Topic
from tests.bench import eventlog
from tests.bench.load import Load, summary
from tests.bench.sizes import Sizes

Make = Callable[[int], Record]
"""The record with a number; none is asked for twice."""


def by_callers(
    log: EventLog, make: Make, take: Callable[[], object], taken: Callable[[], int], sizes: Sizes
) -> dict[str, Any]:
    """For each number of partners rate and quantiles, and the log alone in the same run: polled, and committed.

    `taken` counts what took effect so far; RuntimeError when not all of it did.
    """
    levels: dict[str, Any] = {}
    number, before = 0, taken()
    for callers in sizes.callers:
        begun = number
        ours, number = _measure(log, make, take, number, callers, sizes.seconds)
        while taken() < before + number:
            if not take():
                raise RuntimeError(f"{taken() - before} of {number} events took effect")
        raw = _raw(log, callers, sizes.seconds)
        levels[str(callers)] = {
            "calls_per_s": ours.calls_per_s,
            "p50_ms": ours.p50_ms,
            "p99_ms": ours.p99_ms,
            "bound_per_s": raw.calls_per_s,
            "ratio_to_bound": round(ours.calls_per_s / raw.calls_per_s, 3),
            "events": number - begun,
        }
    return levels


def _raw(log: EventLog, callers: int, seconds: float) -> Load:
    """What the event log alone takes, with nobody who does anything."""
    topic = f"bench.{uuid4().hex[:8]}"
    log.ensure_topics([Topic(topic, 12, timedelta(days=1))])
    consumer = log.consumer(topic, [topic])

    def take() -> Sequence[Record]:
        records = consumer.poll(1.0)
        consumer.commit()
        return records

    taken, _ = _measure(log, lambda n: eventlog.record(topic, n), take, 0, callers, seconds)
    consumer.close()
    return taken


def _measure(
    log: EventLog, make: Make, take: Callable[[], object], number: int, callers: int, seconds: float
) -> tuple[Load, int]:
    """One round after the other; the rate is of events, and of the time until they had their effect alone."""
    producer = log.producer()
    took: list[float] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        refused = [error for error in producer.publish([make(number + n) for n in range(callers)]) if error]
        if refused:
            raise refused[0]
        number += callers
        began = time.perf_counter()
        take()
        took.append(time.perf_counter() - began)
    producer.close()
    per_round = summary(took, sum(took))
    return Load(round(callers * per_round.calls_per_s, 1), per_round.p50_ms, per_round.p99_ms), number
