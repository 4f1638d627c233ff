"""Six services in this process in which one repair was told to its end, and what went through them meanwhile."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest.mock import patch

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from hearthline_cli.laptop import SERVICES
from servicekit import interceptors
from servicekit.eventlog import Record
from servicekit.inbox import consumer_loops
from servicekit.validation import validate
from tests.e2e.story import Story
from tests.fuzz.known import Known
from tests.support.running import RunningService, Starter, settle
from tests.support.scraping import Scrape

_MANY = 100_000


class World:
    """The platform under attack."""

    def __init__(self, start: Starter) -> None:
        self.start = start
        self.known = Known()
        # One try for an event: the pauses between four are the machine's time.
        rest: dict[str, Any] = {"metrics_listen": "127.0.0.1:0", "retry_attempts": 1}
        self.services: dict[str, RunningService] = {
            name: start(import_module(f"{name}.bootstrap").service, **rest) for name in SERVICES
        }
        self.loops = {n: consumer_loops(s.service.subscriptions) for n, s in self.services.items()}
        story = Story({n: s.target for n, s in self.services.items()}, start.eventlog, start.clock)
        with _requests_to(self.known):
            story.tell()
        story.close()
        for record in self.facts():
            self.known.learn(GetMessageClass(kind_of(record.headers["ce_type"])).FromString(record.value))

    def facts(self) -> Iterator[Record]:
        """What the services have published."""
        for service in SERVICES:
            yield from self.start.eventlog.read(f"hearthline.{service}.v1", _MANY)

    def settle(self) -> None:
        """Everything that follows has happened; AssertionError when it does not come to an end."""
        settle(list(self.services.values()))

    def failures(self) -> list[str]:
        """Loops and timers that failed, and loops that ended, a line each."""
        found = []
        for name, service in self.services.items():
            scrape = Scrape.of(service.kit.metrics.port)
            for label in ("loop", "timer"):
                failed = scrape.by("kind" if label == "timer" else label, f"hearthline_{label}_failures_total")
                found += [f"{name}: {label} {each} failed {count:.0f} times" for each, count in failed.items()]
            ended = [thread.name for thread in service.running._threads if not thread.is_alive()]
            found += [f"{name}: loop {loop} has ended" for loop in ended]
        return found


@contextmanager
def _requests_to(known: Known) -> Iterator[None]:
    def learn(request: Message) -> None:
        known.learn(request)
        validate(request)

    with patch.object(interceptors, "validate", learn):
        yield


def kind_of(name: str) -> Descriptor:
    """The descriptor of a message of ours."""
    return descriptor_pool.Default().FindMessageTypeByName(name)


def memory_mb() -> float:
    """What this process holds of the machine's memory."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
