"""Queries that are sent straight to psycopg, and what becomes of the pool when its server goes away (P1)."""

import os
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from threading import Barrier

import psycopg
import pytest
from sqlalchemy import ARRAY, Integer, bindparam, select

from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit.core import prepared
from servicekit.database import raw_connection
from servicekit.errors import Aborted, NotFound, Unavailable
from servicekit.kit import Kit
from servicekit.reads import ids_in
from tests.servicekit.notebook import notebook, notes, published, versions, write_note
from tests.support.running import MORNING

SEVERAL = select(notes).where(ids_in(notes.c.id), notes.c.version.in_([1, 2])).order_by(notes.c.id)


@pytest.fixture
def kit(database: str) -> Iterator[Kit]:
    with notebook(database) as kit:
        with kit.unit() as uow:
            for number in range(4):
                uow.insert(notes, {"id": f"n{number}", "at": uow.now, "version": number})
            uow.commit(None)
        yield kit


def test_a_query_is_built_once_and_takes_new_values_each_time(kit: Kit) -> None:
    for ids, found in ((["n0", "n1", "n2"], ["n1", "n2"]), (["n1"], ["n1"]), ([], []), (["n2", "n3"], ["n2"])):
        with kit.unit() as uow:
            rows = uow.rows(SEVERAL, {"ids": ids})
        assert [(row.id, row[0], row._asdict()["id"]) for row in rows] == [(name, name, name) for name in found]


def test_it_sees_the_unit_s_own_writes(kit: Kit) -> None:
    with kit.unit() as uow:
        uow.update(notes, {"id": "n1"}, {}, version=1)
        row = uow.get(notes, "n1")
        assert row is not None
        assert row.version == 2
    with kit.unit() as uow:
        again = uow.get(notes, "n1")
    assert again is not None
    assert again.version == 1, "nothing was committed"


def test_a_value_that_is_missing_or_unknown_is_a_mistake_whoever_asked_before(kit: Kit) -> None:
    with kit.unit() as uow:
        uow.rows(SEVERAL, {"ids": ["n1"]})
    with kit.unit() as uow, pytest.raises(KeyError, match="ids"):
        uow.rows(SEVERAL, {})
    with kit.unit() as uow, pytest.raises(KeyError, match="nobody"):
        uow.rows(SEVERAL, {"ids": ["n1"], "nobody": 1})


def test_types_of_values_and_rows_are_the_columns(kit: Kit) -> None:
    query = select(notes.c.at, bindparam("numbers", type_=ARRAY(Integer)).label("numbers")).where(notes.c.id == "n0")
    with kit.unit() as uow:
        (row,) = uow.rows(query, {"numbers": [1, 2]})
    assert row.at == MORNING
    assert row.numbers == [1, 2]


def test_constants_are_part_of_a_query_that_is_built_once(kit: Kit) -> None:
    odd = "it's 50 % of $1 \\ :note"
    with kit.unit() as uow:
        for name in (odd, "other"):
            uow.insert(notes, {"id": name, "body": {"of": name}, "version": 1})
        uow.commit(None)
    query = select(notes.c.body).where(notes.c.id == odd, notes.c.version >= bindparam("least"))
    statement = prepared(query, {"least": 1})
    assert "it''s 50 %" in statement.sql
    assert statement.values == (1,)
    with kit.unit() as uow:
        assert [row.body for row in uow.rows(query, {"least": 1})] == [{"of": odd}]
        assert uow.rows(query, {"least": 2}) == []


def test_a_lock_that_finds_nothing_holds_nothing_and_keeps_what_was_prepared(kit: Kit) -> None:
    query = select(notes).where(notes.c.id == bindparam("id")).with_for_update()
    with kit.unit() as uow:
        write_note(uow, "here")
        uow.commit(None)
    for _ in range(12):
        with kit.unit() as uow:
            assert uow.lock_one(query, {"id": "nowhere"}) is None
            assert uow.lock_one(query, {"id": "here"}) is not None
            assert uow.lock_one(query, {"id": "nowhere"}) is None
            assert is_held(kit, "here"), "a lock that found nothing let go of one that had"
            uow.commit(None)
    with kit.unit() as uow:
        assert uow.lock_one(query, {"id": "nowhere"}) is None
    with kit.engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT statement FROM pg_prepared_statements").scalars().all()
    assert any("FOR UPDATE" in name for name in names)


