"""The two event logs, as the contract suite sees them."""

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import pytest

from servicekit.eventlog import EventLog, Record, Topic, connect

PATIENCE_S = 30.0


class Log:
    """One event log with a topic of four partitions; names are new in each test."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.log: EventLog = connect(url)
        self.name = uuid4().hex[:8]
        self.topic = self.add_topic("events")
        self._closing: list[Callable[[], None]] = [self.log.close]

    def add_topic(self, name: str, partitions: int = 4) -> str:
        full = f"test.{self.name}.{name}"
        self.log.ensure_topics([Topic(full, partitions, timedelta(days=1))])
        return full

    def publish(self, *records: Record) -> None:
        """Publishes, and fails when anything was refused."""
        producer = self.log.producer()
        try:
            assert producer.publish(records) == [None] * len(records)
        finally:
            producer.close()

    def consumer(self, group: str = "readers", topics: list[str] | None = None) -> "Reader":
        reader = Reader(self.log, f"{self.name}.{group}", topics or [self.topic])
        self._closing.append(reader.close)
        return reader

    def close(self) -> None:
        for close in reversed(self._closing):
            close()


class Reader:
    """A consumer that waits for what a test expects."""

    def __init__(self, log: EventLog, group: str, topics: list[str]) -> None:
        self.group = group
        self.consumer = log.consumer(group, topics)
        self._open = True

    def take(self, count: int, patience_s: float = PATIENCE_S) -> list[Record]:
        """At least `count` records, or what came in time."""
        end = time.monotonic() + patience_s
        records: list[Record] = []
        while len(records) < count and time.monotonic() < end:
            records += self.consumer.poll(0.2)
        return records

    def rest(self, quiet_s: float = 1.0) -> list[Record]:
        """Everything until nothing came for a while."""
        records = self.consumer.poll(quiet_s)
        while more := self.consumer.poll(quiet_s):
            records += more
        return records

    def close(self) -> None:
        if self._open:
            self._open = False
            self.consumer.close()


@pytest.fixture(params=["embedded", "kafka"])
def eventlog_url(request: pytest.FixtureRequest) -> str:
    """URL of an event log of each kind."""
    if request.param == "kafka":
        return f"kafka://{request.getfixturevalue('kafka')}"
    url: str = request.getfixturevalue("database")
    return url


@pytest.fixture
def log(eventlog_url: str) -> Iterator[Log]:
    opened = Log(eventlog_url)
    yield opened
    opened.close()
