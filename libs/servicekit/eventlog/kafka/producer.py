"""Publishing to Kafka: idempotent, acknowledged by all replicas, every future looked at."""

import time
from collections.abc import Iterator, Sequence
from typing import Any

from kafka import KafkaProducer as Client
from kafka.errors import (
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
)

from servicekit.eventlog import EventLogUnavailable, Record, Refused, UnknownTopic
from servicekit.eventlog.kafka.admin import KafkaAdmin
from servicekit.eventlog.kafka.clients import KafkaOptions, opened, unavailable
from servicekit.eventlog.topics import Codec, codec_of

# A record that is not acknowledged within this time has failed; the caller sends it again.
_DELIVERY_S = 15
# What is published at once goes to each partition as one batch of the client's, which arrives or not. Of two batches
# the second may arrive when the first did not, in spite of idempotence: the client numbers what follows a failure anew.
_BATCH_BYTES = 1024 * 1024
_CHUNK_BYTES = _BATCH_BYTES // 2
_UNTIL_FLUSHED_MS = 1_000
_HEADER_BYTES = 64
_REFUSALS = (MessageSizeTooLargeError, RecordListTooLargeError, TopicAuthorizationFailedError, ValueError)

Held = dict[str | tuple[str, str], Exception]
"""What is not sent any more, and why: a topic, or what follows under a topic's key, or everything."""
_ALL = ""


class KafkaProducer:
    """See the port."""

    def __init__(self, options: KafkaOptions, admin: KafkaAdmin) -> None:
        self._options = options
        self._admin = admin
        # One for each codec, for a client of kafka-python has one: what partners read is compressed otherwise.
        self._clients: dict[Codec, Any] = {}

    def publish(self, records: Sequence[Record]) -> list[Exception | None]:
        topics = {record.topic for record in records}
        try:
            known = self._admin.partitions(topics)
            codecs = {topic: codec_of(topic) for topic in topics}
            clients = {codec: self._opened(codec) for codec in codecs.values()}
        except EventLogUnavailable as error:
            return [error] * len(records)
        outcomes: dict[int, Exception | None] = {}
        held: Held = {topic: UnknownTopic(topic) for topic in topics - known.keys()}
        for codec, client in clients.items():
            # A topic has one codec, so the order of its keys stays.
            numbers = [number for number, record in enumerate(records) if codecs[record.topic] == codec]
            answers = self._published(client, [records[number] for number in numbers], held)
            outcomes.update(zip(numbers, answers, strict=True))
        if any(outcome and not isinstance(outcome, UnknownTopic) for outcome in outcomes.values()):
            # What it still holds would go out late, behind what the caller sends again.
            self.close()
        return [outcomes[number] for number in range(len(records))]

    def _published(self, client: Any, records: Sequence[Record], held: Held) -> list[Exception | None]:
        outcomes: list[Exception | None] = []
        for chunk in _chunks(records):
            answers = self._outcomes(client, chunk, [self._send(client, record, held) for record in chunk])
            held |= {_key(record): error for record, error in zip(chunk, answers, strict=True) if error}
            outcomes += answers
        return outcomes

    def close(self) -> None:
        while self._clients:
            _, client = self._clients.popitem()
            try:
                client.close(timeout=1)
            except KafkaTimeoutError:
                # It waits for what it holds before anything else, even when it has no time, and then goes on sending.
                client._sender.force_close()

    def _opened(self, codec: Codec) -> Any:
        if codec not in self._clients:
            self._clients[codec], _ = opened(
                Client,
                self._options,
                acks="all",
                enable_idempotence=True,
                compression_type=None if codec == "none" else codec,
                delivery_timeout_ms=_DELIVERY_S * 1000,
                max_block_ms=5000,
                linger_ms=_UNTIL_FLUSHED_MS,
                batch_size=_BATCH_BYTES,
                allow_auto_create_topics=False,
            )
        return self._clients[codec]

    def _send(self, client: Any, record: Record, held: Held) -> Any:
        """A future, or why the record was not sent."""
        if held and (before := held.get(_ALL) or held.get(record.topic) or held.get(_key(record))):
            return before
        try:
            headers = [(name, value.encode()) for name, value in record.headers.items()]
            future = client.send(record.topic, value=record.value, key=record.key.encode(), headers=headers)
        except KafkaTimeoutError as error:
            return self._hold_topic_or_all(record.topic, error, held)
        except TopicAuthorizationFailedError as error:
            # Each record would ask again.
            return held.setdefault(record.topic, self._failure(record, error))
        except (KafkaError, ValueError) as error:
            return held.setdefault(_key(record), self._failure(record, error))
        if future.failed():
            held[_key(record)] = self._failure(record, future.exception)
        return future.add_errback(self._stop_when_late, client, held)

    def _hold_topic_or_all(self, topic: str, error: KafkaTimeoutError, held: Held) -> Exception:
        """The client has waited for its topic's brokers, and would again for each record.

        It waits for a topic that was deleted as if none of them answered.
        """
        try:
            if self._admin.is_gone(topic):
                return held.setdefault(topic, UnknownTopic(topic))
        except EventLogUnavailable as away:
            return held.setdefault(_ALL, away)
        return held.setdefault(_ALL, unavailable(self._options, error))

    def _stop_when_late(self, client: Any, held: Held, error: Exception) -> None:
        """Nothing more is sent once something was late.

        The client asks for a new producer id then; while no broker answers it holds what else is late, and sends it
        after that.
        """
        if isinstance(error, KafkaTimeoutError):
            held[_ALL] = unavailable(self._options, error)
            client._sender.force_close()

    def _outcomes(self, client: Any, records: Sequence[Record], sent: Sequence[Any]) -> list[Exception | None]:
        end = time.monotonic() + _DELIVERY_S + 5
        try:
            client.flush(timeout=_DELIVERY_S + 5)
        except KafkaError:
            end = 0.0
        pairs = zip(records, sent, strict=True)
        return [each if isinstance(each, Exception) else self._outcome(record, each, end) for record, each in pairs]

    def _outcome(self, record: Record, future: Any, end: float) -> Exception | None:
        try:
            future.get(timeout=max(end - time.monotonic(), 0))
        except KafkaError as error:
            return self._failure(record, error)
        return None

    def _failure(self, record: Record, error: Exception) -> Exception:
        if isinstance(error, _REFUSALS):
            return Refused(f"{record.topic}: {type(error).__name__} {error}")
        return unavailable(self._options, error)


def _key(record: Record) -> tuple[str, str]:
    """What is kept in order: the records of a key, within its topic."""
    return record.topic, record.key


def _chunks(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    """The records in their order, so many at a time as fit into one batch."""
    begin = size = 0
    for number, record in enumerate(records):
        weight = len(record.key) + len(record.value) + _HEADER_BYTES * len(record.headers)
        if number > begin and size + weight > _CHUNK_BYTES:
            yield records[begin:number]
            begin, size = number, 0
        size += weight
    if begin < len(records):
        yield records[begin:]
