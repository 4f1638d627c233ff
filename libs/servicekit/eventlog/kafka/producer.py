"""Publishing to Kafka: idempotent, acknowledged by all replicas, every future looked at."""

import time
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

from kafka import KafkaProducer as Client
from kafka.errors import KafkaError, KafkaTimeoutError

from servicekit.eventlog import EventLogUnavailable, Record, UnknownTopic
from servicekit.eventlog.kafka.admin import KafkaAdmin
from servicekit.eventlog.kafka.clients import KafkaOptions, opened, unavailable

# A record that is not acknowledged within this time has failed; the caller sends it again.
_DELIVERY_S = 15


class KafkaProducer:
    """See the port."""

    def __init__(self, options: KafkaOptions, admin: KafkaAdmin) -> None:
        self._options = options
        self._admin = admin
        self._client: Any = None

    def publish(self, records: Sequence[Record]) -> list[Exception | None]:
        try:
            known = self._admin.partitions(record.topic for record in records)
            client = self._opened()
        except EventLogUnavailable as error:
            return [error] * len(records)
        sent = [
            self._send(client, record) if record.topic in known else UnknownTopic(record.topic) for record in records
        ]
        outcomes = self._outcomes(client, sent)
        if any(isinstance(outcome, EventLogUnavailable) for outcome in outcomes):
            # What it still holds would go out late, behind what the caller sends again.
            self.close()
        return outcomes

    def close(self) -> None:
        if self._client is not None:
            client, self._client = self._client, None
            try:
                client.close(timeout=1)
            except KafkaTimeoutError:
                client.close(timeout=0)

    def _opened(self) -> Any:
        if self._client is None:
            self._client, _ = opened(
                Client,
                self._options,
                acks="all",
                enable_idempotence=True,
                compression_type="lz4" if find_spec("lz4") else None,
                delivery_timeout_ms=_DELIVERY_S * 1000,
                max_block_ms=5000,
                linger_ms=5,
                batch_size=256 * 1024,
                allow_auto_create_topics=False,
            )
        return self._client

    def _send(self, client: Any, record: Record) -> Any:
        """A future, or the error that refused the record at once."""
        try:
            headers = [(name, value.encode()) for name, value in record.headers.items()]
            return client.send(record.topic, value=record.value, key=record.key.encode(), headers=headers)
        except (KafkaError, ValueError) as error:
            return error

    def _outcomes(self, client: Any, sent: Sequence[Any]) -> list[Exception | None]:
        end = time.monotonic() + _DELIVERY_S + 5
        try:
            client.flush(timeout=_DELIVERY_S + 5)
        except KafkaTimeoutError:
            end = 0.0
        return [each if isinstance(each, Exception) else self._outcome(each, end) for each in sent]

    def _outcome(self, future: Any, end: float) -> Exception | None:
        try:
            future.get(timeout=max(end - time.monotonic(), 0))
        except KafkaError as error:
            return unavailable(self._options, error)
        return None
