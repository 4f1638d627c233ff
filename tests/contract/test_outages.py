"""What members and servers that die do to the others."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from kafka import KafkaAdminClient

from servicekit.eventlog import EventLogUnavailable, Record, UnknownTopic
from servicekit.eventlog.embedded import EmbeddedEventLog
from servicekit.eventlog.embedded.producer import EmbeddedProducer
from tests.contract.conftest import PATIENCE_S, Log

MEMBER = """
import sys
from servicekit.eventlog import connect
consumer = connect(sys.argv[1]).consumer(sys.argv[2], [sys.argv[3]])
while True:
    if consumer.poll(0.2):
        print("polled", flush=True)
"""


@pytest.fixture
def embedded(database: str) -> Iterator[Log]:
    opened = Log(database)
    yield opened
    opened.close()


def cut_connections(url: str) -> None:
    """Ends all sessions of the database, as a restart of the server does."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_killed_member_is_replaced_and_its_uncommitted_records_come_again(log: Log) -> None:
    log.publish(*(Record(log.topic, str(n), b"") for n in range(20)))
    group = f"{log.name}.readers"
    with subprocess.Popen(
        [sys.executable, "-c", MEMBER, log.url, group, log.topic], stdout=subprocess.PIPE, text=True
    ) as member:
        assert member.stdout is not None
        assert member.stdout.readline() == "polled\n"
        member.kill()
    assert len(log.consumer().take(20)) == 20


def test_after_the_server_was_away_everything_goes_on(embedded: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    producer, reader = embedded.log.producer(), embedded.consumer()
    assert producer.publish([Record(embedded.topic, "a", b"1")]) == [None]
    reader.take(1)
    reader.consumer.commit()
    cut_connections(embedded.url)
    (outcome,) = producer.publish([Record(embedded.topic, "a", b"lost")])
    assert isinstance(outcome, EventLogUnavailable)
    assert producer.publish([Record(embedded.topic, "a", b"2")]) == [None]
    with pytest.raises(EventLogUnavailable):
        reader.consumer.poll(5)
    assert [r.value for r in reader.take(1)] == [b"2"]
    # The listener comes back too: after the last look of the old pace only it can tell of a record.
    monkeypatch.setattr("servicekit.eventlog.embedded.consumer._LOOK_S", 600.0)
    assert reader.consumer.poll(3) == []
    end, heard = time.monotonic() + PATIENCE_S, list[Record]()
    while not heard:
        assert time.monotonic() < end, "the listener did not come back"
        producer.publish([Record(embedded.topic, "a", b"3")])
        heard = list(reader.consumer.poll(1))
    assert {r.value for r in heard} == {b"3"}
    producer.close()


def stand_still(producer: EmbeddedProducer, database: str) -> None:
    """Begins to publish, takes every partition, and says nothing more, as a process does that is stopped there."""
    with producer._session.use() as connection:
        connection.pgconn.enter_pipeline_mode()
        for query in (b"BEGIN", b"SELECT FROM partitions FOR NO KEY UPDATE"):
            connection.pgconn.send_query_params(query, None)
        connection.pgconn.flush()
    taken = "SELECT count(*) FROM pg_locks WHERE relation = 'eventlog.partitions'::regclass AND mode = 'RowShareLock'"
    end = time.monotonic() + PATIENCE_S
    with psycopg.connect(database, autocommit=True) as other:
        while other.execute(taken).fetchone() == (0,):
            assert time.monotonic() < end, "it took nothing"
            time.sleep(0.01)


def test_a_producer_that_stands_still_in_the_middle_does_not_hold_up_others(embedded: Log) -> None:
    still, other = EmbeddedProducer(embedded.url), embedded.log.producer()
    stand_still(still, embedded.url)
    end = time.monotonic() + PATIENCE_S
    while other.publish([Record(embedded.topic, "a", b"1")]) != [None]:
        assert time.monotonic() < end, "others wait for one that stands still"
    assert [r.value for r in embedded.consumer().take(1)] == [b"1"]
    still.close()
    other.close()


def test_a_topic_that_is_deleted_under_a_producer_holds_up_no_other(kafka: str) -> None:
    log = Log(f"kafka://{kafka}")
    kept, producer = log.add_topic("kept"), log.log.producer()
    both = [Record(log.topic, "a", b""), Record(kept, "a", b"")]
    assert producer.publish(both) == [None, None]
    admin = KafkaAdminClient(bootstrap_servers=kafka)
    admin.delete_topics([log.topic])
    admin.close()
    # A broker tells of it a moment later; then the client waits for what it sent and was not answered, and once more.
    outcomes = (producer.publish(both) for _ in range(10))
    refused = next(found for found in outcomes if isinstance(found[0], UnknownTopic))
    assert refused[1] is None
    assert log.add_topic("events") == log.topic
    assert producer.publish(both) == [None, None]
    producer.close()
    log.close()


def test_an_empty_database_is_told(database: str) -> None:
    with EmbeddedEventLog(database) as log, pytest.raises(EventLogUnavailable, match="no topics yet"):
        log.consumer("g", ["t"]).poll(0.1)


def test_old_records_are_trimmed_and_the_rest_stays_readable(embedded: Log) -> None:
    embedded.publish(*(Record(embedded.topic, str(n), b"old") for n in range(10)))
    now = datetime.now(UTC)
    assert embedded.log.trim(now) == 0
    assert embedded.log.trim(now + timedelta(days=2)) == 10
    group = f"{embedded.name}.readers"
    assert embedded.log.lag({group: [embedded.topic]}) == {group: {embedded.topic: 0}}
    embedded.publish(Record(embedded.topic, "a", b"new"))
    assert embedded.log.lag({group: [embedded.topic]}) == {group: {embedded.topic: 1}}
    assert [r.value for r in embedded.consumer().take(1)] == [b"new"]


def test_a_trim_does_not_pass_over_what_is_being_published(embedded: Log) -> None:
    database = embedded.url
    with psycopg.connect(database, options="-c search_path=eventlog") as producer:
        # As the producer does it: the offset is taken under the partition's lock, the record comes with it.
        (taken,) = producer.execute(
            "UPDATE partitions SET next_offset = 1 WHERE number = 0 AND topic_id ="
            " (SELECT id FROM topics WHERE name = %s) RETURNING id",
            [embedded.topic],
        ).fetchall()
        producer.execute("INSERT INTO records VALUES (%s, 0, 'a', 'new', '{}', clock_timestamp())", taken)
        trimming = threading.Thread(target=embedded.log.trim, args=[datetime.now(UTC)])
        trimming.start()
        trimming.join(timeout=1)
    trimming.join()
    assert [r.value for r in embedded.consumer().take(1)] == [b"new"]
