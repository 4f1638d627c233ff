"""Publishing to the embedded log: a batch is one transaction and one round trip."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from zlib import crc32

from servicekit.eventlog import EventLogUnavailable, Record, Refused, UnknownTopic
from servicekit.eventlog.embedded.schema import CHANNEL, topic_partitions
from servicekit.eventlog.embedded.session import Connection, Session

# A process that stands still in the middle holds partitions, for which others wait. The server has not heard the end of
# the pipeline and counts it as active: neither the timeout of a statement nor that of an idle transaction ends it.
_ENDS_WHEN_STILL = "-c transaction_timeout=10s"

# In the order of ids, so that two producers cannot wait for each other.
_LOCK = "SELECT FROM partitions WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_INSERT = """
WITH taken AS (
    UPDATE partitions p SET next_offset = p.next_offset + c.size
    FROM unnest(%(touched)s::int[], %(sizes)s::int[]) AS c (id, size) WHERE p.id = c.id
    RETURNING p.id, p.next_offset - c.size AS first
)
INSERT INTO records (partition_id, "offset", key, value, headers, time)
SELECT r.partition, taken.first + r.place, r.key, r.value, r.headers::json, (SELECT clock_timestamp())
FROM unnest(%(partitions)b::int[], %(places)b::int[], %(keys)b::text[], %(values)b::bytea[], %(headers)b::text[])
    AS r (partition, place, key, value, headers)
JOIN taken ON taken.id = r.partition
"""


@dataclass(slots=True)
class _Batch:
    """The columns of one insert."""

    partitions: list[int] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    values: list[bytes] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    sizes: dict[int, int] = field(default_factory=dict)
    topics: set[int] = field(default_factory=set)

    def add(self, topic: int, partition: int, record: Record) -> None:
        """Puts the record behind those of its partition."""
        place = self.sizes.get(partition, 0)
        self.sizes[partition] = place + 1
        self.topics.add(topic)
        self.partitions.append(partition)
        self.places.append(place)
        self.keys.append(record.key)
        self.values.append(record.value)
        self.headers.append(json.dumps(dict(record.headers)))


class EmbeddedProducer:
    """See the port."""

    def __init__(self, url: str) -> None:
        self._session = Session(url, "hearthline-eventlog-producer", _ENDS_WHEN_STILL)
        self._topics: dict[str, tuple[int, list[int]]] = {}

    def publish(self, records: Sequence[Record]) -> list[Exception | None]:
        outcomes: list[Exception | None] = []
        try:
            with self._session.use() as connection:
                self._look_up(connection, {record.topic for record in records})
                batch = _Batch()
                outcomes = [self._add(batch, record) for record in records]
                if batch.keys:
                    _send(connection, batch)
        except EventLogUnavailable as error:
            outcomes = outcomes or [None] * len(records)
            return [outcome or error for outcome in outcomes]
        return outcomes

    def close(self) -> None:
        self._session.close()

    def _look_up(self, connection: Connection, names: set[str]) -> None:
        if missing := names - self._topics.keys():
            self._topics |= topic_partitions(connection, list(missing))

    def _add(self, batch: _Batch, record: Record) -> Exception | None:
        if record.topic not in self._topics:
            return UnknownTopic(record.topic)
        topic, partitions = self._topics[record.topic]
        try:
            spread = crc32(record.key.encode())
        except UnicodeEncodeError as error:
            return Refused(f"{record.topic}: {error}")
        if "\0" in record.key:
            return Refused(f"{record.topic}: a key holds a NUL character")
        batch.add(topic, partitions[spread % len(partitions)], record)
        return None


def _send(connection: Connection, batch: _Batch) -> None:
    touched = sorted(batch.sizes)
    values = {
        "touched": touched,
        "sizes": [batch.sizes[partition] for partition in touched],
        "partitions": batch.partitions,
        "places": batch.places,
        "keys": batch.keys,
        "values": batch.values,
        "headers": batch.headers,
    }
    topics = " ".join(map(str, sorted(batch.topics)))
    with connection.pipeline(), connection.transaction():
        connection.execute(_LOCK, [touched])
        connection.execute(_INSERT, values)
        connection.execute("SELECT pg_notify(%s, %s)", [CHANNEL, f"topics {topics}"])
