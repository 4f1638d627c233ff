"""`python -m tests.bench`: every figure in one run on one machine, as a table here and in build/bench.json."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import eventlog, pgbench, report
from tests.bench.machine import Machine, Missing, free_address, machine, pgbench_program
from tests.bench.sizes import Sizes

BUILD = Path(__file__).parents[2] / "build"
CORES = os.cpu_count() or 1
# The ratios that are named are those of sixteen callers.
USUAL = 16
EVENTS_PER_S = 50.0
TICKET = "tests.bench.ticket"


def main() -> None:
    """Measures, prints and writes; 2 with one line when a part is missing."""
    usual = Sizes()
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=usual.seconds, help="length of each single measurement")
    parser.add_argument("--events", type=int, default=usual.events, help="size of the backlogs of relay and consumer")
    parser.add_argument("--only", default="", help="paths by comma; what else is in build/bench.json stays there")
    options = parser.parse_args()
    written = BUILD / "bench.json"
    try:
        pgbench_program()
        with machine(BUILD / "bench") as made:
            only = [name.strip() for name in options.only.split(",") if name.strip()]
            figures = measure(made, Sizes(seconds=options.seconds, events=options.events), only)
    except (Missing, ImportError) as error:
        print(f"bench: {error}", file=sys.stderr)
        sys.exit(2)
    before = json.loads(written.read_text(encoding="utf-8")) if only and written.exists() else {}
    written.write_text(json.dumps(before | figures, indent=2) + "\n", encoding="utf-8")
    report.show(figures)
    print(f"written to {written}")


def measure(made: Machine, sizes: Sizes, only: Collection[str] = ()) -> dict[str, Any]:
    """The figures of the paths that are named, or of all; Missing for a name that is none."""
    known = paths()
    if unknown := set(only) - set(known):
        raise Missing(f"{', '.join(sorted(unknown))} is none of {', '.join(known)}")
    figures: dict[str, Any] = {
        "machine": {"cores": CORES, "python": platform.python_version(), "time": datetime.now(UTC).isoformat()}
    }
    for name in only or known:
        print(f"bench: {name}", file=sys.stderr)
        figures |= known[name](made, sizes)
    return figures


def paths() -> Mapping[str, Callable[[Machine, Sizes], dict[str, Any]]]:
    """What can be measured, by the name that --only takes; ImportError where the stubs are not made."""
    from tests.bench import bank, broadcast, completing, index, lists, memory, timeline

    return {
        "flow": background_work,
        "create_ticket": create_ticket,
        "delay": delay,
        "complete_work_order": completing.measure,
        "bank_event": bank.measure,
        "list": lists.measure,
        "timeline": timeline.measure,
        "index": index.measure,
        "broadcast": broadcast.measure,
        "memory": memory.measure,
    }


def background_work(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Relay and consumer, on each log; the embedded one's figures are those that are named."""
    from tests.bench import flow

    kafka = os.environ.get("HEARTHLINE_TEST_KAFKA")
    logs = {"embedded": made.database("eventlog"), **({"kafka": f"kafka://{kafka}"} if kafka else {})}
    raw = {name: eventlog.measure_log(url, sizes.events) for name, url in logs.items()}
    rates: dict[str, dict[str, int]] = {"relay": {}, "consumer": {}}
    for name, log in logs.items():
        workorders, customers = made.database(f"workorders_{name}"), made.database(f"customers_{name}")
        flow.make_databases(workorders, customers, log)
        rates["consumer"][name] = round(flow.consumer_events_per_s(workorders, log, sizes.events))
        rates["relay"][name] = round(flow.relay_events_per_s(workorders, log, sizes.events))
    return {
        "eventlog": raw,
        **{part: {"events_per_s": by_log["embedded"], "by_log": by_log} for part, by_log in rates.items()},
    }


def create_ticket(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """The whole RPC against both yardsticks, one after the other for each number of callers."""
    from tests.bench.load import load

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
    usual = _usual(sizes)
    named = {name: levels[usual][name] for name in ("ratio_to_pgbench", "ratio_to_echo")}
    return {"create_ticket": {**named, "callers": int(usual), "by_callers": levels}}


def delay(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """From a commit in workorders to its effect in customers, at fifty tickets a second, both services running."""
    from tests.bench import flow
    from tests.bench.load import load

    service = start_workorders(made, "delay", work=True)
    workorders, customers = made.url_of("workorders_delay"), made.url_of("customers_delay")
    levels = {}
    for callers in sizes.callers:
        since = datetime.now(UTC)
        load(service, TICKET, "", callers, sizes.seconds, EVENTS_PER_S)
        seen = flow.commit_to_applied(workorders, customers, since)
        levels[str(callers)] = {"p50_ms": seen.p50_ms, "p99_ms": seen.p99_ms, "events_per_s": seen.calls_per_s}
    made.stop_processes()
    usual = _usual(sizes)
    return {"commit_to_applied": {**levels[usual], "callers": int(usual), "by_callers": levels}}


def start_workorders(made: Machine, name: str, work: bool) -> str:
    """Where a new workorders server listens; with `work` also its loops and those of customers."""
    from tests.bench import flow
    from tests.bench.ticket import PREMISES

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


def _usual(sizes: Sizes) -> str:
    return str(USUAL if USUAL in sizes.callers else sizes.callers[-1])


if __name__ == "__main__":
    main()
