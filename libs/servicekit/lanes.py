"""Consumers that share threads: each has a group, a pace and failures of its own, and there may be many of them."""

import threading
import time
from collections.abc import Iterable, Mapping, Sequence

from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.loops import Attempts

_ROUND_S = 0.4
"""For so long a round waits when nobody had anything; then the next one begins."""


class Lane:
    """A loop that takes turns with some consumers: none waits for another that fails, or has nothing."""

    poll_s = 0.0

    def __init__(self, name: str, members: Sequence[ConsumerLoop]) -> None:
        self.name = name
        self.members = members
        self._attempts: dict[str, Attempts] = {}
        self._not_before: dict[str, float] = {}
        self._was_busy = False
        self._woken = threading.Event()

    def run_once(self, kit: Kit) -> bool:
        """One turn for each; True when one of them had something."""
        now = time.monotonic()
        due = [member for member in self.members if self._not_before.get(member.name, 0.0) <= now]
        if not due:
            self._woken.wait(min(self._not_before.values()) - now)
            self._woken.clear()
            return True
        patience_s = 0.0 if self._was_busy else _ROUND_S / len(due)
        # Everybody has a turn, whoever had something before.
        turns = [self._turn(kit, member, patience_s) for member in due]
        self._was_busy = any(turns)
        return self._was_busy

    def _turn(self, kit: Kit, member: ConsumerLoop, patience_s: float) -> bool:
        attempts = self._attempts.get(member.name) or self._attempts.setdefault(member.name, Attempts(member.name, kit))
        busy = attempts.make(lambda: member.run_once(kit, patience_s))
        self._not_before[member.name] = time.monotonic() + attempts.pause
        return bool(busy)

    def wake(self) -> None:
        """Ends a waiting poll."""
        self._woken.set()
        for member in self.members:
            member.wake()

    def close(self) -> None:
        """Leaves all groups."""
        for member in self.members:
            member.close()


def in_lanes(consumers: Sequence[ConsumerLoop], threads: Mapping[str, int]) -> list[ConsumerLoop | Lane]:
    """The loops to run: consumers of a lane on at most as many threads as it has, each of the others on its own."""
    loops: list[ConsumerLoop | Lane] = [consumer for consumer in consumers if consumer.lane not in threads]
    for lane, most in threads.items():
        members = [consumer for consumer in consumers if consumer.lane == lane]
        shares = [members[n::most] for n in range(min(most, len(members)))]
        loops += [
            share[0] if len(share) == 1 else Lane(f"{lane}/{number}", share) for number, share in enumerate(shares)
        ]
    return loops


def consumers_of(loop: object) -> Sequence[ConsumerLoop]:
    """The consumers that a loop runs."""
    if isinstance(loop, Lane):
        return loop.members
    return [loop] if isinstance(loop, ConsumerLoop) else []


def consumer_of(loops: Iterable[ConsumerLoop], name: str, topic: str) -> ConsumerLoop:
    """The consumer that deals with a dead letter now: it reads the topic, and has the name or took over from it.

    StopIteration when there is none.
    """
    return next(each for each in loops if name in (each.name, each.known_as) and topic in each.topics)
