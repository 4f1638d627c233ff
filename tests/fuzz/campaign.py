"""A campaign: so many inputs, spread over everything that takes any."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from zlib import crc32

from google.protobuf.message import Message
from hypothesis.strategies import SearchStrategy

from servicekit.deadletters import list_dead_letters
from servicekit.eventlog import Record
from tests.fuzz.calls import Method, methods
from tests.fuzz.drawing import draw_each
from tests.fuzz.messages import Messages
from tests.fuzz.records import Source, sources
from tests.fuzz.tally import Tally
from tests.fuzz.wire import wired
from tests.fuzz.world import World, memory_mb

_MANY = 1_000_000
_RECORDS_SHARE = 0.2
_LEARNED = 100
_A_WHILE = timedelta(days=2)


class Campaign:
    """Inputs to one world; the same seed draws the same choices."""

    def __init__(self, world: World, start: int, tally: Tally) -> None:
        self.tally = tally
        self._world, self._seed = world, start
        self._messages = Messages(world.known)
        self._seen: dict[str, int] = defaultdict(int)
        self._rpcs: dict[str, list[Method]] = defaultdict(list)
        for service in world.services.values():
            for method in methods(service):
                self._rpcs[method.name].append(method)
        self._sources = sources(world, self._messages)
        for method in (each for rpc in self._rpcs.values() for each in rpc if each.descriptor.name.startswith("List")):
            self._learn(method.call(b"")[2])

    @property
    def names(self) -> list[str]:
        """All that takes input."""
        return [*self._rpcs, *(source.name for source in self._sources)]

    def run(self, inputs: int, only: str = "") -> None:
        """One round over everything; faults are in the tally."""
        rpcs = {name: each for name, each in self._rpcs.items() if only in name}
        found = [source for source in self._sources if only in source.name]
        of_rpcs = int(inputs * (1 - _RECORDS_SHARE)) if found and rpcs else inputs
        for source in found:
            self._deliver(source, max(1, (inputs - of_rpcs) // len(found)))
        # Now there are dead letters to be replayed and dropped.
        for name, each in rpcs.items():
            self._call(name, each, max(1, of_rpcs // len(rpcs)))
        self._world.start.clock.advance(_A_WHILE)
        self._settle("what was due after it")
        self.tally.memory["now"] = memory_mb()
        self.tally.faults += self._world.failures()

    def _call(self, name: str, each: list[Method], count: int) -> None:
        kind, resource = each[0].descriptor.input_type, each[0].descriptor.output_type.full_name

        replies: deque[Message] = deque(maxlen=_LEARNED)

        def call(body: bytes) -> None:
            method = each[self.tally.counts[name].inputs % len(each)]
            outcome, faults, reply = method.call(body)
            self.tally.counts[name].add(outcome)
            self.tally.faults += faults
            replies.extend(reply)

        self._draw(name, wired(self._messages.of(kind, resource)), count, call)
        # Only now: what Hypothesis draws from must not change while it draws.
        self._learn(replies)
        self._settle(name)
        # What we say ourselves, of whatever we were told, our own consumers can take.
        self.tally.faults += [f"{name} made a dead letter: {reason}" for reason in self._new_letters()]

    def _deliver(self, source: Source, count: int) -> None:
        records: list[Record] = []
        self._draw(source.name, source.records, count, records.append)
        producer = self._world.start.eventlog.producer()
        refused = [error for error in producer.publish(records) if error]
        producer.close()
        self._settle(source.name)
        reasons = self._new_letters()
        outcomes = [*(type(error).__name__ for error in refused), *(reason.partition(":")[0] for reason in reasons)]
        # A consumer of a type may be one of several, each with its own dead letter for one record.
        outcomes = [] if source.topic.endswith(".dlq") else outcomes[:count]
        outcomes += ["OK"] * (len(records) - len(outcomes))
        for outcome in outcomes:
            self.tally.counts[source.name].add(outcome)
        if source.topic.startswith("hearthline.bank."):
            self.tally.faults += [f"{source.name} has no verdict: {reason}" for reason in reasons]

    def _learn(self, replies: Iterable[Message]) -> None:
        for reply in replies:
            self._world.known.learn(reply)

    def _settle(self, name: str) -> None:
        try:
            self._world.settle()
        except AssertionError as error:
            self.tally.faults.append(f"{name} left a loop at work: {error}")

    def _new_letters(self) -> list[str]:
        """Reasons of the dead letters that came since the last look."""
        found = []
        for topic in {source.topic for source in self._sources if not source.topic.endswith(".dlq")}:
            letters = list(list_dead_letters(self._world.start.eventlog, topic, _MANY))
            found += [f"{letter.reason} ({letter.consumer})" for letter in letters[self._seen[topic] :]]
            self._seen[topic] = len(letters)
        return found

    def _draw(self, name: str, strategy: SearchStrategy[Any], count: int, take: Callable[[Any], object]) -> None:
        draw_each(strategy, count, crc32(f"{self._seed}/{name}".encode()), take)
