"""Indexes that migrations build while the service goes on."""

from concurrent.futures import ThreadPoolExecutor

import psycopg

from servicekit.database import connect_database
from servicekit.migrations import is_migrated
from workorders.bootstrap import service as workorders
from workorders.settings import Settings

_INVALID = "SELECT count(*) FROM pg_index WHERE NOT indisvalid"


def test_two_who_migrate_at_once_do_not_wait_for_each_other_for_ever(database: str) -> None:
    service = workorders(Settings(database_url=database))
    with ThreadPoolExecutor() as pool:
        for migrating in [pool.submit(service.migrate) for _ in range(3)]:
            migrating.result(timeout=60)
    engine = connect_database(database)
    assert is_migrated(engine, service.migrations)
    engine.dispose()


def test_an_index_is_built_while_somebody_writes(database: str) -> None:
    service = workorders(Settings(database_url=database))
    service.migrate()
    _back_to(database, "workorders_0003")
    with ThreadPoolExecutor() as pool, psycopg.connect(database) as writer:
        writer.execute("INSERT INTO cells VALUES ('c1', NULL, 1)")
        writer.execute("UPDATE tickets SET version = version + 1")
        migrating = pool.submit(service.migrate)
        with psycopg.connect(database, autocommit=True) as other:
            _until_it_waits(other)
            other.execute("UPDATE tickets SET version = version + 1")
        writer.commit()
        migrating.result(timeout=60)


def test_a_build_that_was_cut_off_is_made_anew(database: str) -> None:
    service = workorders(Settings(database_url=database))
    service.migrate()
    _back_to(database, "workorders_0003")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'tickets_state_idx'::regclass")
        service.migrate()
        assert connection.execute(_INVALID).fetchone() == (0,)


def _back_to(database: str, revision: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", [revision])


def _until_it_waits(connection: "psycopg.Connection[tuple[object, ...]]") -> None:
    """Returns when somebody builds or drops an index and waits for those who write."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'"
    while connection.execute(query).fetchone() == (0,):
        pass
