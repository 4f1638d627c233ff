"""Members of one group share the work, and take over from each other."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from servicekit.eventlog import EventLogUnavailable, GroupInUse, Record
from tests.contract.conftest import PATIENCE_S, Log, Reader


def test_two_members_split_the_partitions(log: Log) -> None:
    one, other = log.consumer(), log.consumer()
    shares = share_out(log, one, other)
    assert all(shares)
    assert shares[0].isdisjoint(shares[1])
    assert shares[0] | shares[1] == {0, 1, 2, 3}


def test_partitions_of_a_closed_member_are_taken_over_without_loss(log: Log) -> None:
    one, other = log.consumer(), log.consumer()
    share_out(log, one, other)
    one.close()
    log.publish(*(Record(log.topic, f"late-{n}", b"late") for n in range(40)))
    assert len([r for r in other.take(40) if r.value == b"late"]) == 40


def test_groups_that_begin_at_the_same_time_all_get_everything(log: Log) -> None:
    """As when six services start. With kafka-python one in ten waited for ever, having joined too early."""
    topics = [log.add_topic(f"events-{n}", partitions=2) for n in range(6)]
    log.publish(*(Record(topic, str(n), b"x") for topic in topics for n in range(20)))
    for round_ in range(4):
        readers = [log.consumer(f"group-{round_}-{n}", topics) for n in range(10)]
        with ThreadPoolExecutor(len(readers)) as pool:
            taken = list(pool.map(lambda reader: len(reader.take(120)), readers))
        assert taken == [120] * len(readers)
        for reader in readers:
            reader.close()


def test_a_member_that_came_before_its_topic_reads_it_once_it_is_made(log: Log) -> None:
    """As when pods start while topics are still being made. With kafka-python it looked again after five minutes."""
    reader = log.consumer("early", [f"test.{log.name}.late"])
    with suppress(EventLogUnavailable):
        reader.consumer.poll(1)
    topic = log.add_topic("late")
    log.publish(*(Record(topic, str(n), b"x") for n in range(20)))
    assert len(reader.take(20)) == 20


def test_a_group_without_members_takes_again_what_came_since(log: Log) -> None:
    log.publish(*(Record(log.topic, str(n), b"before") for n in range(20)))
    reader = log.consumer()
    point = max(record.timestamp for record in reader.take(20) if record.timestamp) + timedelta(milliseconds=1)
    wait_until_past(point)
    log.publish(*(Record(log.topic, str(n), b"after") for n in range(20)))
    reader.take(20)
    reader.consumer.commit()
    reader.close()

    assert log.log.rewind(reader.group, [log.topic], point) == 20

    assert {record.value for record in log.consumer().take(20)} == {b"after"}


def test_rewinding_never_goes_forward(log: Log) -> None:
    log.publish(*(Record(log.topic, str(n), b"x") for n in range(20)))
    reader = log.consumer()
    assert len(reader.take(20)) == 20
    reader.consumer.commit()
    log.publish(*(Record(log.topic, str(n), b"unseen") for n in range(20)))
    reader.close()

    assert log.log.rewind(reader.group, [log.topic], datetime.now(UTC) + timedelta(days=1)) == 0
    assert log.log.rewind(f"{log.name}.nobody", [log.topic], datetime.now(UTC)) == 0

    assert {record.value for record in log.consumer().take(20)} == {b"unseen"}


def test_a_group_with_members_is_not_moved(log: Log) -> None:
    log.publish(Record(log.topic, "key", b"x"))
    reader = log.consumer()
    reader.take(1)
    reader.consumer.commit()
    with pytest.raises(GroupInUse, match=reader.group):
        log.log.rewind(reader.group, [log.topic], datetime.now(UTC) - timedelta(hours=1))


def wait_until_past(point: datetime) -> None:
    """Time has to pass between two records that time tells apart."""
    while datetime.now(UTC) <= point:
        time.sleep(0.001)


def share_out(log: Log, one: Reader, other: Reader) -> tuple[set[int], set[int]]:
    """Publishes until each record goes to one of both and both get some; the partitions of each.

    Each is polled without a pause, as in a service. With kafka-python 3.0.12 a member whose joining ends while nobody
    polls it forgets what it was given and joins again, and so on: two that took turns went on so for half a minute.
    """
    end = time.monotonic() + PATIENCE_S
    with ThreadPoolExecutor(2) as pool:
        while True:
            log.publish(*(Record(log.topic, str(n), b"early") for n in range(40)))
            shares = tuple(pool.map(_take_until_quiet, (one, other)))
            if all(shares) or time.monotonic() > end:
                return shares[0], shares[1]


def _take_until_quiet(reader: Reader) -> set[int]:
    """Takes what comes until nothing has for a second; its partitions."""
    partitions = set()
    quiet = time.monotonic() + 1
    while time.monotonic() < quiet:
        if batch := reader.consumer.poll(0.2):
            partitions |= {record.partition for record in batch}
            reader.consumer.commit()
            quiet = time.monotonic() + 1
    return partitions
