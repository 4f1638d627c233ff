"""Stretches of time, and the pauses taken out of them (W5)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

Span = tuple[datetime, datetime]
"""Half-open [start, end), aware UTC, never empty."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which a clock stood still; aware instants, start included, end not.

    ValueError when it ends before it starts or is naive.
    """

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.end.tzinfo is None:
            raise ValueError("a pause needs aware datetimes")
        if self.end < self.start:
            raise ValueError("a pause ends before it starts")


def pauses_from(history: Iterable[tuple[datetime, bool]], until: datetime) -> tuple[Pause, ...]:
    """The pauses that a history of (instant, stopped?) tells, in any order; one still open ends at `until` (W5).

    Rebuilding from history keeps the start of a clock where it was: a second stop while stopped, or a second
    start while running, changes nothing. Nothing after `until` counts.
    """
    pauses: list[Pause] = []
    since: datetime | None = None
    for at, stopped in sorted(history):
        if at >= until:
            break
        if stopped and since is None:
            since = at
        elif not stopped and since is not None:
            pauses.append(Pause(since, at))
            since = None
    if since is not None:
        pauses.append(Pause(since, until))
    return tuple(pauses)


def merged(pauses: Iterable[Pause]) -> tuple[Span, ...]:
    """The pauses in order, overlapping ones joined and empty ones gone, so that nothing is taken off twice."""
    spans: list[Span] = []
    for start, end in sorted((p.start.astimezone(UTC), p.end.astimezone(UTC)) for p in pauses if p.start < p.end):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


def without(span: Span, pauses: tuple[Span, ...]) -> Iterator[Span]:
    """What is left of `span` when the merged pauses are taken out of it."""
    start, end = span
    for pause_start, pause_end in pauses:
        if pause_end <= start:
            continue
        if pause_start >= end:
            break
        if pause_start > start:
            yield start, pause_start
        start = pause_end
    if start < end:
        yield start, end
