"""The event log as PostgreSQL tables, for a laptop: topics, partitions, groups and offsets as Kafka has them (P6).

It wants a database of its own. Any number of processes may use it.
"""

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Self

from servicekit.eventlog import Consumer, Producer, Record, Topic, UnknownTopic
from servicekit.eventlog.access import Access
from servicekit.eventlog.embedded.bell import Bell
from servicekit.eventlog.embedded.consumer import EmbeddedConsumer
from servicekit.eventlog.embedded.membership import rewind, take_over
from servicekit.eventlog.embedded.producer import EmbeddedProducer
from servicekit.eventlog.embedded.schema import ensure_topics, topic_partitions, trim
from servicekit.eventlog.embedded.session import Session

_LAG = """
SELECT r.reader, r.topic, coalesce(sum(p.next_offset - greatest(p.first_offset, c.next_offset)), 0)::bigint
FROM unnest(%s::text[], %s::text[]) AS r (reader, topic)
LEFT JOIN topics t ON t.name = r.topic LEFT JOIN partitions p ON p.topic_id = t.id
LEFT JOIN groups g ON g.name = r.reader LEFT JOIN commits c ON c.partition_id = p.id AND c.group_id = g.id
GROUP BY r.reader, r.topic
"""
_ALL = """
SELECT r.key, r.value, r.headers, p.number, r."offset", r.time
FROM partitions p JOIN records r ON r.partition_id = p.id WHERE p.id = ANY(%s)
ORDER BY r.time, p.number, r."offset" LIMIT %s
"""


class EmbeddedEventLog:
    """See the port."""

    system = "postgresql"

    def __init__(self, url: str) -> None:
        self._url = url
        self._session = Session(url, "hearthline-eventlog")
        self._lock = threading.Lock()
        self._bell = Bell(url)

    def producer(self) -> Producer:
        return EmbeddedProducer(self._url)

    def consumer(self, group: str, topics: Sequence[str]) -> Consumer:
        return EmbeddedConsumer(self._url, group, topics, self._bell)

    def ensure_topics(self, topics: Sequence[Topic]) -> None:
        with self._lock, self._session.use() as connection:
            ensure_topics(connection, topics)

    def allow(self, access: Access) -> None:
        raise ValueError("an embedded event log knows no users: who reaches its database may do everything")

    def rewind(self, group: str, topics: Sequence[str], to: datetime) -> int:
        with self._lock, self._session.use() as connection:
            return rewind(connection, group, topics, to)

    def take_over(self, group: str, before: str, topics: Sequence[str]) -> None:
        with self._lock, self._session.use() as connection:
            take_over(connection, group, before, topics)

    def held_back(self, topics: Collection[str]) -> dict[tuple[str, int], int]:
        # A producer's transaction ends within seconds, by the server's own timeout.
        return {}

    def lag(self, readers: Mapping[str, Sequence[str]]) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {reader: {} for reader in readers}
        pairs = [(reader, topic) for reader, topics in readers.items() for topic in topics]
        with self._lock, self._session.use() as connection:
            rows = connection.execute(_LAG, [[reader for reader, _ in pairs], [topic for _, topic in pairs]])
            for reader, topic, behind in rows:
                found[reader][topic] = behind
        return found

    def read(self, topic: str, limit: int) -> Iterator[Record]:
        # A connection of its own: the caller may take long, or stop early.
        session = Session(self._url, "hearthline-eventlog-reader")
        try:
            with session.use() as connection:
                known = topic_partitions(connection, [topic])
                if topic not in known:
                    raise UnknownTopic(topic)
                with connection.transaction(), connection.cursor(name="read") as cursor:
                    cursor.itersize = 1000
                    for row in cursor.execute(_ALL, [known[topic][1], limit]):
                        yield Record(topic, *row)
        finally:
            session.close()

    def trim(self, now: datetime) -> int:
        # Compacted topics keep all.
        with self._lock, self._session.use() as connection:
            return trim(connection, now)

    def close(self) -> None:
        self._bell.close()
        with self._lock:
            self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
