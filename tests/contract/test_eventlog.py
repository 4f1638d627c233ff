"""What every event log must do; one suite for both adapters."""

import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import pytest

from servicekit.eventlog import EventLogUnavailable, Record, Refused, Topic, UnknownTopic, connect
from tests.contract.conftest import Log
from tests.support.ports import free_port


def numbered(topic: str, count: int, keys: int = 7) -> list[Record]:
    return [Record(topic, f"key-{n % keys}", str(n).encode()) for n in range(count)]


def by_key(records: Iterable[Record]) -> dict[str, list[int]]:
    found = defaultdict(list)
    for record in records:
        found[record.key].append(int(record.value))
    return found


def test_order_of_a_key_is_kept_over_batches(log: Log) -> None:
    records = numbered(log.topic, 900)
    for n in range(0, 900, 300):
        log.publish(*records[n : n + 300])
    received = log.consumer().take(900)
    assert by_key(received) == by_key(records)


def test_a_key_stays_in_its_partition_and_offsets_have_no_gaps(log: Log) -> None:
    log.publish(*numbered(log.topic, 100))
    log.publish(*numbered(log.topic, 100))
    received = log.consumer().take(200)
    assert all(len({r.partition for r in received if r.key == key}) == 1 for key in {r.key for r in received})
    for partition in {r.partition for r in received}:
        offsets = [r.offset for r in received if r.partition == partition]
        assert offsets == list(range(len(offsets)))


def test_keys_spread_over_partitions(log: Log) -> None:
    log.publish(*numbered(log.topic, 100, keys=100))
    assert {r.partition for r in log.consumer().take(100)} == {0, 1, 2, 3}


@pytest.mark.parametrize("value", [b"", "供热维修工单".encode(), b"\x00\xff" * 10, bytes(900_000)], ids=len)
def test_key_headers_and_bytes_come_back_as_they_went(log: Log, value: bytes) -> None:
    headers = {"ce_type": "hearthline.x.v1.Y", "empty": "", "名称": "值 \u0001 \U0001f525"}
    log.publish(Record(log.topic, "用户/1", value, headers))
    (received,) = log.consumer().take(1)
    assert (received.topic, received.key, received.value, dict(received.headers)) == (
        log.topic,
        "用户/1",
        value,
        headers,
    )
    assert received.timestamp is not None
    assert abs(received.timestamp.timestamp() - time.time()) < 60


def test_uncommitted_records_come_again_after_a_crash(log: Log) -> None:
    log.publish(*numbered(log.topic, 20))
    first = log.consumer()
    assert len(first.take(20)) == 20
    first.close()
    assert len(log.consumer().take(20)) == 20


def test_committed_records_do_not_come_again(log: Log) -> None:
    log.publish(*numbered(log.topic, 20))
    first = log.consumer()
    first.take(20)
    first.consumer.commit()
    first.close()
    log.publish(Record(log.topic, "new", b"20"))
    assert [r.value for r in log.consumer().take(1)] == [b"20"]


def test_rewind_goes_back_to_the_last_commit(log: Log) -> None:
    log.publish(*numbered(log.topic, 10))
    reader = log.consumer()
    reader.take(10)
    reader.consumer.commit()
    log.publish(*numbered(log.topic, 5))
    once = reader.take(5)
    reader.consumer.rewind()
    again = reader.take(5)
    assert sorted((r.partition, r.offset) for r in again) == sorted((r.partition, r.offset) for r in once)
    reader.consumer.commit()
    assert reader.consumer.poll(0.3) == []


def test_rewind_before_any_commit_begins_again(log: Log) -> None:
    log.publish(*numbered(log.topic, 10))
    reader = log.consumer()
    reader.take(10)
    reader.consumer.rewind()
    assert len(reader.take(10)) == 10


def test_a_poll_brings_no_more_than_asked(log: Log) -> None:
    log.publish(*numbered(log.topic, 50))
    reader = log.consumer()
    sizes = [len(reader.consumer.poll(10, max_records=7)) for _ in range(4)]
    assert 0 < max(sizes) <= 7


def test_groups_are_independent(log: Log) -> None:
    log.publish(*numbered(log.topic, 10))
    one, other = log.consumer("one"), log.consumer("other")
    assert len(one.take(10)) == 10
    one.consumer.commit()
    assert len(other.take(10)) == 10


def test_one_group_may_read_several_topics(log: Log) -> None:
    second = log.add_topic("more", partitions=1)
    log.publish(Record(log.topic, "a", b"1"), Record(second, "b", b"2"))
    received = log.consumer(topics=[log.topic, second]).take(2)
    assert {(r.topic, r.value) for r in received} == {(log.topic, b"1"), (second, b"2")}


