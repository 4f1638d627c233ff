"""Every event takes effect once, whatever the log delivers and whoever dies; what cannot be taken stops nobody (P2)."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit import cloudevents, inbox
from servicekit.cloudevents import Event
from servicekit.deadletters import DeadLetter, dead_letter, list_dead_letters
from servicekit.errors import Unavailable
from servicekit.eventlog import Consumer, EventLogUnavailable, Record
from servicekit.inbox import ConsumerLoop, next_batch
from servicekit.kit import Kit
from servicekit.outbox import Relay
from servicekit.subscriptions import Subscription
from servicekit.uow import UnitOfWork
from tests.servicekit.counting import CONSUMER, count, counter
from tests.servicekit.notebook import notes, versions
from tests.support.running import MORNING

KEYS = ("a", "b", "c", "d", "e")


@pytest.fixture
def counts(book: Kit) -> Kit:
    """A notebook with a note for each key, which no fact was counted in."""
    with book.unit() as uow:
        for key in KEYS:
            uow.insert(notes, {"id": key, "at": uow.now, "version": 0})
        uow.commit(None)
    return book


def told(kit: Kit, key: str) -> Record:
    """The fact about a note, as a relay publishes it."""
    message = TicketCreated(ticket=key)
    headers = cloudevents.headers(message, kit.name, f"tickets/{key}", 1, MORNING, "")
    return Record(kit.topic, key, message.SerializeToString(), headers)


def publish(kit: Kit, *records: Record) -> None:
    producer = kit.eventlog.producer()
    assert producer.publish(records) == [None] * len(records)
    producer.close()


def consume(kit: Kit, loop: ConsumerLoop) -> None:
    """Until nothing is left."""
    try:
        while sum(kit.eventlog.lag({loop.name: loop.topics})[loop.name].values()):
            loop.run_once(kit)
    finally:
        loop.close()


def letters(kit: Kit) -> list[DeadLetter]:
    """All dead letters, after they were relayed."""
    relay = Relay()
    while relay.run_once(kit):
        pass
    relay.close()
    return list(list_dead_letters(kit.eventlog, kit.topic))


def test_an_event_that_comes_twice_is_taken_once(counts: Kit) -> None:
    record = told(counts, "a")
    publish(counts, record, told(counts, "b"), record)
    consume(counts, counter(counts))
    publish(counts, record)
    consume(counts, counter(counts))
    assert versions(counts) == {"a": 1, "b": 1, "c": 0, "d": 0, "e": 0}


@given(largest=st.integers(1, 500), share=st.floats(0, 1), pace_s=st.floats(0, 1))
def test_a_batch_takes_no_longer_than_a_moment_where_events_take_long(
    largest: int, share: float, pace_s: float
) -> None:
    size = max(1, round(largest * share))
    after = next_batch(largest, size, size * pace_s)
    assert 1 <= after <= 500
    if size * pace_s > 0.2:
        assert after < size or size == 1
        assert after == 1 or after * pace_s <= 0.2 + 1e-9
    else:
        assert after >= largest


def test_where_a_batch_took_long_the_next_events_are_taken_apart(counts: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox, "_LONG_S", 0.0)
    loop = counter(counts)
    publish(counts, *(told(counts, key) for key in KEYS))
    consume(counts, loop)
    publish(counts, *(told(counts, key) for key in KEYS))
    consume(counts, loop)
    assert versions(counts) == dict.fromkeys(KEYS, 2)
    with counts.engine.connect() as connection:
        sizes = connection.exec_driver_sql("SELECT count(*) FROM inbox GROUP BY xmin::text").scalars().all()
    assert sum(sizes) == 2 * len(KEYS)
    assert sizes.count(1) >= len(KEYS)


def test_a_poison_event_becomes_a_dead_letter_and_its_neighbours_are_taken(counts: Kit) -> None:
    def picky(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
        count(uow, event)
        if event.data.ticket == "c":
            raise ValueError("no c, please")

    publish(counts, *(told(counts, key) for key in KEYS))
    consume(counts, counter(counts, picky))
    assert versions(counts) == {"a": 1, "b": 1, "c": 0, "d": 1, "e": 1}
    (letter,) = letters(counts)
    assert (letter.consumer, letter.topic, letter.reason) == (CONSUMER, counts.topic, "ValueError: no c, please")
    assert (letter.record.key, letter.record.value) == ("c", told(counts, "c").value)


def test_what_is_no_event_of_ours_becomes_a_dead_letter_and_unknown_types_are_passed_over(counts: Kit) -> None:
    good = told(counts, "a")
    broken = replace(good, value=b"\xff\xff", headers={**good.headers, "ce_id": "broken"})
    unknown = replace(good, headers={**good.headers, "ce_id": "new", "ce_type": "hearthline.notes.v9.Unheard"})
    untyped = replace(good, headers={})
    timeless = replace(good, headers={**good.headers, "ce_id": "timeless", "ce_time": "soon"})
    nowhere = replace(good, headers={**good.headers, "ce_id": "nowhere", "ce_time": "2026-01-15T09:00:00"})
    publish(counts, broken, unknown, untyped, timeless, nowhere, good)
    consume(counts, counter(counts))
    assert versions(counts)["a"] == 1
    reasons = [letter.reason for letter in letters(counts)]
    assert len(reasons) == 4
    assert all(reason.startswith("UndecodableEvent: ") for reason in reasons)
    assert "ce_type" in reasons[1]
    assert "soon" in reasons[2]
    assert "has no offset from UTC" in reasons[3]


def test_an_event_that_fails_for_a_while_is_tried_again(counts: Kit) -> None:
    failures = [ValueError("first"), ValueError("second")]

    def shaky(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
        count(uow, event)
        if failures:
            raise failures.pop()

    publish(counts, told(counts, "a"))
    consume(counts, counter(counts, shaky))
    assert versions(counts)["a"] == 1
    assert letters(counts) == []


def test_while_the_database_is_away_nothing_is_given_up(counts: Kit) -> None:
    away = [Unavailable("gone"), Unavailable("gone")]

    def cut_off(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
        if away:
            raise away.pop()
        count(uow, event)

    publish(counts, *(told(counts, key) for key in KEYS))
    loop = counter(counts, cut_off)
    for _ in range(2):
        with pytest.raises(Unavailable):
            while True:
                loop.run_once(counts)
    consume(counts, loop)
    assert versions(counts) == dict.fromkeys(KEYS, 1)
    assert letters(counts) == []


def test_bytes_that_the_database_cannot_keep_become_a_dead_letter(counts: Kit) -> None:
    def judge(uow: UnitOfWork, record: Record) -> None:
        if record.value == b"\0":
            raise ValueError(f"{record.value.decode()!s} and {record.headers['note']} are nothing")
        uow.commit(None)

    loop = ConsumerLoop(CONSUMER, [Subscription(CONSUMER, counts.topic, raw=judge)])
    publish(counts, Record(counts.topic, "a", b"\0", {"note": "nul \0", "odd \0": "x"}), Record(counts.topic, "b", b""))
    consume(counts, loop)
    (letter,) = letters(counts)
    assert letter.record.value == b"\0"
    assert letter.reason == "ValueError: \ufffd and nul \ufffd are nothing"


def test_a_key_that_the_database_cannot_keep_does_not_keep_a_record_from_the_dead_letters(counts: Kit) -> None:
    # As a bank may send it, whose keys are numbers in binary.
    dead_letter(counts, CONSUMER, "7", Record(counts.topic, "\0\0\0*", b"x"), ValueError("nothing that it knows"))
    (letter,) = letters(counts)
    assert letter.record.key == "\ufffd\ufffd\ufffd*"
    assert letter.record.value == b"x"


def test_an_error_that_nobody_foresaw_loses_no_event(counts: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
        raise ValueError(event.data.ticket)

    publish(counts, *(told(counts, key) for key in KEYS))
    loop = counter(counts, refused)
    with monkeypatch.context() as patched:
        # The dead letter cannot be written either.
        patched.setattr("servicekit.inbox.dead_letter", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            while True:
                loop.run_once(counts)
    consume(counts, loop)
    assert sorted(letter.record.key for letter in letters(counts)) == list(KEYS)


def test_a_consumer_killed_between_effect_and_offset_has_taken_each_event_once(counts: Kit) -> None:
    publish(counts, *(told(counts, key) for key in KEYS))
    command = [sys.executable, "-m", "tests.servicekit.counting"]
    arguments = [counts.settings.database_url, counts.settings.eventlog_url, counts.name]
    with subprocess.Popen([*command, *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "applied\n"
        process.kill()
    assert sum(versions(counts).values()) > 0, "the effect was there"
    assert counts.eventlog.lag({CONSUMER: [counts.topic]}) == {CONSUMER: {counts.topic: len(KEYS)}}, (
        "the offset was not"
    )
    consume(counts, counter(counts))
    assert versions(counts) == dict.fromkeys(KEYS, 1)


def test_offsets_that_could_not_be_committed_do_not_wait_for_the_next_record(
    counts: Kit, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = counter(counts)
    probe = counts.eventlog.consumer(loop.name, loop.topics)
    probe.close()
    kind, refusals = type(probe), [EventLogUnavailable("the coordinator moves")]
    whole = kind.commit

    def commit(self: Consumer) -> None:
        if refusals:
            raise refusals.pop()
        whole(self)

    monkeypatch.setattr(kind, "commit", commit)
    publish(counts, told(counts, "a"))
    with pytest.raises(EventLogUnavailable):
        while True:
            loop.run_once(counts)
    consume(counts, loop)
    assert versions(counts)["a"] == 1
