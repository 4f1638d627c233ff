"""Reading Kafka as a member of a group."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from kafka import KafkaConsumer as Client
from kafka import TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

from servicekit.eventlog import EventLogUnavailable, Record
from servicekit.eventlog.kafka.clients import KafkaOptions, opened, translated

# kafka-python cannot be woken out of a poll; it is asked in slices.
_SLICE_S = 0.25
_COMMIT_MS = 10_000
_GRACE_S = 3.0
_JOIN_S = 3.0
"""How much longer a poll waits for the answer to a join. One that other members hold up is asked for again."""


class KafkaConsumer:
    """See the port."""

    def __init__(self, options: KafkaOptions, group: str, topics: Sequence[str]) -> None:
        self._options = options
        self._group = group
        self._topics = list(topics)
        self._client: Any = None
        self._network: Any = None
        self._woken = threading.Event()
        self._reached = 0.0
        # Where each partition stood when it was first polled after the last commit.
        self._uncommitted: dict[TopicPartition, int] = {}

    def poll(self, timeout: float, max_records: int = 500) -> list[Record]:
        end = time.monotonic() + timeout
        client = self._opened()
        while True:
            with translated(self._options):
                _keep_joining(client)
                slice_s = min(_left_s(client, end), _SLICE_S)
                polled = client.poll(timeout_ms=int(1000 * slice_s), max_records=max_records)
            if polled:
                return self._taken(polled)
            if self._woken.is_set() or _left_s(client, end) <= 0:
                self._woken.clear()
                self._check_reachable()
                return []

    def commit(self) -> None:
        if self._client is not None and self._uncommitted:
            with translated(self._options):
                self._client.commit(timeout_ms=_COMMIT_MS)
        self._uncommitted.clear()

    def rewind(self) -> None:
        if self._client is not None:
            for partition in self._client.assignment() & self._uncommitted.keys():
                self._client.seek(partition, self._uncommitted[partition])
        self._uncommitted.clear()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            client.close(autocommit=False, timeout_ms=2000)

    def _opened(self) -> Any:
        if self._client is None:
            client, self._network = opened(
                Client,
                self._options,
                group_id=self._group,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                partition_assignment_strategy=[CooperativeStickyAssignor],
                # A member that died is replaced after this time.
                session_timeout_ms=10_000,
                heartbeat_interval_ms=3_000,
                allow_auto_create_topics=False,
            )
            try:
                self._subscribe(client)
            except BaseException:
                client.close(autocommit=False, timeout_ms=2000)
                raise
            self._client = client
            self._reached = time.monotonic()
        return self._client

    def _subscribe(self, client: Any) -> None:
        """Learns the topics' partitions before the group is joined.

        A member that learns them while it joins would join twice. A topic that is still to be made has none: a member
        without them would look again after five minutes only.
        """
        with translated(self._options):
            client.subscribe(self._topics)
            missing = [topic for topic in self._topics if not client.partitions_for_topic(topic)]
        if missing:
            raise EventLogUnavailable(f"event log at {self._options.servers}: no topic {', '.join(missing)} yet")

    def _taken(self, polled: Mapping[TopicPartition, Sequence[Any]]) -> list[Record]:
        for partition, messages in polled.items():
            self._uncommitted.setdefault(partition, messages[0].offset)
        return [record(message) for messages in polled.values() for message in messages]

    def _check_reachable(self) -> None:
        """EventLogUnavailable when no broker is connected for a while; the client goes on trying by itself.

        A connection that is just being made, or made anew in a rebalance, is no outage.
        """
        now = time.monotonic()
        if any(self._network.connected(broker.node_id) for broker in self._network.cluster.brokers()):
            self._reached = now
        elif now - self._reached > _GRACE_S:
            raise EventLogUnavailable(f"event log at {self._options.servers}: no broker is connected")


def _left_s(client: Any, end: float) -> float:
    """Seconds until a poll is over that was to be over at `end`: later while the client waits for its group's answer.

    kafka-python 3.0.12 throws an answer away that comes while nobody polls, and asks anew.
    """
    more_s = _JOIN_S if client._coordinator.rebalance_in_progress() else 0.0
    return max(end + more_s - time.monotonic(), 0.0)


def _keep_joining(client: Any) -> None:
    """Has the client end what it began.

    kafka-python 3.0.12 forgets a join that takes longer than one poll if the reason for it is gone meanwhile: a topic
    had not the partitions that it has, as for a moment after a broker's return, or it has more, which were seen to as
    the group was joined. It would read on, and could never commit.
    """
    if client._coordinator.rebalance_in_progress():
        client._coordinator.request_rejoin()


def read_all(
    options: KafkaOptions, firsts: Mapping[TopicPartition, int], ends: Mapping[TopicPartition, int], limit: int
) -> Iterator[Record]:
    """The records from `firsts` to before `ends`, at most `limit`, for no group."""
    left = {partition: end for partition, end in ends.items() if end > firsts[partition]}
    if not left:
        return
    client, _ = opened(Client, options, group_id=None, enable_auto_commit=False, allow_auto_create_topics=False)
    try:
        client.assign(list(left))
        for partition in left:
            client.seek(partition, firsts[partition])
        while left and limit > 0:
            with translated(options):
                polled = client.poll(timeout_ms=1000, max_records=min(limit, 500))
            for messages in polled.values():
                yield from map(record, messages)
                limit -= len(messages)
            left = {partition: end for partition, end in left.items() if client.position(partition) < end}
    finally:
        client.close()


def record(message: Any) -> Record:
    """A received message as the port has it; what others wrote may hold any bytes."""
    return Record(
        topic=message.topic,
        key=(message.key or b"").decode(errors="replace"),
        value=message.value or b"",
        headers={name: (value or b"").decode(errors="replace") for name, value in message.headers},
        partition=message.partition,
        offset=message.offset,
        timestamp=datetime.fromtimestamp(message.timestamp / 1000, UTC),
    )
