"""A unit of work is stored whole or not at all, in one round trip, and never over somebody else's change."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import Column, MetaData, Table, Text, bindparam, insert, select, update
from sqlalchemy.dialects.postgresql import JSONB

from servicekit import tables
from servicekit.errors import Aborted, AlreadyExists, NotFound, Unavailable
from servicekit.kit import Kit
from servicekit.uow import UnitOfWork
from tests.servicekit.notebook import change_note, notebook, notes, published, versions, write_note


@pytest.fixture
def kit(database: str) -> Iterator[Kit]:
    with notebook(database) as kit:
        yield kit


def test_a_unit_stores_its_row_and_its_event(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a", {"deep": [1, None, "热"]})
        assert uow.commit("result") == "result"
    assert versions(kit) == {"a": 1}
    assert published(kit) == [("a", 1)]
    with kit.unit() as uow:
        assert uow.rows(select(notes.c.body))[0].body == {"deep": [1, None, "热"]}


def test_a_unit_that_is_not_committed_leaves_nothing(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        assert len(uow.rows(select(notes))) == 1, "it sees its own writes"
    assert versions(kit) == {}
    assert published(kit) == []


def test_a_command_is_one_statement(kit: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[str] = []
    cursor_execute = psycopg.RawCursor.execute

    def execute(cursor: Any, sql: Any, *values: Any) -> object:
        # Services of other tests may still look for work in threads of their own.
        if threading.current_thread() is threading.main_thread():
            sent.append(sql)
        return cursor_execute(cursor, sql, *values)

    monkeypatch.setattr(psycopg.RawCursor, "execute", execute)
    with kit.unit() as uow:
        write_note(uow, "a")
        uow.schedule("deadline", "tickets/a", uow.now, name="respond")
        uow.schedule("deadline", "tickets/a", uow.now, name="restore")
        uow.commit(None)
    assert len(sent) == 1, sent


def test_a_stale_version_aborts_the_whole_unit(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        uow.commit(None)
    with pytest.raises(Aborted, match="notes/a"), kit.unit() as uow:
        change_note(uow, "a", 7, "late")
        write_note(uow, "b")
        uow.commit(None)
    assert versions(kit) == {"a": 1}
    assert published(kit) == [("a", 1)]


def test_one_stale_row_of_several_is_named(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        write_note(uow, "b")
        uow.commit(None)
    with pytest.raises(Aborted, match="notes/b"), kit.unit() as uow:
        change_note(uow, "a", 1, "fresh")
        change_note(uow, "b", 2, "stale")
        uow.commit(None)
    assert versions(kit) == {"a": 1, "b": 1}


def test_a_unit_whose_required_row_is_there_is_stored_by_one_statement(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        uow.commit(None)
    with kit.unit() as uow:
        uow.require(notes, "a")
        change_note(uow, "a", 1, "seen")
        write_note(uow, "b")
        uow.commit(None)
    assert versions(kit) == {"a": 2, "b": 1}


def test_a_unit_whose_required_row_is_missing_leaves_nothing(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        uow.commit(None)
    with pytest.raises(NotFound, match="notes/c"), kit.unit() as uow:
        uow.require(notes, "a")
        uow.require(notes, "c")
        change_note(uow, "a", 1, "seen")
        write_note(uow, "b")
        uow.commit(None)
    assert versions(kit) == {"a": 1}
    assert published(kit) == [("a", 1)]


def test_a_row_that_the_unit_itself_adds_is_not_yet_there_for_it(kit: Kit) -> None:
    with pytest.raises(NotFound, match="notes/a"), kit.unit() as uow:
        write_note(uow, "a")
        uow.require(notes, "a")
        uow.commit(None)
    assert versions(kit) == {}


def test_a_taken_key_is_already_exists(kit: Kit) -> None:
    for _ in range(1):
        with kit.unit() as uow:
            write_note(uow, "a")
            uow.commit(None)
    with pytest.raises(AlreadyExists, match="notes"), kit.unit() as uow:
        write_note(uow, "a")
        uow.commit(None)


def test_a_row_may_be_touched_twice_in_one_unit(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        change_note(uow, "a", 1, "second")
        uow.schedule("deadline", "tickets/a", uow.now, name="x")
        uow.cancel("deadline", "tickets/a")
        uow.schedule("deadline", "tickets/a", uow.now, name="y")
        uow.execute(update(notes).where(notes.c.id == "a").values(body={"third": True}))
        uow.commit(None)
    assert versions(kit) == {"a": 2}
    assert published(kit) == [("a", 1), ("a", 2)]
    with kit.unit() as uow:
        assert [row.name for row in uow.rows(select(tables.timers.c.name))] == ["y"]
        assert uow.rows(select(notes.c.body))[0].body == {"third": True}


def test_an_upsert_keeps_the_newer_row(kit: Kit) -> None:
    for version, body in ((1, "one"), (3, "three"), (2, "two")):
        with kit.unit() as uow:
            row = {"id": "a", "body": body, "at": uow.now, "version": version}
            uow.upsert(notes, row, key=["id"], newer="version")
            uow.commit(None)
    assert versions(kit) == {"a": 3}


def test_an_upsert_leaves_out_what_another_table_has(kit: Kit) -> None:
    gone = Table("gone", MetaData(), Column("id", Text, primary_key=True))
    with kit.engine.connect() as connection:
        gone.create(connection)
        connection.execute(insert(gone), [{"id": "b"}, {"id": "d"}])
    with kit.unit() as uow:
        write_note(uow, "seen")
        for name in "abcd":
            uow.upsert(notes, {"id": name, "body": {}, "version": 1}, key=["id"], unless=gone)
        uow.upsert(notes, {"id": "e", "body": None, "version": 1}, key=["id"])
        uow.commit(None)
    assert versions(kit).keys() == {"seen", "a", "c", "e"}
    with kit.unit() as uow:
        change_note(uow, "seen", 1, "and so it is behind a guard")
        for name in "df":
            uow.upsert(notes, {"id": name, "body": {}, "version": 1}, key=["id"], unless=gone)
        uow.commit(None)
    assert versions(kit).keys() == {"seen", "a", "c", "e", "f"}


def test_a_statement_that_is_built_once_takes_its_values_each_time(kit: Kit) -> None:
    for name in "ab":
        with kit.unit() as uow:
            write_note(uow, name)
            uow.commit(None)
    change = update(notes).where(notes.c.id == bindparam("note")).values(body=bindparam("new", type_=JSONB))
    with kit.unit() as uow:
        for name in "ab":
            uow.execute(change, {"note": name, "new": {"of": name}})
        uow.commit(None)
    with kit.unit() as uow:
        assert {row.id: row.body for row in uow.rows(select(notes))} == {"a": {"of": "a"}, "b": {"of": "b"}}
    with pytest.raises(KeyError, match="what"), kit.unit() as uow:
        uow.execute(change, {"what": "a", "new": None})


def test_hundreds_of_rows_go_in_order(kit: Kit) -> None:
    with kit.unit() as uow:
        for n in range(300):
            write_note(uow, f"n{n:03d}")
        uow.commit(None)
    assert [key for key, _ in published(kit)] == [f"n{n:03d}" for n in range(300)]


def test_events_of_one_aggregate_are_in_version_order_whoever_races(kit: Kit) -> None:
    with kit.unit() as uow:
        write_note(uow, "a")
        uow.commit(None)

    def race() -> None:
        for _ in range(20):
            with kit.unit() as uow:
                version = uow.rows(select(notes.c.version))[0].version
                change_note(uow, "a", version, None)
                try:
                    uow.commit(None)
                except Aborted:
                    continue

    racers = [threading.Thread(target=race) for _ in range(8)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    sequences = [sequence for _, sequence in published(kit)]
    assert sequences == list(range(1, versions(kit)["a"] + 1))
    assert len(sequences) > 20, "each racer's first try at least would have won alone"


def test_a_database_that_is_away_is_unavailable() -> None:
    def read(uow: UnitOfWork) -> None:
        uow.rows(select(notes))

    with notebook_away() as kit, pytest.raises(Unavailable), kit.unit() as uow:
        read(uow)


def notebook_away() -> "Away":
    return Away()


class Away:
    """A kit whose database nobody listens for."""

    def __enter__(self) -> Kit:
        from servicekit.clock import SystemClock
        from servicekit.database import connect_database
        from servicekit.eventlog import connect
        from servicekit.settings import ServiceSettings

        engine = connect_database("postgresql://nobody@127.0.0.1:1/none")
        return Kit("workorders", ServiceSettings(), SystemClock(), engine, connect("postgresql:///none"))

    def __exit__(self, *_: object) -> None:
        return None


def test_timers_move_when_set_again(kit: Kit) -> None:
    with kit.unit() as uow:
        uow.schedule("deadline", "tickets/a", uow.now)
        uow.commit(None)
    with kit.unit() as uow:
        uow.schedule("deadline", "tickets/a", uow.now + timedelta(hours=1))
        uow.commit(None)
    with kit.unit() as uow:
        rows = uow.rows(select(tables.timers.c.due))
        assert [row.due for row in rows] == [uow.now + timedelta(hours=1)]
