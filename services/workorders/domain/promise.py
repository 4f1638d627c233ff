"""The promised times of one job: each clock's start, deadline, and what became of it (W4, W6)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from servicekit.calendar import Pause
from workorders.domain.clocks import Clock
from workorders.domain.escalation import Level
from workorders.domain.standards import FrozenStandard


@dataclass(frozen=True, slots=True)
class Promise:
    """One clock of one round; a reopened job begins a new round and keeps the old one's."""

    clock: Clock
    round: int
    start: datetime
    due: datetime
    warn: datetime
    met: datetime | None = None
    warned: bool = False
    breached: bool = False
    raised: int = 0
    """Levels of the ladder that were told of the miss."""

    @property
    def is_running(self) -> bool:
        """Neither met nor given up."""
        return self.met is None

    def is_estimated(self, standard: FrozenStandard) -> bool:
        """Whether it runs through office hours of days whose holidays nobody has published yet (W5)."""
        running = self.is_running and not self.breached
        return running and standard.rests_on_estimate(self.clock, self.start, self.due)

    def next_instant(self, standard: FrozenStandard) -> datetime | None:
        """When something is to be told of it next, as long as it runs."""
        if not self.is_running:
            return None
        if not self.breached:
            return self.due if self.warned else min(self.warn, self.due)
        climb = standard.ladder.climb(self.due)
        return climb[self.raised][1] if self.raised < len(climb) else None


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be told of a promise: `level` None for a warning or the breach itself."""

    promise: Promise
    kind: str
    """"warned", "breached" or "raised"."""
    at: datetime
    level: Level | None = None

    def news(self, standard: FrozenStandard) -> tuple[str, dict[str, Any]]:
        """Kind and values of the fact to publish."""
        clock = self.promise.clock
        if self.kind == "raised":
            return "EscalationRaised", {"clock": clock, "level": self.level, "raise_time": self.at}
        kind = "ServiceStandardWarned" if self.kind == "warned" else "ServiceStandardBreached"
        return kind, {"clock": clock, "due_time": self.promise.due, "standard": standard.name}


def begin(standard: FrozenStandard, clock: Clock, number: int, start: datetime) -> Promise:
    """A clock that starts to run."""
    return Promise(clock, number, start, standard.due(clock, start), standard.warn_at(clock, start))


def paused(promise: Promise, standard: FrozenStandard, pauses: Sequence[Pause]) -> Promise:
    """With its deadline worked out again from all pauses so far; one that was missed stays missed."""
    if not promise.is_running or promise.breached:
        return promise
    due = standard.due(promise.clock, promise.start, pauses)
    return replace(promise, due=due, warn=standard.warn_at(promise.clock, promise.start, pauses))


def checked(
    promises: Iterable[Promise], standard: FrozenStandard, now: datetime, still: frozenset[Clock] = frozenset()
) -> tuple[tuple[Promise, ...], tuple[Told, ...]]:
    """The promises as they stand at `now`, and what is to be told that was not told before: each thing once.

    Clocks in `still` stand still and tell nothing.
    """
    after: list[Promise] = []
    told: list[Told] = []
    for promise in promises:
        if not promise.is_running or promise.clock in still:
            after.append(promise)
            continue
        news = list(_due(promise, standard, now))
        told += news
        after.append(news[-1].promise if news else promise)
    return tuple(after), tuple(told)


def _due(promise: Promise, standard: FrozenStandard, now: datetime) -> Iterator[Told]:
    """What a running promise has to tell by `now`, in the order of its instants."""
    if not promise.warned and not promise.breached and promise.warn <= now < promise.due:
        promise = replace(promise, warned=True)
        yield Told(promise, "warned", promise.warn)
    if not promise.breached and promise.due <= now:
        promise = replace(promise, breached=True, warned=True)
        yield Told(promise, "breached", promise.due)
    while promise.breached and (following := promise.next_instant(standard)) is not None and following <= now:
        level = tuple(Level)[promise.raised]
        promise = replace(promise, raised=promise.raised + 1)
        yield Told(promise, "raised", following, level)
