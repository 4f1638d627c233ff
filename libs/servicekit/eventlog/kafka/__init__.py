"""The event log on Kafka 4, for a cluster (P2, P6)."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from servicekit.eventlog import Consumer, Producer, Record, Topic, UnknownTopic
from servicekit.eventlog.access import Access
from servicekit.eventlog.kafka.admin import KafkaAdmin
from servicekit.eventlog.kafka.clients import EVERYTHING, options_of
from servicekit.eventlog.kafka.consumer import KafkaConsumer, read_all
from servicekit.eventlog.kafka.network import SharedNetwork
from servicekit.eventlog.kafka.producer import KafkaProducer


class KafkaEventLog:
    """See the port; `url` is kafka://host:port,host:port, and how to authenticate (`options_of`)."""

    system = "kafka"

    def __init__(self, url: str) -> None:
        self._options = options_of(url)
        self._admin = KafkaAdmin(self._options)
        self._network = SharedNetwork()

    def producer(self) -> Producer:
        return KafkaProducer(self._options, self._admin)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        return KafkaConsumer(self._options, group, topics, self._network)

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        self._admin.create(topics)

    def allow(self, access: Access) -> None:
        self._admin.allow(access)

    def rewind(self, group: str, topics: Sequence[str], to: datetime) -> int:
        partitions = [partition for found in self._admin.partitions(topics).values() for partition in found]
        return self._admin.rewind(group, partitions, to)

    def lag(self, readers: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        partitions = self._admin.partitions({topic for topics in readers.values() for topic in topics})
        wanted = {r: [p for topic in topics for p in partitions.get(topic, ())] for r, topics in readers.items()}
        # Where the groups are is asked before the ends, so that nothing that came meanwhile looks as if it were taken.
        begun = {reader: self._admin.committed(reader, found) for reader, found in wanted.items()}
        fresh = {p for reader, found in wanted.items() for p in found if p not in begun[reader]}
        firsts = self._admin.ends(list(fresh), earliest=True)
        ends = self._admin.ends([p for found in partitions.values() for p in found])

        def behind(reader: str, topic: str) -> int:
            at = {**firsts, **begun[reader]}
            return sum(max(ends[p] - at[p], 0) for p in partitions.get(topic, ()))

        return {reader: {topic: behind(reader, topic) for topic in topics} for reader, topics in readers.items()}

    def read(self, topic: str, limit: int) -> Iterator[Record]:
        found = self._admin.partitions([topic])
        if topic not in found:
            raise UnknownTopic(topic)
        firsts, ends = self._admin.ends(found[topic], earliest=True), self._admin.ends(found[topic])
        return read_all(self._options, firsts, ends, limit)

    def trim(self, now: datetime) -> int:
        # The brokers do.
        return 0

    def take_over(self, group: str, before: str, topics: Sequence[str]) -> None:
        self._admin.take_over(group, before, [p for found in self._admin.partitions(topics).values() for p in found])

    def held_back(self, topics: Collection[str]) -> dict[tuple[str, int], int]:
        found = [partition for each in self._admin.partitions(topics).values() for partition in each]
        # Where reading ends is asked first, so that nothing that came meanwhile looks as if it were held back for long.
        ends, written = self._admin.ends(found), self._admin.ends(found, isolation=EVERYTHING)
        return {(p.topic, p.partition): ends[p] for p in found if written[p] > ends[p]}

    def close(self) -> None:
        self._admin.close()
        self._network.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
