"""The whole platform on one machine: an embedded PostgreSQL, an embedded event log, six processes (P6)."""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

import psycopg
from psycopg import sql

from hearthline_cli.postgres import LAPTOP, WORTHLESS_DATA, embedded_postgres_server
from servicekit.eventlog import EventLog
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from servicekit.unused_settings import NOT_USED

PORTS = {
    "customers": 50051,
    "workorders": 50052,
    "notifications": 50053,
    "surveys": 50054,
    "complaints": 50055,
    "billing": 50056,
}
SERVICES = tuple(PORTS)
HOME = Path.home() / ".hearthline"
"""Where `hearthline up` keeps its data."""
BANKS = ("icbc", "ccb", "abc")
_START_SECONDS = 60.0


_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_UNUSED = re.compile(r"(setting|meant)\"?[=:] ?[\"']?(HEARTHLINE_\w+)")
SET_BY_US = ("HEARTHLINE_DATABASE_URL", "HEARTHLINE_EVENTLOG_URL", "HEARTHLINE_LISTEN")
"""What each service is given here, whatever the environment says."""


class StartError(Exception):
    """A part of the platform did not come up; the message says which and shows its last words."""


@dataclass(frozen=True, slots=True)
class Options:
    """How to start: where the data lives, which bus, which ports."""

    home: Path
    fixed_ports: bool = True
    """False: every service takes a free port, so that nothing else on the machine is in the way."""
    kafka: str = ""
    """Bootstrap servers of a Kafka; empty for the embedded log."""
    durable: bool = True
    """False for data that is worth nothing afterwards: commits do not wait for the disk."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """URLs of empty or migrated databases by service, and of `eventlog`; without them an embedded server is started."""
    partitions: int = 2
    banks: Sequence[str] = BANKS
    """Partner banks whose topics are made and read."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """More environment variables for the services."""


def _callers() -> dict[str, str]:
    """On one's own machine callers are taken at their word, unless they are to prove who they are."""
    return {} if "HEARTHLINE_JWKS" in os.environ else {"HEARTHLINE_TRUST_CALLERS": "true"}


def postgres_in(home: Path) -> Path:
    """Where a platform keeps its PostgreSQL."""
    return home / "postgres"


class Laptop:
    """A running platform; a context manager that ends all it started."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._cleanup = ExitStack()
        self._processes: dict[str, subprocess.Popen[str]] = {}
        self.targets: dict[str, str] = {}
        """`host:port` of each service."""
        self.database_urls: Mapping[str, str] = {}
        """libpq URL of each service's database."""
        self.eventlog_url = ""

    def __enter__(self) -> "Laptop":
        try:
            self._start()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cleanup.close()

    def is_running(self) -> bool:
        """False when one of the services ended by itself, which it should not."""
        return all(process.poll() is None for process in self._processes.values())

    def eventlog(self) -> EventLog:
        """The event log that the services use; the caller closes it."""
        return connect_eventlog(self.eventlog_url)

    def log_file(self, service: str) -> Path:
        """Where a service's log goes."""
        return self._options.home / f"{service}.log"

    def unused_settings(self) -> dict[str, str]:
        """HEARTHLINE_* variables that no service uses, with what may be meant, as the services' logs say."""
        told = [_unused(self.log_file(service).read_text("utf-8", "replace")) for service in SERVICES]
        by_all = set.intersection(*(set(each) for each in told))
        return {name: next((each[name] for each in told if each[name]), "") for name in sorted(by_all)}

    def _start(self) -> None:
        self._options.home.mkdir(parents=True, exist_ok=True)
        urls = self.database_urls = self._options.databases or self._start_postgres()
        self.eventlog_url = f"kafka://{self._options.kafka}" if self._options.kafka else urls["eventlog"]
        with connect_eventlog(self.eventlog_url) as log:
            log.ensure_topics(load_topics(banks=self._options.banks, partitions=self._options.partitions))
        for service in SERVICES:
            self._spawn(service, urls[service])
        self._cleanup.callback(self._stop_services)
        threads = [threading.Thread(target=self._listen, args=(service,), daemon=True) for service in SERVICES]
        for thread in threads:
            thread.start()
        self._wait_until_serving()

    def _start_postgres(self) -> dict[str, str]:
        settings = LAPTOP if self._options.durable else {**LAPTOP, **WORTHLESS_DATA}
        try:
            server = self._cleanup.enter_context(embedded_postgres_server(postgres_in(self._options.home), settings))
        except ModuleNotFoundError as error:
            raise StartError(f"no package {error.name}: images for a cluster do not bring their PostgreSQL") from error
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            existing = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            for name in {*SERVICES, "eventlog"} - existing:
                connection.execute(sql.SQL("CREATE DATABASE {} STRATEGY file_copy").format(sql.Identifier(name)))
        return {name: server.get_uri(database=name) for name in (*SERVICES, "eventlog")}

    def _spawn(self, service: str, database_url: str) -> None:
        port = PORTS[service] if self._options.fixed_ports else 0
        environment = {
            **_callers(),
            **os.environ,
            "HEARTHLINE_DATABASE_URL": database_url,
            "HEARTHLINE_EVENTLOG_URL": self.eventlog_url,
            "HEARTHLINE_LISTEN": f"127.0.0.1:{port}",
            "HEARTHLINE_BANKS": ",".join(self._options.banks),
            **self._options.environment,
        }
        with self.log_file(service).open("w") as log:
            self._processes[service] = subprocess.Popen(
                [sys.executable, "-m", service, "run"],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                # A Ctrl-C at the terminal is for this process, which ends the services in order.
                start_new_session=True,
            )

    def _listen(self, service: str) -> None:
        """Reads the port that a service says it took."""
        output = self._processes[service].stdout
        assert output is not None
        for line in output:
            if "listens on port" in line:
                self.targets[service] = f"127.0.0.1:{line.rsplit(maxsplit=1)[-1]}"

    def _wait_until_serving(self) -> None:
        end = time.monotonic() + _START_SECONDS
        while len(self.targets) < len(SERVICES):
            for service, process in self._processes.items():
                if process.poll() is not None:
                    raise StartError(f"{service} ended with {process.returncode}:\n{self._last_words(service)}")
            if time.monotonic() > end:
                late = ", ".join(sorted(set(SERVICES) - set(self.targets)))
                raise StartError(f"{late} did not start within {_START_SECONDS:.0f} s")
            time.sleep(0.05)

    def _last_words(self, service: str) -> str:
        return "\n".join(self.log_file(service).read_text().splitlines()[-15:])

    def _stop_services(self) -> None:
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()


def _unused(log: str) -> dict[str, str]:
    """The settings that a service says it does not use, each with the one that may be meant."""
    lines = (_COLOURS.sub("", line) for line in log.splitlines() if NOT_USED in line)
    found = (dict(_UNUSED.findall(line)) for line in lines)
    return {each["setting"]: each.get("meant", "") for each in found if "setting" in each}
