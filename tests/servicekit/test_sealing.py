"""Committed audit rows are sealed soon, once, whoever seals; what is done to them afterwards is found (P4)."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext

from servicekit import tables
from servicekit.auditing import Verified, published_heads, verify
from servicekit.chain import BrokenChain, Head
from servicekit.eventlog import Topic
from servicekit.ids import new_id
from servicekit.kit import Kit
from servicekit.lead import Lead
from servicekit.outbox import Relay
from servicekit.sealing import AUDIT, Sealer, audit_topic
from tests.servicekit.notebook import notebook, open_notebook


@pytest.fixture
def sealer() -> Iterator[Sealer]:
    sealer = Sealer()
    yield sealer
    sealer.close()


@pytest.fixture
def book(database: str) -> Iterator[Kit]:
    """A notebook with an embedded event log in the same database, and what it publishes about itself."""
    with notebook(database, eventlog_url=database, name=f"notes{uuid4().hex[:8]}") as kit:
        kit.eventlog.ensure_topics([Topic(audit_topic(kit.name), 1, timedelta(days=1))])
        yield kit


def write(kit: Kit, count: int) -> list[str]:
    """Audit rows as commands write them; their ids."""
    ids = [new_id() for _ in range(count)]
    with kit.unit() as uow:
        for identifier in ids:
            uow.insert(tables.audit, audited(kit, identifier))
        uow.commit(None)
    return ids


def audited(kit: Kit, identifier: str) -> dict[str, object]:
    texts = {"actor": "staff/1", "action": "Close", "resource": "tickets/1", "request_id": "r", "trace_id": "t"}
    return {"id": identifier, "time": kit.clock.now(), **texts}


def seal(kit: Kit, sealer: Sealer) -> None:
    while sealer.run_once(kit):
        pass


def order(kit: Kit) -> list[str]:
    """Ids of the sealed rows by their places, which have no gap."""
    rows = run(kit, "SELECT position, id FROM audit WHERE position IS NOT NULL ORDER BY position")
    assert [position for position, _ in rows] == list(range(1, len(rows) + 1))
    return [identifier for _, identifier in rows]


def run(kit: Kit, sql: str, *values: object) -> list[tuple]:
    """As somebody does who has the database's password."""
    with psycopg.connect(kit.settings.database_url, autocommit=True) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


def check(kit: Kit, known: dict[int, bytes] | None = None) -> Verified:
    return verify(kit, AUDIT, known or {})


def test_rows_are_sealed_once_and_in_batches(book: Kit, sealer: Sealer) -> None:
    ids = write(book, 2300)
    seal(book, sealer)
    assert order(book) == ids
    late = write(book, 2)
    assert check(book).unsealed == 2
    seal(book, sealer)
    assert order(book) == [*ids, *late]
    assert (check(book).head.position, check(book).unsealed) == (2302, 0)


def test_a_row_that_is_committed_late_gets_the_next_place(book: Kit, sealer: Sealer) -> None:
    early = new_id()
    ids = write(book, 3)
    with book.unit() as uow:
        uow.insert(tables.audit, audited(book, early))
        assert uow.rows(tables.audit.select())  # it is in the transaction, and not committed
        seal(book, sealer)
        assert order(book) == ids
        uow.commit(None)
    seal(book, sealer)
    assert order(book) == [*ids, early]
    assert check(book).unsealed == 0


def test_one_seals_at_a_time_and_the_next_goes_on(book: Kit, sealer: Sealer) -> None:
    first, second = write(book, 3), Sealer()
    seal(book, sealer)
    more = write(book, 3)
    with open_notebook(book.settings.database_url, name=book.name) as other:
        seal(other, second)
        assert order(book) == first
        sealer.close()
        # The server takes a moment to see that the session has ended.
        while order(book) == first:
            seal(other, second)
        second.close()
    assert order(book) == [*first, *more]


class Paused(Sealer):
    """One that stands still after it has looked where the chain is, while another thing happens."""

    def __init__(self, meanwhile: Callable[[], object]) -> None:
        super().__init__()
        self._lead = Lead("of a lock that it has lost")
        self._meanwhile = meanwhile

    def _head(self, kit: Kit, *given: object) -> Head:
        head = super()._head(kit, *given)  # type: ignore[arg-type]
        self._meanwhile()
        return head


def test_a_sealer_that_was_paused_past_its_lead_changes_nothing(book: Kit, sealer: Sealer) -> None:
    before, after = write(book, 3), []

    def meanwhile() -> None:
        seal(book, sealer)
        after.extend(write(book, 2))

    paused = Paused(meanwhile)
    paused.run_once(book)
    paused.close()
    assert order(book) == before
    seal(book, sealer)
    assert order(book) == [*before, *after]
    assert check(book).head.position == 5


@pytest.mark.parametrize("column", AUDIT.fields)
def test_a_changed_column_is_found(book: Kit, sealer: Sealer, column: str) -> None:
    ids = write(book, 5)
    seal(book, sealer)
    value = "time + interval '1 microsecond'" if column == "time" else f"{column} || '.'"
    run(book, f"UPDATE audit SET {column} = {value} WHERE id = %s", ids[2])
    with pytest.raises(BrokenChain) as broken:
        check(book)
    assert broken.value.position == 3
    assert broken.value.row.startswith(ids[2])


