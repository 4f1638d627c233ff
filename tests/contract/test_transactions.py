"""What a transaction took back is read by nobody, and one that stays open hangs nobody.

On Kafka the transactions are those of other people's producers; ours has none. The embedded log's producer publishes in
one transaction of PostgreSQL, so there the same is said of one that was rolled back.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from servicekit.eventlog import Record
from tests.contract.conftest import Log
from tests.support.foreign import foreign_producer, transactional_producer

_BEGIN = """
WITH taken AS (
    UPDATE partitions p SET next_offset = next_offset + 1 FROM topics t
    WHERE t.id = p.topic_id AND t.name = %s AND p.number = 0 RETURNING p.id, p.next_offset - 1 AS place
) INSERT INTO records SELECT id, place, 'a', %s, '{}', clock_timestamp() FROM taken
"""


class Transaction:
    """An open transaction of somebody's producer, to a log's topic."""

    def __init__(self, log: Log, kafka: Any, embedded: Any) -> None:
        self._log, self._kafka, self._embedded = log, kafka, embedded
        if kafka:
            kafka.begin_transaction()

    def send(self, value: bytes) -> None:
        if self._kafka:
            self._kafka.send(self._log.topic, value, b"a", partition=0).get(10)
        else:
            self._embedded.execute(_BEGIN, [self._log.topic, value])

    def commit(self) -> None:
        (self._kafka.commit_transaction if self._kafka else self._embedded.commit)()

    def abort(self) -> None:
        (self._kafka.abort_transaction if self._kafka else self._embedded.rollback)()


@contextmanager
def transaction(log: Log) -> Iterator[Transaction]:
    if log.url.startswith("kafka"):
        with transactional_producer(log.url.removeprefix("kafka://")) as producer:
            yield Transaction(log, producer, None)
    else:
        with psycopg.connect(log.url, options="-c search_path=eventlog") as connection:
            yield Transaction(log, None, connection)


def lag(log: Log, group: str) -> int:
    return log.log.lag({group: [log.topic]})[group][log.topic]


def await_lag(log: Log, reader: Any, wanted: int) -> None:
    """Polls, and commits what came, until the group has come to where it is `wanted` records from the end."""
    end = time.monotonic() + 20
    while lag(log, reader.group) != wanted:
        assert time.monotonic() < end, f"lag {lag(log, reader.group)}, not {wanted}"
        reader.consumer.poll(0.2)
        reader.consumer.commit()


def test_what_was_begun_sent_and_aborted_is_read_by_nobody(log: Log) -> None:
    with transaction(log) as begun:
        for n in range(3):
            begun.send(f"gone {n}".encode())
        begun.abort()
    log.publish(Record(log.topic, "a", b"after"))
    reader = log.consumer()
    assert [record.value for record in reader.rest()] == [b"after"]
    assert [record.value for record in log.log.read(log.topic, 100)] == [b"after"]
    reader.consumer.commit()
    await_lag(log, reader, 0)


def test_what_was_begun_sent_and_committed_is_read(log: Log) -> None:
    with transaction(log) as begun:
        begun.send(b"1")
        begun.send(b"2")
        begun.commit()
    reader = log.consumer()
    assert [record.value for record in reader.rest()] == [b"1", b"2"]
    assert [record.value for record in log.log.read(log.topic, 100)] == [b"1", b"2"]
    reader.consumer.commit()
    await_lag(log, reader, 0)


def test_an_aborted_transaction_alone_is_no_lag_for_ever(log: Log) -> None:
    reader = log.consumer()
    reader.rest()
    with transaction(log) as begun:
        begun.send(b"gone")
        begun.abort()
    await_lag(log, reader, 0)


def test_an_open_transaction_hangs_nobody(log: Log) -> None:
    """Replay, audit, lag and waiting until idle end at the last stable offset."""
    log.publish(*(Record(log.topic, f"key-{n}", b"before") for n in range(8)))
    reader = log.consumer()
    with transaction(log) as open_one:
        reader.take(8)
        reader.consumer.commit()
        open_one.send(b"open")
        began = time.monotonic()
        assert {record.value for record in log.log.read(log.topic, 100)} == {b"before"}
        assert lag(log, reader.group) == 0
        assert reader.consumer.poll(0.3) == []
        assert time.monotonic() - began < 10
        open_one.commit()
    assert [record.value for record in reader.rest()] == [b"open"]


def test_transactions_that_overlap_are_told_apart(kafka: str) -> None:
    """The embedded log has one producer at a partition at a time."""
    log = Log(f"kafka://{kafka}")
    with transaction(log) as one, transaction(log) as other:
        for n in range(3):
            one.send(f"one {n}".encode())
            other.send(f"other {n}".encode())
        with foreign_producer(kafka) as plain:
            plain.send(log.topic, b"plain", partition=0).get(10)
        one.abort()
        other.commit()
    with transaction(log) as later:
        later.send(b"later")
        later.commit()
    reader = log.consumer()
    expected = [b"other 0", b"other 1", b"other 2", b"plain", b"later"]
    assert [record.value for record in reader.rest()] == expected
    assert [record.value for record in log.log.read(log.topic, 100)] == expected
    reader.consumer.commit()
    await_lag(log, reader, 0)
    log.close()


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
def test_a_mix_within_one_fetch_is_sorted_out_in_every_codec(kafka: str, codec: str) -> None:
    log = Log(f"kafka://{kafka}")
    expected = []
    with transactional_producer(kafka, compression_type=codec, linger_ms=50) as producer:
        for n in range(6):
            producer.begin_transaction()
            sent = [f"{n}/{m}".encode() * 20 for m in range(4)]
            for value in sent:
                producer.send(log.topic, value, partition=n % 2)
            if n % 3 == 1:
                producer.abort_transaction()
            else:
                producer.commit_transaction()
                expected += sent
    reader = log.consumer()
    assert sorted(record.value for record in reader.rest()) == sorted(expected)
    reader.consumer.commit()
    await_lag(log, reader, 0)
    log.close()


def test_a_group_that_is_moved_back_takes_no_aborted_record_and_stops_before_an_open_one(log: Log) -> None:
    reader = log.consumer()
    start = datetime.now(UTC) - timedelta(seconds=5)
    with transaction(log) as gone:
        gone.send(b"gone")
        gone.abort()
    log.publish(Record(log.topic, "a", b"kept"))
    await_lag(log, reader, 0)
    reader.close()
    with transaction(log) as open_one:
        open_one.send(b"open")
        assert log.log.rewind(reader.group, [log.topic], start) >= 1
        assert [record.value for record in log.consumer().rest()] == [b"kept"]
        open_one.abort()
