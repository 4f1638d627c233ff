"""Reading Kafka as a member of a group."""

import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kafka import KafkaConsumer as Client
from kafka import TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import RetriableError

from servicekit.eventlog import EventLogUnavailable, Record
from servicekit.eventlog.kafka.batches import read_by
from servicekit.eventlog.kafka.clients import COMMITTED, KafkaOptions, opened, translated
from servicekit.eventlog.kafka.network import SharedNetwork

# kafka-python cannot be woken out of a poll; it is asked in slices.
_SLICE_S = 0.25
_COMMIT_MS = 10_000
_GRACE_S = 3.0
_JOIN_S = 3.0
"""How much longer a poll waits for the answer to a join. One that other members hold up is asked for again."""
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0


class KafkaConsumer:
    """See the port."""

    def __init__(self, options: KafkaOptions, group: str, topics: Sequence[str], shared: SharedNetwork) -> None:
        self._options = options
        self._shared = shared
        self._group = group
        self._topics = list(topics)
        self._client: Any = None
        self._network: Any = None
        self._woken = threading.Event()
        self._reached = 0.0
        # Where each partition stood when it was first polled after the last commit.
        self._uncommitted: dict[TopicPartition, int] = {}
        self._has_passed_over = False
        self._pause = 0.0
        self._not_before = 0.0

    def poll(self, timeout: float, max_records: int = 500) -> list[Record]:
        end = time.monotonic() + timeout
        if (paused := min(self._not_before, end) - time.monotonic()) > 0:
            self._woken.wait(paused)
        if time.monotonic() < self._not_before:
            self._woken.clear()
            return []
        client = self._opened()
        while True:
            with self._made_anew_after_faults(), translated(self._options):
                _keep_joining(client)
                slice_s = min(_left_s(client, end), _SLICE_S)
                polled = client.poll(timeout_ms=int(1000 * slice_s), max_records=max_records)
            if polled:
                self._pause = 0.0
                return self._taken(polled)
            self._commit_passed_over()
            if self._woken.is_set() or _left_s(client, end) <= 0:
                self._woken.clear()
                self._check_reachable()
                return []

    def commit(self) -> None:
        if self._client is not None and self._uncommitted:
            self._commit()
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

    @contextmanager
    def _made_anew_after_faults(self) -> Iterator[None]:
        """Lets a client go that failed by a fault rather than because something is away: it may fail for ever.

        Each time in a row the next one is made later. What was polled and not committed comes again.
        """
        try:
            yield
        except Exception as error:
            if isinstance(error.__cause__ or error, RetriableError | OSError):
                raise
            self._pause = min(max(2 * self._pause, _FIRST_PAUSE_S), _LONGEST_PAUSE_S)
            self._not_before = time.monotonic() + self._pause
            self._uncommitted.clear()
            with suppress(Exception):
                self.close()
            told = f"{type(error).__name__} {error}; the client is made anew in {self._pause} s"
            raise EventLogUnavailable(f"event log at {self._options.servers}: {told}") from error

    def _commit(self) -> None:
        with translated(self._options):
            self._client.commit(timeout_ms=_COMMIT_MS)
        self._has_passed_over = False

    def _commit_passed_over(self) -> None:
        """Marks of transactions, and what they took back, are done with once they were seen: they count as lag."""
        if self._has_passed_over and not self._uncommitted:
            self._commit()

    def _note_passed_over(self) -> None:
        self._has_passed_over = True

    def _opened(self) -> Any:
        if self._client is None:
            client, self._network = opened(
                Client,
                self._options,
                self._shared,
                group_id=self._group,
                isolation_level=COMMITTED,
                enable_auto_commit=False,
                auto_offset_reset="earliest",
                partition_assignment_strategy=[CooperativeStickyAssignor],
                # A member that died is replaced after this time.
                session_timeout_ms=10_000,
                heartbeat_interval_ms=3_000,
                allow_auto_create_topics=False,
            )
            read_by(client, self._note_passed_over)
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

    def _taken(self, polled: Mapping[TopicPartition, Sequence[Record]]) -> list[Record]:
        for partition, records in polled.items():
            self._uncommitted.setdefault(partition, records[0].offset)
        return [record for records in polled.values() for record in records]

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
    settings: dict[str, Any] = {"group_id": None, "isolation_level": COMMITTED, "enable_auto_commit": False}
    client, _ = opened(Client, options, allow_auto_create_topics=False, **settings)
    try:
        read_by(client)
        client.assign(list(left))
        for partition in left:
            client.seek(partition, firsts[partition])
        while left and limit > 0:
            with translated(options):
                polled = client.poll(timeout_ms=1000, max_records=min(limit, 500))
            for records in polled.values():
                yield from records
                limit -= len(records)
            left = {partition: end for partition, end in left.items() if client.position(partition) < end}
    finally:
        client.close()
