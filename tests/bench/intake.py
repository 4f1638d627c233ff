"""CreateTicket against both yardsticks, and how soon its effect is seen in another service."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from tests.bench import flow, pgbench
from tests.bench.load import load
from tests.bench.machine import CORES, Machine, free_address
from tests.bench.sizes import Sizes
from tests.bench.ticket import PREMISES

TICKET = "tests.bench.ticket"
EVENTS_PER_S = 50.0


def create_ticket(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """The whole RPC against both yardsticks, one after the other for each number of callers."""
    inserts = made.database("pgbench")
    pgbench.prepare(inserts)
    service = start_workorders(made, "create", work=False)
    echo = free_address()
    for core in range(CORES):
        made.start("tests.bench.echo", echo.rpartition(":")[2], str(core), waits_for="echo listens on port ")
    levels = {}
    for callers in sizes.callers:
        transactions = pgbench.transactions_per_s(inserts, callers, sizes.seconds, made.logs)
        echoed = load(echo, "tests.bench.echo", "", callers, sizes.seconds)
        created = load(service, TICKET, "", callers, sizes.seconds)
        levels[str(callers)] = {
            **asdict(created),
            "pgbench_per_s": round(transactions, 1),
            "echo_per_s": echoed.calls_per_s,
            "ratio_to_pgbench": round(created.calls_per_s / transactions, 3),
            "ratio_to_echo": round(created.calls_per_s / echoed.calls_per_s, 3),
        }
    made.stop_processes()
    usual = str(sizes.usual)
    named = {name: levels[usual][name] for name in ("ratio_to_pgbench", "ratio_to_echo")}
    return {"create_ticket": {**named, "callers": sizes.usual, "by_callers": levels}}


def delay(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """From a commit in workorders to its effect in customers, at fifty tickets a second, both services running."""
    service = start_workorders(made, "delay", work=True)
    workorders, customers = made.url_of("workorders_delay"), made.url_of("customers_delay")
    # The first facts of processes that have just started are left out, as the first calls are everywhere.
    load(service, TICKET, "", 1, 2.0, EVENTS_PER_S)
    levels = {}
    for callers in sizes.callers:
        since = datetime.now(UTC)
        load(service, TICKET, "", callers, sizes.seconds, EVENTS_PER_S)
        seen = flow.commit_to_applied(workorders, customers, since)
        levels[str(callers)] = {"p50_ms": seen.p50_ms, "p99_ms": seen.p99_ms, "events_per_s": seen.calls_per_s}
    made.stop_processes()
    usual = str(sizes.usual)
    return {"commit_to_applied": {**levels[usual], "callers": sizes.usual, "by_callers": levels}}


def start_workorders(made: Machine, name: str, work: bool) -> str:
    """Where a new workorders server listens; with `work` also its loops and those of customers."""
    workorders, customers = made.database(f"workorders_{name}"), made.database(f"customers_{name}")
    log = made.database(f"eventlog_{name}")
    flow.make_databases(workorders, customers, log)
    flow.consumer_events_per_s(workorders, log, PREMISES)
    settings = {
        "HEARTHLINE_DATABASE_URL": workorders,
        "HEARTHLINE_EVENTLOG_URL": log,
        "HEARTHLINE_LOG_LEVEL": "warning",
        "HEARTHLINE_TRUST_CALLERS": "true",
    }
    if work:
        made.start("workorders", "work", environment=settings)
        made.start("customers", "work", environment={**settings, "HEARTHLINE_DATABASE_URL": customers})
    listen = free_address()
    # One server process a core, as on a pod with so many: the interpreter's lock keeps one from using more.
    settings |= {"HEARTHLINE_LISTEN": listen, "HEARTHLINE_PROCESSES": str(CORES), "HEARTHLINE_THREADS": "8"}
    made.start("workorders", "serve", waits_for="workorders listens on port ", times=CORES, environment=settings)
    return listen