@pytest.mark.parametrize(
    ("sql", "position"),
    [
        ("DELETE FROM audit WHERE position = 2", 2),
        ("DELETE FROM audit WHERE position >= 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET position = NULL, seal = NULL WHERE position = 5", 5),
        ("UPDATE audit SET seal = sha256('x') WHERE position = 4", 4),
        ("UPDATE audit SET seal = NULL WHERE position = 4", 4),
        (
            "UPDATE audit a SET actor = b.actor, id = b.id || '.' FROM audit b WHERE a.position = 2 AND b.position = 3",
            2,
        ),
        ("UPDATE audit SET position = -position WHERE position = 1", -1),
        ("UPDATE audit SET position = 7 WHERE position = 5", 5),
        ("UPDATE audit SET time = 'infinity' WHERE position = 3", 3),
        ("UPDATE chains SET position = 3", 3),
        ("UPDATE chains SET seal = sha256('x')", 5),
        ("UPDATE chains SET position = 9", 6),
        ("DELETE FROM chains", 1),
    ],
)
def test_whatever_is_done_to_rows_and_chain_is_found(book: Kit, sealer: Sealer, sql: str, position: int) -> None:
    write(book, 5)
    seal(book, sealer)
    run(book, sql)
    with pytest.raises(BrokenChain) as broken:
        check(book)
    assert broken.value.position == position


def test_a_second_row_in_one_place_is_found(book: Kit, sealer: Sealer) -> None:
    write(book, 3)
    seal(book, sealer)
    run(book, "DROP INDEX audit_position_key")
    run(book, "INSERT INTO audit SELECT 'zz', time, actor, action, resource, '', '', position, seal FROM audit LIMIT 1")
    with pytest.raises(BrokenChain, match="row zz: the position is taken twice"):
        check(book)


@pytest.mark.parametrize(
    ("sql", "position"),
    [
        ("UPDATE audit SET actor = 'staff/2' WHERE position = 5", 5),
        ("DELETE FROM audit WHERE position = 3", 3),
        # In the last place of a page and, by its id, in the first one of the next.
        ("INSERT INTO audit SELECT 'zz', time, actor, action, resource, '', '', 2, seal FROM audit LIMIT 1", 2),
    ],
)
def test_a_chain_of_several_pages_is_followed_from_one_to_the_next(
    book: Kit, sealer: Sealer, monkeypatch: pytest.MonkeyPatch, sql: str, position: int
) -> None:
    monkeypatch.setattr("servicekit.auditing._PAGE", 2)
    write(book, 5)
    seal(book, sealer)
    assert check(book).head.position == 5
    run(book, "DROP INDEX audit_position_key")
    run(book, sql)
    with pytest.raises(BrokenChain) as broken:
        check(book)
    assert broken.value.position == position


def published(kit: Kit) -> dict[int, bytes]:
    relay = Relay()
    while relay.run_once(kit):
        pass
    relay.close()
    return published_heads(kit.eventlog, kit.name)[AUDIT.name]


@pytest.fixture
def told(book: Kit, sealer: Sealer) -> Callable[[], dict[int, bytes]]:
    """Seals five rows and publishes that."""
    write(book, 5)
    seal(book, sealer)
    run(book, "UPDATE chains SET published_at = now() - interval '1 hour'")
    seal(book, sealer)
    return lambda: published(book)


def test_the_head_is_published_once_its_time_has_come(
    book: Kit, sealer: Sealer, told: Callable[[], dict[int, bytes]]
) -> None:
    known = told()
    assert list(known) == [5]
    assert check(book, known).published == check(book).head
    write(book, 1)
    seal(book, sealer)
    seal(book, sealer)
    assert list(told()) == [5]


def test_a_tail_that_was_cut_with_its_head_is_found_by_what_was_published(
    book: Kit, told: Callable[[], dict[int, bytes]]
) -> None:
    known = told()
    run(book, "DELETE FROM audit WHERE position > 3")
    run(book, "UPDATE chains SET position = 3, seal = (SELECT seal FROM audit WHERE position = 3)")
    check(book)
    with pytest.raises(BrokenChain, match="5 rows were sealed and published") as broken:
        check(book, known)
    assert broken.value.position == 4


def test_a_chain_that_was_made_anew_is_found_by_what_was_published(
    book: Kit, sealer: Sealer, told: Callable[[], dict[int, bytes]]
) -> None:
    known = told()
    run(book, "UPDATE audit SET actor = 'staff/2', position = NULL, seal = NULL")
    run(book, "DELETE FROM chains")
    seal(book, sealer)
    check(book)
    with pytest.raises(BrokenChain, match="made anew"):
        check(book, known)


def test_rows_of_before_are_sealed_after_the_migration(book: Kit, sealer: Sealer) -> None:
    ids = write(book, 3)
    run(book, "ALTER TABLE audit DROP COLUMN position, DROP COLUMN seal")
    run(book, "DROP TABLE chains")
    with book.engine.connect().execution_options(isolation_level="READ COMMITTED") as connection:
        for _ in range(2):
            tables.add_sealing(Operations(MigrationContext.configure(connection)), "audit", "id")
        connection.commit()
    seal(book, sealer)
    assert order(book) == ids
    assert check(book).unsealed == 0


def test_every_field_of_the_audit_is_sealed() -> None:
    assert {*AUDIT.fields, "position", "seal"} == {column.name for column in tables.audit.columns}
