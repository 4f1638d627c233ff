"""Which channels may be sent on now, as their circuit breakers say (N4)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from notifications.domain.breaker import Breaker, BreakerPolicy
from notifications.handlers.delivery import Answers
from notifications.store.breakers import take_probe
from servicekit.kit import Kit


@dataclass(frozen=True, slots=True)
class Gates:
    """Read before a batch is claimed."""

    breakers: Mapping[str, Breaker]
    now: datetime
    policy: BreakerPolicy

    def shut(self) -> Collection[str]:
        """Channels that nothing goes out on."""
        return {channel for channel, breaker in self.breakers.items() if breaker.is_shut(self.now)}

    def to_try(self) -> Collection[str]:
        """Open ones whose pause is over: one message may try each."""
        return [c for c, breaker in self.breakers.items() if breaker.is_open and not breaker.is_shut(self.now)]

    def open_for(self, kit: Kit, channel: str) -> int | None:
        """How many messages may go now; None for all. Of several workers one tries an open channel."""
        breaker = self.breakers.get(channel)
        if breaker is None:
            return None
        if not breaker.is_open:
            return breaker.may_take()
        until = self.now + self.policy.pauses.longest
        with kit.unit() as uow:
            return 1 if take_probe(uow, breaker, until) else 0

    def news(self, answers: Answers) -> Sequence[Answers]:
        """What is to be stored of them: mostly nothing, for a channel that always answered goes on to."""
        is_known = self.breakers.get(answers.channel, Breaker(answers.channel)) != Breaker(answers.channel)
        return [answers] if is_known or answers.are_all_failures else []
