"""What was written about complaints is sealed, and what is done to it is found (S13)."""

from typing import Any

import psycopg
import pytest

from complaints.bootstrap import service
from complaints.store.tables import SEALED_ENTRIES, entries
from servicekit.auditing import verify
from servicekit.chain import BrokenChain
from servicekit.sealing import AUDIT, Sealer
from tests.complaints.calls import decide, filing, stub
from tests.support.running import RunningService, Starter

CHANGES = {
    "complaint_id": "complaint_id || '.'",
    "number": "99",
    "kind": "'closed'",
    "actor": "'staff/1'",
    "details": 'details || \'{"decision": "nothing to be done"}\'',
    "create_time": "create_time - interval '1 hour'",
}


@pytest.fixture
def sealed(start: Starter) -> RunningService:
    """Two complaints that came to their decision, all of it sealed."""
    running = start(service, work=False)
    calls = stub(running, roles=("supervisor",))
    for _ in range(2):
        decide(calls, calls.FileComplaint(filing()).name)
    sealer = Sealer(running.service.sealed)
    sealer.run_once(running.kit)
    sealer.close()
    return running


def tamper(running: RunningService, sql: str) -> None:
    """As the owner of the table, who can take the trigger away."""
    with psycopg.connect(running.kit.settings.database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE complaint_entries DISABLE TRIGGER ALL")
        connection.execute(sql.encode())


def position(running: RunningService) -> int:
    with pytest.raises(BrokenChain) as broken:
        verify(running.kit, SEALED_ENTRIES, {})
    return broken.value.position


def test_entries_and_audit_are_whole(sealed: RunningService) -> None:
    counts = [verify(sealed.kit, each, {}).head.position for each in (AUDIT, SEALED_ENTRIES)]
    assert counts == [12, 12]


@pytest.mark.parametrize("column", SEALED_ENTRIES.fields)
def test_a_changed_entry_is_found(sealed: RunningService, column: str) -> None:
    tamper(sealed, f"UPDATE complaint_entries SET {column} = {CHANGES[column]} WHERE position = 6")
    assert position(sealed) == 6


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("DELETE FROM complaint_entries WHERE position = 3", 3),
        ("DELETE FROM complaint_entries WHERE position >= 11", 11),
        ("UPDATE complaint_entries SET position = position + 20 WHERE position IN (11, 12)", 11),
    ],
)
def test_entries_that_are_gone_or_moved_are_found(sealed: RunningService, sql: str, found: int) -> None:
    tamper(sealed, sql)
    assert position(sealed) == found


def test_sealing_is_no_way_around_the_trigger(sealed: RunningService) -> None:
    with psycopg.connect(sealed.kit.settings.database_url, autocommit=True) as connection:
        for sql in ("UPDATE complaint_entries SET actor = 'x'", "DELETE FROM complaint_entries"):
            with pytest.raises(psycopg.errors.RaiseException, match="never changed"):
                connection.execute(sql.encode())


def test_every_field_of_an_entry_is_sealed() -> None:
    columns: Any = entries.columns
    assert {*SEALED_ENTRIES.fields, "position", "seal"} == {column.name for column in columns}
