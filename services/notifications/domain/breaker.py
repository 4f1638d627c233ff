"""The circuit breaker of a channel's provider: while it is away one knocks, and when it is back all come (N4).

Closed, messages go through. After some failures in a row, of different messages, it opens: they are held, not tried.
From time to time one message, the most urgent, is tried. When it is answered, by yes or no, the breaker closes, and as
many as were answered go through at once, then twice as many, and so on: a provider that just came back is not run over.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zlib import crc32

from notifications.domain.backoff import RetryPolicy


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When it opens, and how long it stays so."""

    threshold: int
    """Failures in a row, each of another message than the one before."""
    pauses: RetryPolicy
    full: int
    """So many at once are as many as ever go."""

    def pause(self, away: timedelta, breaker: "Breaker") -> timedelta:
        """As long as it has been away by now, so that pauses double; spread, for channels that fail together."""
        plain = max(self.pauses.first, min(away, self.pauses.longest))
        share = crc32(f"{breaker.channel}/{breaker.last_failed}/{away}".encode()) / 2**32
        return plain + plain * self.pauses.spread * share


@dataclass(frozen=True, slots=True)
class Breaker:
    """What is known of one channel's provider; a row, so that all workers know it and it outlasts them."""

    channel: str
    failures: int = 0
    last_failed: str = ""
    """The notification that failed last: one bad address alone opens nothing."""
    open_time: datetime | None = None
    retry_time: datetime | None = None
    """When the next message may try an open one."""
    allowance: int | None = None
    """How many may go at once while it comes back; None for all."""

    @property
    def is_open(self) -> bool:
        return self.open_time is not None

    def is_shut(self, now: datetime) -> bool:
        """True while nothing may go."""
        return self.retry_time is not None and now < self.retry_time

    def may_take(self) -> int | None:
        """How many messages may go now; None for all that there are."""
        return 1 if self.is_open else self.allowance

    def failed(self, notifications: Collection[str], now: datetime, policy: BreakerPolicy) -> "Breaker":
        """After messages of which each failed for the time being."""
        failures = self.failures + len(set(notifications) - {self.last_failed})
        seen = replace(self, failures=failures, last_failed=max(notifications))
        if self.is_open or failures >= policy.threshold or self.allowance is not None:
            since = self.open_time or now
            return replace(seen, open_time=since, retry_time=now + policy.pause(now - since, seen), allowance=None)
        return seen

    def answered(self, policy: BreakerPolicy) -> "Breaker":
        """After messages of which at least one was taken or refused for good: somebody is there."""
        allowance = self.may_take()
        more = None if allowance is None or allowance * 2 >= policy.full else allowance * 2
        return Breaker(self.channel, allowance=more)
