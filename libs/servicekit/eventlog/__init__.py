"""The event log port: Kafka in a cluster, PostgreSQL tables on a laptop; nothing outside knows which (P2, P6)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from servicekit.eventlog.access import Access


class EventLogUnavailable(Exception):
    """The log cannot be reached now; nothing was taken, try again later. The message names the host."""


class Refused(Exception):
    """The log answers and does not take a record: we may not write to its topic, or it is too large. Others go on."""


class UnknownTopic(Refused):
    """A record for a topic that the log does not have; topics are made on purpose (`ensure_topics`)."""

    def __init__(self, topic: str) -> None:
        super().__init__(f"the event log has no topic {topic!r}")


class GroupInUse(Exception):
    """A group that has members cannot be moved; end its processes first."""

    def __init__(self, group: str) -> None:
        super().__init__(f"the group {group} has members: end the processes that read for it first")


@dataclass(frozen=True, slots=True)
class Record:
    """One record, to publish or received; `partition`, `offset` and what follows are the log's to give."""

    topic: str
    key: str
    value: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    partition: int = -1
    offset: int = -1
    timestamp: datetime | None = None
    damage: str = ""
    """Why its bytes cannot be read, in words; then `value` holds the bytes, and key and headers nothing."""
    last_offset: int = -1
    """Of bytes that cannot be read: up to which record they go, as the header of their batch says."""

    @property
    def identity(self) -> str:
        """The same whenever this record is delivered: its place in the log, and a digest of its value.

        The place alone is not enough, for a topic that was lost and made anew counts from 0 again.
        """
        return f"{self.topic}/{self.partition}/{self.offset}/{sha256(self.value).hexdigest()[:16]}"


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be."""

    name: str
    partitions: int
    retention: timedelta
    compacted: bool = False


class Producer(Protocol):
    """Publishes; one for each thread."""

    def publish(self, records: Sequence[Record]) -> list[Exception | None]:
        """Sends records and waits until all are acknowledged or not; the outcomes are in their order.

        None is an acknowledgement; `Refused` is about the record or its topic, EventLogUnavailable about the log.
        What follows one that failed, under the same key, is not sent, and has failed as well.
        """
        ...

    def close(self) -> None:
        """Lets the connection go."""
        ...


class Consumer(Protocol):
    """Receives for one group; one for each thread. Nobody receives what its producer's transaction took back."""

    def poll(self, timeout: float, max_records: int = 500) -> list[Record]:
        """The next records, in the order of each partition; waits at most `timeout` seconds for the first.

        Some seconds longer while it joins its group, for what is left half done is done again.
        Bytes that cannot be read are a record with its `damage`.
        """
        ...

    def commit(self) -> None:
        """Everything polled so far is done with."""
        ...

    def rewind(self) -> None:
        """Back to what was committed last: the next poll brings the rest again."""
        ...

    def wake(self) -> None:
        """From another thread: ends a waiting poll at once."""
        ...

    def close(self) -> None:
        """Leaves the group."""
        ...


class EventLog(Protocol):
    """A log of topics."""

    @property
    def system(self) -> str:
        """What it runs on, as `messaging.system` of traces: kafka, postgresql."""
        ...

    def producer(self) -> Producer:
        """A new producer; it connects when first used."""
        ...

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        """A new member of a group; it starts where the group had committed, or at the beginning."""
        ...

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing; may be repeated."""
        ...

    def allow(self, access: "Access") -> None:
        """Lets our users do what they may, and no more; may be repeated. ValueError where the log knows no users."""
        ...

    def rewind(self, group: str, topics: Sequence[str], to: datetime) -> int:
        """Lets a group take again what came at `to` or later; never forward. How many records that is.

        GroupInUse while somebody reads for the group.
        """
        ...

    def take_over(self, group: str, before: str, topics: Sequence[str]) -> None:
        """Lets a group that has committed nothing in these topics begin where the group `before` had come to."""
        ...

    def held_back(self, topics: Collection[str]) -> Mapping[tuple[str, int], int]:
        """Topics and partitions with an open transaction, and where it begins: nobody reads further until it ends."""
        ...

    def lag(self, readers: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        """Records that groups have not committed yet, for each of a group's topics; all are asked about at once.

        What an open transaction holds back is not counted.
        """
        ...

    def read(self, topic: str, limit: int) -> Iterator[Record]:
        """Records from the beginning of the topic up to its first open transaction, for no group, at most `limit`."""
        ...

    def trim(self, now: datetime) -> int:
        """Deletes what is past its topic's retention, where the log does not do so by itself; how many records."""
        ...

    def close(self) -> None:
        """Lets all connections go."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *error: object) -> None: ...


def connect(url: str) -> EventLog:
    """The log at `kafka://host:port,…` or `postgresql://…`; connects when first used. ValueError for others."""
    scheme = url.partition("://")[0]
    if scheme == "kafka":
        from servicekit.eventlog.kafka import KafkaEventLog

        return KafkaEventLog(url)
    if scheme == "postgresql":
        from servicekit.eventlog.embedded import EmbeddedEventLog

        return EmbeddedEventLog(url)
    # Of the URL no more is told: it may have a password.
    raise ValueError(f"HEARTHLINE_EVENTLOG_URL: {scheme + '://'!r} begins neither with kafka:// nor with postgresql://")
