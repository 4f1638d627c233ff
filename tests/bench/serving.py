"""A service of ours on a new database, as a process."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from servicekit.eventlog import connect
from servicekit.eventlog.topics import load_topics
from servicekit.service import Service
from tests.bench.machine import Machine, free_address

PARTITIONS = 12
SERVICES = ("customers", "workorders", "notifications", "surveys", "complaints", "billing")


@dataclass(frozen=True, slots=True)
class Served:
    """Where it listens, what it keeps its data in, and its processes."""

    target: str
    database: str
    log: str
    pids: tuple[int, ...]


def prepare(made: Machine, service: str, name: str) -> tuple[str, str]:
    """New databases for a service and for the event log; `name` is that of the first."""
    database, log = made.database(name), made.database(f"{name}_log")
    made_of(service, database, log).migrate()
    make_topics(log)
    return database, log


def make_topics(log_url: str) -> None:
    """All topics of topics.yaml."""
    with connect(log_url) as log:
        log.ensure_topics(load_topics(banks=["icbc", "ccb", "abc"], partitions=PARTITIONS))


def made_of(service: str, database: str, log: str, **settings: Any) -> Service:
    """A service that is put together in this process."""
    chosen = import_module(f"{service}.settings").Settings(database_url=database, eventlog_url=log, **settings)
    found: Service = import_module(f"{service}.bootstrap").service(chosen)
    return found


def serve(made: Machine, service: str, name: str, work: bool = False) -> Served:
    """One process that serves, and with `work` also runs the loops; its databases are made anew."""
    database, log = prepare(made, service, name)
    listen = free_address()
    environment = {
        "HEARTHLINE_DATABASE_URL": database,
        "HEARTHLINE_EVENTLOG_URL": log,
        "HEARTHLINE_LOG_LEVEL": "warning",
        "HEARTHLINE_TRUST_CALLERS": "true",
        "HEARTHLINE_LISTEN": listen,
    }
    running = made.running()
    command = "run" if work else "serve"
    made.start(service, command, waits_for=f"{service} listens on port ", environment=environment)
    return Served(listen, database, log, tuple(pid for pid in made.running() if pid not in running))
