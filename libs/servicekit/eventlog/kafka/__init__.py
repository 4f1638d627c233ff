"""The event log on Kafka 4, for a cluster (P2, P6)."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Self

from servicekit.eventlog import Consumer, Producer, Record, Topic, UnknownTopic
from servicekit.eventlog.access import Access
from servicekit.eventlog.kafka.admin import KafkaAdmin
from servicekit.eventlog.kafka.clients import options_of
from servicekit.eventlog.kafka.consumer import KafkaConsumer, read_all
from servicekit.eventlog.kafka.producer import KafkaProducer


class KafkaEventLog:
    """See the port; `url` is kafka://host:port,host:port, and how to authenticate (`options_of`)."""

    system = "kafka"

    def __init__(self, url: str) -> None:
        self._options = options_of(url)
        self._admin = KafkaAdmin(self._options)

    def producer(self) -> Producer:
        return KafkaProducer(self._options, self._admin)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        return KafkaConsumer(self._options, group, topics)

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        self._admin.create(topics)

    def allow(self, access: Access) -> None:
        self._admin.allow(access)

    def rewind(self, group: str, topics: Sequence[str], to: datetime) -> int:
        partitions = [partition for found in self._admin.partitions(topics).values() for partition in found]
        return self._admin.rewind(group, partitions, to)

    def lag(self, group: str, topics: Sequence[str]) -> dict[str, int]:
        partitions = self._admin.partitions(topics)
        every = [partition for found in partitions.values() for partition in found]
        committed = self._admin.committed(group, every)
        begun = committed | self._admin.ends([p for p in every if p not in committed], earliest=True)
        ends = self._admin.ends(every)
        return {topic: sum(max(ends[p] - begun[p], 0) for p in partitions.get(topic, ())) for topic in topics}

    def read(self, topic: str, limit: int) -> Iterator[Record]:
        found = self._admin.partitions([topic])
        if topic not in found:
            raise UnknownTopic(topic)
        firsts, ends = self._admin.ends(found[topic], earliest=True), self._admin.ends(found[topic])
        return read_all(self._options, firsts, ends, limit)

    def trim(self, now: datetime) -> int:
        # The brokers do.
        return 0

    def close(self) -> None:
        self._admin.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
