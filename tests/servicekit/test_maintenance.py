"""What the kit's tables keep, and for how long (P1, C9)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest

from servicekit import maintenance
from servicekit.eventlog import Topic
from servicekit.kit import Kit
from servicekit.maintenance import Maintenance
from tests.faults.processes import wait_until
from tests.servicekit.notebook import notebook, write_note

_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'DELETE%'"
)


@pytest.fixture
def kit(database: str) -> Iterator[Kit]:
    with notebook(database, eventlog_url=database) as kit:
        kit.eventlog.ensure_topics([Topic(kit.topic, 1, timedelta(days=1))])
        yield kit


def ask(kit: Kit, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(kit.settings.database_url, autocommit=True) as connection:
        found = connection.execute(query)
        return found.fetchall() if found.description else []


def write_facts(kit: Kit, number: int, published: bool, days_ago: int) -> None:
    """Into the partition of no day, as a first day's are."""
    for _ in range(number):
        with kit.unit() as uow:
            write_note(uow, str(uuid4()))
            uow.commit(None)
    at = f"now() - interval '{days_ago} days'"
    ask(kit, f"UPDATE outbox SET created_at = {at}, published_at = {at if published else 'NULL'} WHERE true")


def test_facts_that_have_no_day_of_their_own_go_as_the_others_do(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maintenance, "_BATCH", 2)
    write_facts(kit, 1, published=True, days_ago=2)
    young = ask(kit, "TABLE outbox_default")
    assert Maintenance().run_once(kit) is False
    assert ask(kit, "TABLE outbox_default") == young
    write_facts(kit, 2, published=True, days_ago=4)
    assert Maintenance().run_once(kit) is True, "three are old, two a batch"
    assert Maintenance().run_once(kit) is False
    assert ask(kit, "TABLE outbox") == []


def test_a_fact_that_is_not_published_stays(kit: Kit) -> None:
    write_facts(kit, 1, published=False, days_ago=40)
    Maintenance().run_once(kit)
    assert len(ask(kit, "TABLE outbox_default")) == 1


def test_a_fact_that_is_being_made_unpublished_again_stays(kit: Kit) -> None:
    write_facts(kit, 1, published=True, days_ago=40)
    with ThreadPoolExecutor(1) as pool, psycopg.connect(kit.settings.database_url) as operator:
        operator.execute("UPDATE outbox SET published_at = NULL WHERE true")  # as `republish` does
        maintained = pool.submit(Maintenance().run_once, kit)
        wait_until(lambda: ask(kit, _WAITING) == [(1,)])
        operator.commit()
        maintained.result()
    assert ask(kit, "SELECT published_at FROM outbox_default") == [(None,)]


@pytest.mark.parametrize("table", ["inbox", "requests"])
def test_what_was_seen_is_known_for_eight_days(kit: Kit, table: str) -> None:
    columns = {"inbox": "consumer, event_id", "requests": "request_id, method, body_hash, reply"}[table]
    values = {"inbox": "'c', '{0}'", "requests": "'{0}', 'm', '', ''"}[table]
    for days in (7, 9):
        ask(
            kit,
            f"INSERT INTO {table} ({columns}, created_at)"
            f" VALUES ({values.format(days)}, now() - interval '{days} days')",
        )
    Maintenance().run_once(kit)
    ((left,),) = ask(kit, f"SELECT {'event_id' if table == 'inbox' else 'request_id'} FROM {table}")
    assert left == "7"


def test_partitions_wait_for_a_long_reader_and_writers_do_not_wait_behind_them(kit: Kit) -> None:
    loop = Maintenance()
    tomorrow = f"outbox_{datetime.now(UTC) + timedelta(days=1):%Y%m%d}"
    there = f"SELECT to_regclass('{tomorrow}') IS NOT NULL"
    assert ask(kit, there) == [(False,)]
    with psycopg.connect(kit.settings.database_url) as reader:
        reader.execute("SELECT count(*) FROM outbox")
        assert loop.run_once(kit) is False
        assert loop.poll_s == 60
        assert ask(kit, there) == [(False,)]
    loop.run_once(kit)
    assert loop.poll_s == 3600
    assert ask(kit, there) == [(True,)]
    with kit.engine.connect() as connection:
        settings = [connection.exec_driver_sql(f"SHOW {name}_timeout").scalar_one() for name in ("lock", "statement")]
    assert settings == ["0", "15s"]


def test_a_day_goes_as_a_whole_and_stays_while_a_fact_of_it_is_to_be_sent_again(kit: Kit) -> None:
    old = datetime.now(UTC) - timedelta(days=9)
    bounds = f"FROM ('{old:%Y-%m-%d} 00:00+00') TO ('{old + timedelta(days=1):%Y-%m-%d} 00:00+00')"
    ask(kit, f"CREATE TABLE outbox_{old:%Y%m%d} PARTITION OF outbox FOR VALUES {bounds}")
    at = f"'{old:%Y-%m-%d} 12:00+00'"
    columns = "created_at, published_at, topic, key, headers, value"
    ask(kit, f"INSERT INTO outbox ({columns}) SELECT {at}, {at}, 't', 'k', '{{}}', '' FROM generate_series(1, 2)")
    with psycopg.connect(kit.settings.database_url) as operator:
        operator.execute("UPDATE outbox SET published_at = NULL WHERE seq = (SELECT min(seq) FROM outbox)")
        Maintenance().run_once(kit)
        assert len(ask(kit, "TABLE outbox")) == 2, "an operator is about to send one again"
    Maintenance().run_once(kit)
    assert len(ask(kit, "TABLE outbox")) == 2
    ask(kit, "UPDATE outbox SET published_at = now()")
    Maintenance().run_once(kit)
    assert ask(kit, f"SELECT to_regclass('outbox_{old:%Y%m%d}')") == [(None,)]
