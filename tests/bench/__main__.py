"""`python -m tests.bench`: every figure in one run on one machine, as a table here and in build/bench.json."""

import argparse
import json
import os
import platform
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import eventlog, pgbench
from tests.bench.machine import Machine, Missing, free_address, machine, pgbench_program

BUILD = Path(__file__).parents[2] / "build"
CALLERS = (1, 4, 16, 64)
CORES = os.cpu_count() or 1
# The ratios that are named are those of sixteen callers.
USUAL = 16
EVENTS_PER_S = 50.0


def main() -> None:
    """Measures, prints and writes; 2 with one line when a part is missing."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=6, help="length of each single measurement")
    parser.add_argument("--events", type=int, default=20_000, help="size of the backlogs of relay and consumer")
    options = parser.parse_args()
    try:
        pgbench_program()
        with machine(BUILD / "bench") as made:
            figures = measure(made, options.seconds, options.events)
    except (Missing, ImportError) as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(2)
    (BUILD / "bench.json").write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)


def measure(made: Machine, seconds: int, events: int) -> dict[str, Any]:
    """All figures."""
    kafka = os.environ.get("HEARTHLINE_TEST_KAFKA")
    logs = {"embedded": made.database("eventlog"), **({"kafka": f"kafka://{kafka}"} if kafka else {})}
    figures = {
        "machine": {
            "cores": CORES,
            "python": platform.python_version(),
            "time": datetime.now(UTC).isoformat(),
        },
        "eventlog": {name: eventlog.measure_log(url, events) for name, url in logs.items()},
    }
    return figures | background_work(made, logs, events) | create_ticket(made, seconds) | delay(made, seconds)


def background_work(made: Machine, logs: dict[str, str], events: int) -> dict[str, Any]:
    """Relay and consumer, on each log; the embedded one's figures are those that are named."""
    from tests.bench import flow

    figures: dict[str, Any] = {"relay": {}, "consumer": {}}
    for name, log in logs.items():
        workorders, customers = made.database(f"workorders_{name}"), made.database(f"customers_{name}")
        flow.make_databases(workorders, customers, log)
        figures["consumer"][name] = round(flow.consumer_events_per_s(workorders, log, events))
        figures["relay"][name] = round(flow.relay_events_per_s(workorders, log, events))
    return {part: {"events_per_s": by_log["embedded"], "by_log": by_log} for part, by_log in figures.items()}


def create_ticket(made: Machine, seconds: int) -> dict[str, Any]:
    """The whole RPC against both yardsticks, one after the other for each number of callers."""
    from tests.bench.echo import METHOD as ECHO
    from tests.bench.load import CREATE, load

    inserts = made.database("pgbench")
    pgbench.prepare(inserts)
    service = start_workorders(made, "create", work=False)
    echo = free_address()
    for core in range(CORES):
        made.start("tests.bench.echo", echo.rpartition(":")[2], str(core), waits_for="echo listens on port ")
    levels = {}
    for callers in CALLERS:
        transactions = pgbench.transactions_per_s(inserts, callers, seconds, BUILD / "bench")
        echoed = load(echo, ECHO, callers, seconds)
        created = load(service, CREATE, callers, seconds)
        levels[str(callers)] = {
            **asdict(created),
            "pgbench_per_s": round(transactions, 1),
            "echo_per_s": echoed.calls_per_s,
            "ratio_to_pgbench": round(created.calls_per_s / transactions, 3),
            "ratio_to_echo": round(created.calls_per_s / echoed.calls_per_s, 3),
        }
    made.stop_processes()
    named = {name: levels[str(USUAL)][name] for name in ("ratio_to_pgbench", "ratio_to_echo")}
    return {"create_ticket": {**named, "callers": USUAL, "by_callers": levels}}


def delay(made: Machine, seconds: int) -> dict[str, Any]:
    """From a commit in workorders to its effect in customers, at fifty tickets a second, both services running."""
    from tests.bench import flow
    from tests.bench.load import CREATE, load

    service = start_workorders(made, "delay", work=True)
    workorders, customers = made.url_of("workorders_delay"), made.url_of("customers_delay")
    levels = {}
    for callers in CALLERS:
        since = datetime.now(UTC)
        load(service, CREATE, callers, seconds, EVENTS_PER_S)
        seen = flow.commit_to_applied(workorders, customers, since)
        levels[str(callers)] = {"p50_ms": seen.p50_ms, "p99_ms": seen.p99_ms, "events_per_s": seen.calls_per_s}
    made.stop_processes()
    return {"commit_to_applied": {**levels[str(USUAL)], "callers": USUAL, "by_callers": levels}}


def start_workorders(made: Machine, name: str, work: bool) -> str:
    """Where a new workorders server listens; with `work` also its loops and those of customers."""
    from tests.bench import flow
    from tests.bench.load import PREMISES

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


def show(figures: dict[str, Any]) -> None:
    """The figures for people."""
    print(f"{'callers':>8} {'tickets/s':>10} {'p99 ms':>8} {'/ pgbench':>10} {'/ echo':>8} {'applied p99 ms':>15}")
    applied = figures["commit_to_applied"]["by_callers"]
    for callers, seen in figures["create_ticket"]["by_callers"].items():
        print(
            f"{callers:>8} {seen['calls_per_s']:>10} {seen['p99_ms']:>8} {seen['ratio_to_pgbench']:>10}"
            f" {seen['ratio_to_echo']:>8} {applied[callers]['p99_ms']:>15}"
        )
    for part in ("relay", "consumer"):
        print(f"{part}: {', '.join(f'{log} {rate}/s' for log, rate in figures[part]['by_log'].items())}")
    for log, seen in figures["eventlog"].items():
        print(f"log {log}: publish {seen['publish_events_per_s']}/s, consume {seen['consume_events_per_s']}/s")
    print(f"written to {BUILD / 'bench.json'}")


if __name__ == "__main__":
    main()
