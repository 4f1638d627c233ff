"""What topics there are, and how far their groups have come."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, TypeVar

from kafka import KafkaAdminClient, OffsetAndMetadata, TopicPartition
from kafka.admin import NewTopic, OffsetSpec, OffsetTimestamp
from kafka.errors import (
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    NoError,
    NotCoordinatorError,
    TopicAlreadyExistsError,
    UnknownMemberIdError,
    UnknownTopicOrPartitionError,
    for_code,
)

from servicekit.eventlog import GroupInUse, Topic
from servicekit.eventlog.access import Access
from servicekit.eventlog.kafka import acls
from servicekit.eventlog.kafka.clients import COMMITTED, KafkaOptions, opened, translated

T = TypeVar("T")

_UNSETTLED = (CoordinatorLoadInProgressError, CoordinatorNotAvailableError, NotCoordinatorError)
_SETTLING_S = 15.0


class KafkaAdmin:
    """One administration client, opened when first used; for any thread."""

    def __init__(self, options: KafkaOptions) -> None:
        self._options = options
        self._lock = threading.Lock()
        self._client: Any = None
        self._partitions: dict[str, list[TopicPartition]] = {}

    def create(self, topics: Sequence[Topic]) -> None:
        """Makes the topics that are missing, and waits until the brokers know them."""
        existing = self.partitions(t.name for t in topics)
        missing = [t for t in topics if t.name not in existing]
        wanted = [NewTopic(t.name, t.partitions, -1, topic_configs=_configs(t)) for t in missing]
        with self._lock, translated(self._options):
            reply = self._opened().create_topics(wanted, raise_errors=False) if wanted else {"topics": []}
            for made in reply["topics"]:
                kind = for_code(made["error_code"])
                if kind not in (NoError, TopicAlreadyExistsError):
                    raise kind(f"{made['name']}: {made['error_message']}")
            self._opened().wait_for_topics([t.name for t in wanted])

    def allow(self, access: Access) -> None:
        """See `acls.allow`."""
        with self._lock, translated(self._options):
            acls.allow(self._opened(), access)

    def partitions(self, names: Iterable[str]) -> dict[str, list[TopicPartition]]:
        """The partitions of those topics that exist."""
        names = set(names)
        # The relay asks for each batch, and is not to wait behind somebody's question to a broker that is just back.
        if names <= self._partitions.keys():
            return {name: self._partitions[name] for name in names}
        with self._lock, translated(self._options):
            if missing := names - self._partitions.keys():
                for found in self._opened().describe_topics(sorted(missing)):
                    if found["error_code"] == 0:
                        numbers = sorted(p["partition_index"] for p in found["partitions"])
                        self._partitions[found["name"]] = [TopicPartition(found["name"], n) for n in numbers]
        return {name: self._partitions[name] for name in names & self._partitions.keys()}

    def is_gone(self, topic: str) -> bool:
        """Whether the brokers say now that there is no such topic, as when somebody deleted it."""
        with self._lock, translated(self._options):
            (found,) = self._opened().describe_topics([topic])
            gone = for_code(found["error_code"]) is UnknownTopicOrPartitionError
            if gone:
                self._partitions.pop(topic, None)
        return gone

    def committed(self, group: str, partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Offsets that the group has committed, where it has."""
        with self._lock, translated(self._options):
            found = _settled(lambda: self._opened().list_group_offsets({group: list(partitions)}))
        return {partition: at.offset for partition, at in found.get(group, {}).items() if at.offset >= 0}

    def take_over(self, group: str, before: str, partitions: Sequence[TopicPartition]) -> None:
        """Commits for a group that has committed nothing what another one had; nothing while it has members."""
        if not (found := self.committed(before, partitions)) or self.committed(group, partitions):
            return
        wanted = {partition: OffsetAndMetadata(offset, "", -1) for partition, offset in found.items()}
        with self._lock, translated(self._options):
            outcomes = _settled(lambda: self._opened().alter_group_offsets(group, wanted))
            for kind in outcomes.values():
                # Whoever is a member already had taken them over before.
                if kind not in (NoError, UnknownMemberIdError):
                    raise kind(f"the group {group} takes over from {before}")

    def rewind(self, group: str, partitions: Sequence[TopicPartition], to: datetime) -> int:
        """Commits for the group where `to` was, in each partition that it has come past; how many records that is."""
        committed = self.committed(group, partitions)
        asked = {partition: OffsetTimestamp(int(to.timestamp() * 1000)) for partition in committed}
        with self._lock, translated(self._options):
            found = self._opened().list_partition_offsets(asked, isolation_level=COMMITTED) if asked else {}
            # Where nothing came since, the broker says -1.
            back = {p: at.offset for p, at in found.items() if 0 <= at.offset < committed[p]}
            wanted = {p: OffsetAndMetadata(offset, "", -1) for p, offset in back.items()}
            outcomes = self._opened().alter_group_offsets(group, wanted) if wanted else {}
            for kind in outcomes.values():
                if kind is UnknownMemberIdError:
                    raise GroupInUse(group)
                if kind is not NoError:
                    raise kind(f"moving the group {group}")
        return sum(committed[p] - offset for p, offset in back.items())

    def ends(
        self, partitions: Sequence[TopicPartition], earliest: bool = False, isolation: str = COMMITTED
    ) -> dict[TopicPartition, int]:
        """Up to where each partition can be read: where its first open transaction begins; or its first offset."""
        spec = OffsetSpec.EARLIEST if earliest else OffsetSpec.LATEST
        asked = dict.fromkeys(partitions, spec)
        with self._lock, translated(self._options):
            found = self._opened().list_partition_offsets(asked, isolation_level=isolation) if partitions else {}
        return {partition: at.offset for partition, at in found.items()}

    def close(self) -> None:
        """Lets the connection go."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _opened(self) -> Any:
        if self._client is None:
            self._client, _ = opened(KafkaAdminClient, self._options)
        return self._client


def _settled(ask: Callable[[], T]) -> T:
    """The answer of a group's coordinator, which the brokers elect when a group is first asked for."""
    end = time.monotonic() + _SETTLING_S
    while True:
        try:
            return ask()
        except _UNSETTLED:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def _configs(topic: Topic) -> dict[str, str]:
    if topic.compacted:
        return {"cleanup.policy": "compact"}
    return {"retention.ms": str(int(topic.retention.total_seconds() * 1000))}
