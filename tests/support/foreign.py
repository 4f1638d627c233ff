"""Producers that share no code with us: transactions, other codecs, and bytes that are no text."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from kafka import KafkaProducer
from kafka.record.default_records import DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords


class RawName(str):
    """The name of a header as it stands here, byte for byte."""

    raw = b"\xff\xfename"

    def encode(self, *_: object) -> bytes:
        """What goes over the wire."""
        return self.raw


BAD_NAME: Sequence[tuple[str, bytes]] = [(RawName("name"), b"value")]


@contextmanager
def foreign_producer(servers: str, **settings: Any) -> Iterator[Any]:
    """kafka-python's producer with settings of its own."""
    producer = KafkaProducer(bootstrap_servers=servers, **settings)
    try:
        yield producer
    finally:
        producer.close(timeout=5)


@contextmanager
def transactional_producer(servers: str, **settings: Any) -> Iterator[Any]:
    """A producer that may begin transactions."""
    with foreign_producer(servers, transactional_id=f"tests-{uuid4().hex}", **settings) as producer:
        producer.init_transactions()
        yield producer


def batch(
    values: Sequence[bytes | None],
    base: int = 0,
    codec: int = 0,
    headers: Sequence[Sequence[tuple[str, bytes]]] = (),
    producer: int = -1,
    transactional: bool = False,
) -> bytes:
    """The bytes of one batch, as a broker gives them to who fetches, its first offset being `base`."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=transactional,
        producer_id=producer,
        producer_epoch=0 if producer >= 0 else -1,
        base_sequence=0 if producer >= 0 else -1,
        batch_size=1 << 24,
    )
    for number, value in enumerate(values):
        told = list(headers[number]) if number < len(headers) else []
        builder.append(number, 1_700_000_000_000, b"key", value, told)
    return base.to_bytes(8, "big") + bytes(builder.build())[8:]


def fetched(*batches: bytes) -> Any:
    """An answer of the broker that holds these batches."""
    return MemoryRecords(b"".join(batches))
