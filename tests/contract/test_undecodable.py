"""Bytes that are no record, on a real broker: what is before and behind is read, and they are told with their place."""

import time
from typing import Any

import pytest

from servicekit.eventlog import Record
from servicekit.eventlog.kafka.codecs import LARGEST
from tests.contract.conftest import Log
from tests.contract.test_transactions import await_lag
from tests.support.foreign import BAD_NAME, foreign_producer

UNREADABLE: dict[str, dict[str, Any]] = {
    "a header's name is no text": {"value": b"bad", "headers": BAD_NAME},
    "a header that we read is no text": {"value": b"bad", "headers": [("jws", b"\xff\xfe")]},
    "the key is no text": {"value": b"bad", "key": b"\xff\xfe"},
    "there is no value": {"value": None, "key": b"a"},
}


@pytest.mark.parametrize("codec", [None, "gzip", "snappy", "lz4", "zstd"])
def test_every_codec_is_read(kafka: str, codec: str | None) -> None:
    log = Log(f"kafka://{kafka}")
    with foreign_producer(kafka, compression_type=codec, linger_ms=50) as producer:
        for n in range(50):
            producer.send(log.topic, f"{n} ".encode() * 40, key=b"k")
    assert [int(record.value.split()[0]) for record in log.consumer().take(50)] == list(range(50))
    assert len(list(log.log.read(log.topic, 100))) == 50
    log.close()


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("linger_ms", [0, 200], ids=["batches of their own", "one batch"])
def test_good_bad_good_on_one_partition(kafka: str, what: str, linger_ms: int) -> None:
    log = Log(f"kafka://{kafka}")
    bad = {**UNREADABLE[what]}
    bad["headers"] = list(bad.get("headers", []))
    with foreign_producer(kafka, linger_ms=linger_ms) as producer:
        sent = [producer.send(log.topic, partition=1, **each) for each in ({"value": b"1"}, bad, {"value": b"2"})]
    offsets = [each.get(10).offset for each in sent]
    reader = log.consumer()
    records = reader.take(3)
    assert [record.value for record in records if not record.damage] == [b"1", b"2"]
    (damaged,) = [record for record in records if record.damage]
    assert (damaged.topic, damaged.partition, damaged.offset, damaged.last_offset) == (
        log.topic,
        1,
        offsets[1],
        offsets[1],
    )
    reader.consumer.commit()
    await_lag(log, reader, 0)
    assert [bool(record.damage) for record in log.log.read(log.topic, 10)] == [False, True, False]
    log.close()


def test_a_batch_that_unfolds_to_more_than_memory_is_told_and_the_next_one_read(kafka: str) -> None:
    log = Log(f"kafka://{kafka}")
    with foreign_producer(kafka, compression_type="zstd", max_request_size=4 * LARGEST) as producer:
        producer.send(log.topic, b"1", partition=0).get(10)
        bomb = producer.send(log.topic, bytes(LARGEST + 1), partition=0).get(30)
        producer.send(log.topic, b"2", partition=0).get(10)
    records = log.consumer().take(3)
    assert [(record.offset, bool(record.damage)) for record in records] == [(0, False), (bomb.offset, True), (2, False)]
    assert str(LARGEST) in records[1].damage
    log.close()


def test_a_fault_within_the_client_has_it_made_anew_after_growing_pauses(
    kafka: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = Log(f"kafka://{kafka}")
    log.publish(Record(log.topic, "a", b"1"))
    reader = log.consumer()
    assert len(reader.take(1)) == 1
    reader.consumer.commit()
    consumer: Any = reader.consumer
    clients: list[Any] = []
    failures: list[tuple[Any, str, float]] = []
    for _ in range(3):
        client = consumer._opened()
        clients.append(client)
        monkeypatch.setattr(client, "poll", _fails)
        began = time.monotonic()
        while not failures or failures[-1][0] is not client:
            try:
                # Waits in the pause, so a loop that asks again and again does not spin.
                consumer.poll(0.2)
            except Exception as error:  # noqa: BLE001
                failures.append((client, str(error), time.monotonic() - began))
        consumer._not_before = min(consumer._not_before, time.monotonic())
    assert len({id(client) for client in clients}) == 3
    assert [pause for _, told, _ in failures for pause in ("0.5 s", "1.0 s", "2.0 s") if f"in {pause}" in told] == [
        "0.5 s",
        "1.0 s",
        "2.0 s",
    ]
    log.publish(Record(log.topic, "a", b"2"))
    assert [record.value for record in reader.take(1)] == [b"2"]
    log.close()


def _fails(**_: object) -> None:
    raise RuntimeError("a fault of the client's own")
