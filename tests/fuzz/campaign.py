"""A campaign: so many inputs, spread over everything that takes any."""

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from zlib import crc32

from google.protobuf.message import Message
from hypothesis.strategies import SearchStrategy

from servicekit.eventlog import Record
from tests.fuzz import scenes
from tests.fuzz.calls import Method, methods
from tests.fuzz.drawing import draw_each
from tests.fuzz.memory import Memory
from tests.fuzz.messages import Messages
from tests.fuzz.records import Source, sources
from tests.fuzz.stage import Stage
from tests.fuzz.tally import Tally
from tests.fuzz.wire import wired
from tests.fuzz.world import SOURCE, World

_RECORDS_SHARE = 0.2
_LEARNED = 100
_A_WHILE = timedelta(days=2)
_SCENES = 8
"""Requests that a scene is asked for before an RPC is attacked,"""
_WORTH_A_SCENE = 20
"""where there are at least so many inputs."""
_AT_ONCE = 25
"""Inputs after which all that followed from them has to come to its end."""
_READS = ("Get", "List", "Search", "Find", "Preview")


class Campaign:
    """Inputs to one world; the same seed draws the same choices."""

    def __init__(self, world: World, start: int, tally: Tally) -> None:
        self.tally = tally
        self._world, self._seed = world, start
        self._stage = Stage(world, f"scene{start}")
        self._messages = Messages(world.known)
        self._rpcs: dict[str, list[Method]] = defaultdict(list)
        for name, service in world.services.items():
            for method in methods(service, world.channels[name]):
                self._rpcs[method.name].append(method)
        self._sources = sources(world, self._messages)
        self._unsettled: Counter[str] = Counter()

    @property
    def names(self) -> list[str]:
        """All that takes input."""
        return [*self._rpcs, *(source.name for source in self._sources)]

    def run(self, inputs: int, only: str = "") -> None:
        """One round over everything; faults are in the tally."""
        rpcs = {name: each for name, each in self._rpcs.items() if only in name}
        found = [source for source in self._sources if only in source.name]
        of_rpcs = int(inputs * (1 - _RECORDS_SHARE)) if found and rpcs else inputs
        records: list[Record] = []
        for source in found:
            records += self._drawn(source, max(1, (inputs - of_rpcs) // len(found)))
            if len(records) >= _AT_ONCE or source is found[-1]:
                self._deliver(records)
                records = []
        # Now there are dead letters to be replayed and dropped.
        self._learn_lists()
        for name, each in rpcs.items():
            self._call(name, each, max(1, of_rpcs // len(rpcs)))
        self._look()
        self._world.start.clock.advance(_A_WHILE)
        self._settle("what was due after it")
        self.tally.memory.append(Memory.now())
        self.tally.faults += self._world.failures()

    def _call(self, name: str, each: list[Method], count: int) -> None:
        kind, resource = each[0].descriptor.input_type, each[0].descriptor.output_type.full_name
        if count >= _WORTH_A_SCENE:
            self._set_scene(name, each[0].descriptor.name)

        told: deque[Message] = deque(maxlen=_LEARNED)

        def call(body: bytes) -> None:
            method = each[self.tally.counts[name].inputs % len(each)]
            outcome, faults, reply = method.call(body)
            self.tally.counts[name].add(outcome)
            self.tally.faults += faults
            told.extend(reply)

        self._draw(name, wired(self._messages.of(kind, resource)), count, call)
        # Only now: what Hypothesis draws from must not change while it draws.
        self._learn(told)
        if not each[0].descriptor.name.startswith(_READS):
            self._unsettled[name] += count
        if self._unsettled.total() >= _AT_ONCE:
            self._look()

    def _set_scene(self, name: str, rpc: str) -> None:
        """What needs to be there for an RPC, and requests that find it."""
        try:
            self._learn(scenes.requests(self._stage, rpc, _SCENES))
        except AssertionError as error:
            self.tally.faults.append(f"{name} has no scene: {error}")
        # Some are set by the dead letters that they need.
        self._world.settle()
        self._world.new_letters()

    def _look(self) -> None:
        """What we said ourselves, of whatever we were told, our own consumers can take."""
        names = ", ".join(self._unsettled) or "nothing"
        self._settle(names)
        self.tally.faults += [f"{names} made a dead letter: {letter.reason}" for letter in self._world.new_letters()]
        self._unsettled.clear()

    def _drawn(self, source: Source, count: int) -> list[Record]:
        """So many records of a source, each with its name."""
        records: list[Record] = []
        self._draw(source.name, source.records, count, records.append)
        return [replace(record, headers={**record.headers, SOURCE: source.name}) for record in records]

    def _deliver(self, records: list[Record]) -> None:
        producer = self._world.start.eventlog.producer()
        refused = [type(error).__name__ if error else "" for error in producer.publish(records)]
        producer.close()
        names = dict.fromkeys(record.headers[SOURCE] for record in records)
        self._settle(", ".join(names))
        # What is put on a topic of dead letters is one already.
        letters = [letter for letter in self._world.new_letters() if not letter.source.endswith(".dlq")]
        # What has no source follows from what was sent: we said it ourselves.
        ours = [letter for letter in letters if not letter.source]
        self.tally.faults += [f"{', '.join(names)} made a dead letter: {letter.reason}" for letter in ours]
        letters = [letter for letter in letters if letter.source]
        outcomes = [(r.headers[SOURCE], why) for r, why in zip(records, refused, strict=True) if why]
        outcomes += [(letter.source, letter.reason.partition(":")[0]) for letter in letters]
        bad = Counter(name for name, _ in outcomes)
        sent = Counter(record.headers[SOURCE] for record in records)
        for name, outcome in [*outcomes, *((name, "OK") for name in (sent - bad).elements())]:
            self.tally.counts[name].add(outcome)
        banks = [letter for letter in letters if letter.source.startswith("hearthline.bank.")]
        self.tally.faults += [f"{letter.source} has no verdict: {letter.reason}" for letter in banks]

    def _learn_lists(self) -> None:
        """What there is now."""
        for rpc in self._rpcs.values():
            if rpc[0].descriptor.name.startswith("List"):
                for method in rpc:
                    self._learn(method.call(b"")[2])

    def _learn(self, messages: Iterable[Message]) -> None:
        for message in messages:
            self._world.known.learn(message)

    def _settle(self, name: str) -> None:
        try:
            self._world.settle()
        except AssertionError as error:
            self.tally.faults.append(f"{name} left a loop at work: {error}")

    def _draw(self, name: str, strategy: SearchStrategy[Any], count: int, take: Callable[[Any], object]) -> None:
        draw_each(strategy, count, crc32(f"{self._seed}/{name}".encode()), take)