def test_a_waiting_consumer_gets_new_records_at_once(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the look that it takes now and then, which would find them too: only who is woken is in time.
    monkeypatch.setattr("servicekit.eventlog.embedded.consumer._LOOK_S", 60.0)
    reader = log.consumer()
    log.publish(Record(log.topic, "warm", b"0"))
    reader.take(1)
    timer = threading.Timer(0.3, lambda: log.publish(Record(log.topic, "a", b"1")))
    timer.start()
    started = time.monotonic()
    assert [r.value for r in reader.consumer.poll(50)] == [b"1"]
    assert time.monotonic() - started < 20
    timer.join()


def test_idle_poll_ends_after_its_timeout(log: Log) -> None:
    reader = log.consumer()
    reader.rest()
    started = time.monotonic()
    assert reader.consumer.poll(0.5) == []
    assert 0.4 < time.monotonic() - started < 20


def test_wake_ends_a_waiting_poll(log: Log) -> None:
    reader = log.consumer()
    reader.rest()
    timer = threading.Timer(0.3, reader.consumer.wake)
    timer.start()
    started = time.monotonic()
    assert reader.consumer.poll(60) == []
    assert time.monotonic() - started < 20
    timer.join()
    log.publish(Record(log.topic, "a", b"1"))
    assert len(reader.take(1)) == 1


def test_lag_counts_what_the_group_has_not_committed(log: Log) -> None:
    reader, other = log.consumer(), f"{log.name}.others"
    log.publish(*numbered(log.topic, 2))
    reader.take(2)
    reader.consumer.commit()
    log.publish(*numbered(log.topic, 10))

    def lag() -> dict[str, dict[str, int]]:
        return log.log.lag({reader.group: [log.topic], other: [log.topic, "no-such-topic"]})

    assert lag() == {reader.group: {log.topic: 10}, other: {log.topic: 12, "no-such-topic": 0}}
    reader.take(10)
    assert lag()[reader.group] == {log.topic: 10}
    reader.consumer.commit()
    assert lag() == {reader.group: {log.topic: 0}, other: {log.topic: 12, "no-such-topic": 0}}


def test_a_reader_without_group_sees_all_from_the_beginning(log: Log) -> None:
    log.publish(*numbered(log.topic, 30, keys=1))
    seen = list(log.log.read(log.topic, 100))
    assert [int(r.value) for r in seen] == list(range(30))
    assert len(list(log.log.read(log.topic, 10))) == 10
    assert len(log.consumer().take(30)) == 30


def test_reading_an_empty_topic_ends(log: Log) -> None:
    assert list(log.log.read(log.topic, 10)) == []


def test_making_topics_again_changes_nothing(log: Log) -> None:
    log.publish(Record(log.topic, "a", b"1"))
    log.log.ensure_topics([Topic(log.topic, 4, timedelta(days=1))])
    assert len(log.consumer().take(1)) == 1


def test_an_unknown_topic_is_refused_by_name_and_others_go_out(log: Log) -> None:
    producer = log.log.producer()
    outcomes = producer.publish([Record("test.nowhere", "a", b"1"), Record(log.topic, "a", b"2")])
    producer.close()
    assert isinstance(outcomes[0], UnknownTopic)
    assert "test.nowhere" in str(outcomes[0])
    assert outcomes[1] is None
    with pytest.raises(UnknownTopic, match=r"test\.nowhere"):
        list(log.log.read("test.nowhere", 1))


def test_what_follows_a_refused_record_of_its_key_is_held_back_on_kafka(kafka: str) -> None:
    log = Log(f"kafka://{kafka}")
    producer = log.log.producer()
    values = [("a", b"0"), ("a", bytes(1_500_000)), ("a", b"2"), ("b", b"3"), ("a", b"4")]
    outcomes = producer.publish([Record(log.topic, key, value) for key, value in values])
    producer.close()
    assert [outcome is None for outcome in outcomes] == [True, False, False, True, False]
    assert isinstance(outcomes[1], Refused)
    assert log.topic in str(outcomes[1])
    assert sorted(record.value for record in log.log.read(log.topic, 10)) == [b"0", b"3"]
    log.close()


def test_a_log_says_what_it_runs_on_before_it_connects() -> None:
    for url, system in (("kafka://127.0.0.1:1", "kafka"), ("postgresql://127.0.0.1:1/none", "postgresql")):
        with connect(url) as log:
            assert log.system == system


@pytest.mark.parametrize("scheme", ["kafka://127.0.0.1:{}", "postgresql://u:secret@127.0.0.1:{}/eventlog"])
def test_an_unreachable_server_is_a_clear_error_everywhere(scheme: str) -> None:
    port = free_port()
    with connect(scheme.format(port)) as log:
        producer, consumer = log.producer(), log.consumer("g", ["t"])
        (outcome,) = producer.publish([Record("t", "k", b"")])
        assert isinstance(outcome, EventLogUnavailable)
        for attempt in (
            lambda: consumer.poll(0.1),
            lambda: log.lag({"g": ["t"]}),
            lambda: log.ensure_topics([]),
            lambda: list(log.read("t", 1)),
        ):
            with pytest.raises(EventLogUnavailable, match=f"127.0.0.1:{port}") as caught:
                attempt()
            assert "secret" not in str(caught.value)
        producer.close()
        consumer.close()


def test_other_urls_are_refused() -> None:
    with pytest.raises(ValueError, match="HEARTHLINE_EVENTLOG_URL"):
        connect("amqp://localhost")
