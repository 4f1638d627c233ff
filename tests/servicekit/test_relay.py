"""What was committed reaches the event log: all of it, each key in order, whoever relays (P2)."""

import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.types.json import Jsonb

from servicekit import floor
from servicekit.errors import Unavailable
from servicekit.eventlog import EventLogUnavailable, Producer, Record, Topic
from servicekit.kit import Kit
from servicekit.outbox import Relay, republish
from tests.servicekit.notebook import change_note, versions, write_note

_MANY = 10_000
_LEAD = (
    "FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture
def relay() -> Iterator[Relay]:
    relay = Relay()
    yield relay
    relay.close()


def write(kit: Kit, *identifiers: str) -> None:
    with kit.unit() as uow:
        for identifier in identifiers:
            write_note(uow, identifier)
        uow.commit(None)


def change(kit: Kit, identifier: str, times: int) -> None:
    for _ in range(times):
        version = versions(kit)[identifier]
        with kit.unit() as uow:
            change_note(uow, identifier, version, None)
            uow.commit(None)


def drain(kit: Kit, relay: Relay) -> None:
    while relay.run_once(kit):
        pass


def sequences(kit: Kit) -> dict[str, list[int]]:
    """What lies in the log, for each key in the log's order; what came twice stands there twice."""
    found = defaultdict(list)
    for record in kit.eventlog.read(kit.topic, _MANY):
        found[record.key].append(int(record.headers["ce_sequence"]))
    return dict(found)


def once(numbers: Sequence[int]) -> list[int]:
    """What a consumer that knows what it has seen takes of them."""
    return list(dict.fromkeys(numbers))


class Outage:
    """A producer on the real log that is cut off after some records, again and again."""

    def __init__(self, real: Producer, passes: Sequence[int]) -> None:
        self._real = real
        self._passes = list(passes)

    def publish(self, records: Sequence[Record]) -> list[Exception | None]:
        if not self._passes:
            return self._real.publish(records)
        count = self._passes.pop(0)
        outcomes = self._real.publish(records[:count])
        return [*outcomes, *(EventLogUnavailable("cut off") for _ in records[count:])]

    def close(self) -> None:
        self._real.close()


def test_where_facts_come_it_looks_more_often(book: Kit, relay: Relay) -> None:
    def longest_wait() -> float:
        return max(relay.poll_s for _ in range(8) if not relay.run_once(book))

    quiet = longest_wait()
    write(book, "a")
    drain(book, relay)
    assert longest_wait() < quiet


def test_only_the_relay_does_not_wait_for_the_disk(book: Kit, relay: Relay) -> None:
    def waits() -> set[str]:
        with book.engine.connect() as one, book.engine.connect() as another:
            return {each.exec_driver_sql("SHOW synchronous_commit").scalar_one() for each in (one, another)}

    usual = waits()
    write(book, "a")
    drain(book, relay)
    assert relay._lead.connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "off"
    assert waits() == usual
    relay.close()
    assert waits() == usual


def test_a_publish_that_fails_midway_is_resumed_in_the_order_of_each_key(
    book: Kit, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(book, "a", "b", "c")
    for _ in range(5):
        for identifier in ("a", "b", "c"):
            change(book, identifier, 1)
    outage = Outage(book.eventlog.producer(), passes=[4, 0, 7])
    with monkeypatch.context() as patched:
        patched.setattr(book.eventlog, "producer", lambda: outage)
        for _ in range(3):
            with pytest.raises(EventLogUnavailable, match="cut off"):
                relay.run_once(book)
        drain(book, relay)
    assert sequences(book) == {identifier: [1, 2, 3, 4, 5, 6] for identifier in ("a", "b", "c")}


def test_what_was_sent_but_not_marked_is_sent_again_in_order(book: Kit) -> None:
    write(book, "a")
    change(book, "a", 2)
    first, second = Relay(), Relay()
    try:
        assert first.run_once(book)
        with psycopg.connect(book.settings.database_url) as connection:
            # As if the first relay had died after the log's answer and before its own note of it.
            connection.execute("UPDATE outbox SET published_at = NULL WHERE (headers ->> 'ce_sequence')::int > 1")
        first.close()
        change(book, "a", 1)
        drain(book, second)
    finally:
        first.close()
        second.close()
    assert sequences(book) == {"a": [1, 2, 3, 2, 3, 4]}
    assert once(sequences(book)["a"]) == [1, 2, 3, 4]


def test_of_two_relays_one_works(book: Kit) -> None:
    first, second = Relay(), Relay()
    try:
        assert not first.run_once(book)
        write(book, "a", "b")
        assert not second.run_once(book), "the other one holds the lead"
        assert first.run_once(book)
        assert sequences(book) == {"a": [1], "b": [1]}
    finally:
        first.close()
        second.close()


def test_two_relays_at_once_send_everything_once_while_writers_go_on(book: Kit) -> None:
    write(book, "a", "b", "c", "d")
    written = threading.Event()
    relays = [Relay(), Relay()]

    def work(relay: Relay) -> None:
        while True:
            ending = written.is_set()
            if not relay.run_once(book) and ending:
                return

    threads = [threading.Thread(target=work, args=[relay]) for relay in relays]
    writers = [threading.Thread(target=change, args=[book, key, 15]) for key in ("a", "b", "c", "d")]
    for thread in (*threads, *writers):
        thread.start()
    for writer in writers:
        writer.join()
    written.set()
    for thread in threads:
        thread.join()
    for relay in relays:
        relay.close()
    assert sequences(book) == {key: list(range(1, 17)) for key in ("a", "b", "c", "d")}


def test_a_lost_lead_is_taken_over_and_the_loser_steps_back(book: Kit) -> None:
    loser, heir = Relay(), Relay()
    write(book, "a")
    try:
        assert loser.run_once(book)
        change(book, "a", 1)
        with psycopg.connect(book.settings.database_url, autocommit=True) as connection:
            # Waits until the session has ended, and its lock with it.
            connection.execute(f"SELECT pg_terminate_backend(pid, 5000) {_LEAD}")
        assert heir.run_once(book)
        with pytest.raises(Unavailable):
            loser.run_once(book)
        change(book, "a", 1)
        assert not loser.run_once(book)
        assert heir.run_once(book)
    finally:
        loser.close()
        heir.close()
    assert sequences(book) == {"a": [1, 2, 3]}


def test_a_relay_that_gives_up_leaves_the_lead_to_the_next(book: Kit) -> None:
    first, second = Relay(), Relay()
    try:
        first.run_once(book)
        write(book, "a")
        first.close()
        assert second.run_once(book)
    finally:
        second.close()


@pytest.fixture
def rising(monkeypatch: pytest.MonkeyPatch) -> None:
    """The floor rises as soon as it may, not once a second."""
    monkeypatch.setattr(floor, "_EVERY_S", 0.0)


def look_often(kit: Kit, relay: Relay) -> int:
    """More often than a floor needs to rise; where it is then."""
    for _ in range(5):
        drain(kit, relay)
    return relay._floor.seq


def highest(kit: Kit) -> int:
    with psycopg.connect(kit.settings.database_url) as connection:
        row = connection.execute("SELECT max(seq) FROM outbox").fetchone()
        return row[0] if row else 0


@pytest.mark.usefixtures("rising")
def test_a_slow_commit_is_not_passed_over(book: Kit, relay: Relay) -> None:
    with psycopg.connect(book.settings.database_url) as slow:
        # It takes its `seq` now, and commits after higher ones were published.
        slow.execute(
            "INSERT INTO outbox (topic, key, headers, value) VALUES (%s, 'slow', %s, '')",
            [book.topic, Jsonb({"ce_sequence": "1"})],
        )
        write(book, "quick")
        change(book, "quick", 3)
        assert look_often(book, relay) < highest(book) - 4
        assert sequences(book) == {"quick": [1, 2, 3, 4]}
        slow.commit()
    change(book, "quick", 1)
    assert look_often(book, relay) == highest(book)
    assert sequences(book) == {"quick": [1, 2, 3, 4, 5], "slow": [1]}


@pytest.mark.usefixtures("rising")
def test_a_transaction_of_others_does_not_make_looks_longer(book: Kit, relay: Relay) -> None:
    with psycopg.connect(book.settings.database_url) as lunch:
        lunch.execute("SELECT pg_current_xact_id(), count(*) FROM outbox")
        write(book, "a")
        change(book, "a", 3)
        assert look_often(book, relay) == highest(book)
        change(book, "a", 1)
        drain(book, relay)
    assert sequences(book) == {"a": [1, 2, 3, 4, 5]}


@pytest.mark.usefixtures("rising")
def test_what_could_not_be_sent_stays_above_the_floor(book: Kit, relay: Relay) -> None:
    write(book, "a")
    assert look_often(book, relay) == highest(book)
    change(book, "a", 3)
    relay._producer = Outage(book.eventlog.producer(), passes=[0, 1, 0, 0, 0])
    for _ in range(5):
        with pytest.raises(EventLogUnavailable, match="cut off"):
            relay.run_once(book)
    assert look_often(book, relay) == highest(book)
    assert sequences(book) == {"a": [1, 2, 3, 4]}


def test_a_topic_that_the_log_does_not_have_holds_up_no_other(book: Kit, relay: Relay) -> None:
    gone, more_than_a_batch = f"{book.topic}.gone", 700
    with psycopg.connect(book.settings.database_url) as connection:
        connection.execute(
            "INSERT INTO outbox (topic, key, headers, value)"
            " SELECT %s, n::text, '{}', '' FROM generate_series(1, %s) AS n",
            [gone, more_than_a_batch],
        )
    write(book, "a")
    with pytest.raises(EventLogUnavailable, match=gone):
        relay.run_once(book)
    assert relay.run_once(book), "what is behind them"
    assert sequences(book) == {"a": [1]}

    book.eventlog.ensure_topics([Topic(gone, 1, timedelta(days=1))])
    while not relay.run_once(book):
        pass
    drain(book, relay)
    assert len(list(book.eventlog.read(gone, _MANY))) == more_than_a_batch


@pytest.mark.usefixtures("rising")
def test_what_a_log_lost_is_sent_again_with_the_same_ids_and_in_order(book: Kit, relay: Relay) -> None:
    write(book, "a", "b")
    drain(book, relay)
    point = datetime.now(UTC)
    change(book, "a", 3)
    look_often(book, relay)
    before = [record.headers["ce_id"] for record in book.eventlog.read(book.topic, _MANY)]

    assert republish(book, point) == 3
    with pytest.raises(Unavailable):
        relay.run_once(book)
    drain(book, relay)

    assert sequences(book) == {"a": [1, 2, 3, 4, 2, 3, 4], "b": [1]}
    assert {record.headers["ce_id"] for record in book.eventlog.read(book.topic, _MANY)} == set(before)
    assert republish(book, datetime.now(UTC)) == 0