def test_a_lock_that_finds_nothing_stores_nothing(kit: Kit) -> None:
    query = select(notes).where(notes.c.id == bindparam("id")).with_for_update()
    before = versions(kit), published(kit)
    with kit.unit() as uow:
        write_note(uow, "never")
        assert uow.lock_one(query, {"id": "nowhere"}) is None
    with kit.unit() as uow:
        uow.emit(TicketCreated(), "tickets/a", 1)
        assert uow.lock_one(query, {"id": "nowhere"}) is None
    assert (versions(kit), published(kit)) == before


def is_held(kit: Kit, name: str) -> bool:
    """Whether somebody else has locked a note."""
    query = select(notes.c.id).where(notes.c.id == name).with_for_update(skip_locked=True)
    with kit.engine.connect() as connection:
        return not connection.execute(query).all()


def test_one_call_at_most_sees_that_all_sessions_were_ended(kit: Kit) -> None:
    with ExitStack() as stack:
        # All at once, so that as many connections are in the pool afterwards.
        for uow in [stack.enter_context(kit.unit()) for _ in range(4)]:
            uow.get(notes, "n0")
    with psycopg.connect(kit.settings.database_url, autocommit=True) as admin:
        mine = "pid <> pg_backend_pid() AND datname = current_database()"
        ended = admin.execute(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}").fetchall()
    assert len(ended) >= 4
    failures = 0
    with ExitStack() as stack:
        for _ in range(4):
            try:
                # Each keeps its connection, so that the next one takes another out of the pool.
                uow = stack.enter_context(kit.unit())
                assert uow.get(notes, "n0") is not None
            except Unavailable:
                failures += 1
    assert failures <= 1


def test_a_session_that_ended_meanwhile_does_not_hide_why_its_unit_failed(kit: Kit) -> None:
    lock = select(notes).where(notes.c.id == "n1").with_for_update()
    with pytest.raises(NotFound), kit.unit() as uow:
        assert uow.lock_one(lock) is not None
        with psycopg.connect(kit.settings.database_url, autocommit=True) as admin:
            mine = "pid <> pg_backend_pid() AND datname = current_database()"
            admin.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {mine}")
        raise NotFound("notes/other")
    with kit.unit() as uow:
        assert uow.get(notes, "n1") is not None


def test_who_is_rolled_back_for_another_has_lost_a_race_and_no_database_is_away(kit: Kit) -> None:
    meet = Barrier(2, timeout=20)
    lock = select(notes.c.id).where(ids_in(notes.c.id)).with_for_update()

    def take(first: str, second: str) -> str:
        try:
            with kit.unit() as uow:
                uow.lock_one(lock, {"ids": [first]})
                meet.wait()
                uow.lock_one(lock, {"ids": [second]})
        except Aborted:
            return "lost"
        return "won"

    with ThreadPoolExecutor(2) as pool:
        outcomes = [each.result() for each in [pool.submit(take, "n1", "n2"), pool.submit(take, "n2", "n1")]]
    assert sorted(outcomes) == ["lost", "won"]


def test_a_peer_that_says_nothing_is_given_up(kit: Kit) -> None:
    with kit.engine.connect() as connection:
        raw = raw_connection(connection)
        assert connection.exec_driver_sql("SHOW tcp_keepalives_idle").scalar_one() in ("10", "0"), "0: a Unix socket"
        with socket.socket(fileno=os.dup(raw.fileno())) as wire:
            if wire.family != socket.AF_UNIX:
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10
                assert wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 20_000
