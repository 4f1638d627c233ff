"""P2: consumers that share threads do not wait for each other, however many there are and whatever one of them does."""

import threading
import time
from collections.abc import Sequence
from dataclasses import replace

from servicekit.errors import FailedPrecondition
from servicekit.eventlog import Record
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.lanes import Lane, consumers_of, in_lanes
from servicekit.subscriptions import Subscription
from tests.servicekit.notebook import notes


def named(name: str, lane: str = "banks") -> ConsumerLoop:
    return ConsumerLoop(name, [Subscription(name, f"topic.{name}", raw=lambda *_: None, lane=lane)])


def shares(loops: Sequence[object]) -> list[list[str]]:
    return [[consumer.name for consumer in consumers_of(loop)] for loop in loops]


def test_a_lane_has_no_more_threads_than_it_may_and_leaves_nobody_out() -> None:
    consumers = [named("own", lane=""), *map(named, "abcde")]
    assert shares(in_lanes(consumers, {"banks": 2})) == [["own"], ["a", "c", "e"], ["b", "d"]]
    assert shares(in_lanes(consumers, {"banks": 9})) == [["own"], ["a"], ["b"], ["c"], ["d"], ["e"]]
    assert shares(in_lanes(consumers, {})) == [["own"], ["a"], ["b"], ["c"], ["d"], ["e"]]


class Scripted(ConsumerLoop):
    """A consumer that has so many batches, or fails whenever it is asked."""

    def __init__(self, name: str, batches: int = 0, fails: bool = False) -> None:
        super().__init__(name, [Subscription(name, f"topic.{name}", raw=lambda *_: None)])
        self.batches, self.fails, self.asked = batches, fails, 0

    def run_once(self, kit: Kit, patience_s: float = 1.0) -> bool:
        self.asked += 1
        if self.fails:
            raise FailedPrecondition("BROKEN", "topics/1", "stays broken")
        self.batches -= 1
        return self.batches >= 0


def test_one_that_fails_pauses_alone_and_one_with_much_leaves_the_others_their_turns(book: Kit) -> None:
    broken, busy, idle = Scripted("broken", fails=True), Scripted("busy", batches=50), Scripted("idle", batches=1)
    lane = Lane("banks/0", [broken, busy, idle])
    for _ in range(50):
        lane.run_once(book)
    assert busy.batches == 0
    assert idle.asked == 50
    assert 1 <= broken.asked < 10


def test_a_lane_whose_members_all_pause_waits_and_is_woken(book: Kit) -> None:
    lane = Lane("banks/0", [Scripted("broken", fails=True)])
    lane.run_once(book)
    lane._not_before["broken"] = time.monotonic() + 3600
    threading.Timer(0.05, lane.wake).start()
    assert lane.run_once(book)


def publish(kit: Kit, *values: bytes) -> None:
    producer = kit.eventlog.producer()
    assert producer.publish([Record(kit.topic, "k", value) for value in values]) == [None] * len(values)
    producer.close()


def consume(kit: Kit, loop: ConsumerLoop) -> None:
    try:
        loop.take_over(kit)
        while sum(kit.eventlog.lag({loop.name: loop.topics})[loop.name].values()):
            loop.run_once(kit)
    finally:
        loop.close()


def test_a_consumer_takes_over_where_the_one_of_an_earlier_version_was(book: Kit) -> None:
    seen: list[bytes] = []

    def keep(uow, record: Record) -> None:
        seen.append(record.value)
        uow.upsert(notes, {"id": record.value.decode(), "version": 1}, key=["id"])

    before = Subscription("all", book.topic, raw=keep)
    publish(book, b"1", b"2", b"3")
    consume(book, ConsumerLoop("all", [before]))
    publish(book, b"4", b"5")
    now = replace(before, consumer="all.one", succeeds="all")
    consume(book, ConsumerLoop("all.one", [now]))
    assert seen == [b"1", b"2", b"3", b"4", b"5"]
    publish(book, b"6")
    # Another process of it begins later, and finds that it was taken over before.
    consume(book, ConsumerLoop("all.one", [now]))
    # A process of the earlier version that still runs takes nothing twice.
    consume(book, ConsumerLoop("all", [before]))
    assert seen == [b"1", b"2", b"3", b"4", b"5", b"6"]


def test_what_damaged_bytes_hold_is_set_aside_once_with_its_offsets(book: Kit) -> None:
    told: list[tuple[int, int]] = []
    subscription = Subscription(
        "all", book.topic, raw=lambda *_: None, unreadable=lambda uow, record: told.append((record.offset, 9))
    )
    loop = ConsumerLoop("all", [subscription])
    damaged = Record(book.topic, "", b"\x00\xff", partition=2, offset=5, last_offset=9, damage="the batch is corrupt")
    for _ in range(2):
        loop._set_aside(book, [damaged])
    assert told == [(5, 9)]
    with book.unit() as uow:
        from servicekit.tables import outbox

        rows = uow.rows(outbox.select())
    [row] = [row for row in rows if row.topic.endswith(".dlq")]
    assert "unreadable, offsets 5 to 9 of partition 2: the batch is corrupt" in row.headers["dlq-reason"]
    assert row.headers["dlq-last-offset"] == "9"
