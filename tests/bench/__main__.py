"""`python -m tests.bench`: every figure in one run on one machine, as a table here and in build/bench.json."""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.bench import eventlog, report
from tests.bench.machine import CORES, Machine, Missing, machine, pgbench_program
from tests.bench.sizes import Sizes

BUILD = Path(__file__).parents[2] / "build"


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
    from tests.bench import audit, bank, broadcast, completing, index, intake, lists, memory, peers, sensors, timeline

    return {
        "flow": background_work,
        "create_ticket": intake.create_ticket,
        "peers": peers.measure,
        "delay": intake.delay,
        "complete_work_order": completing.measure,
        "bank_event": bank.measure,
        "sensor_reading": sensors.measure,
        "list": lists.measure,
        "timeline": timeline.measure,
        "index": index.measure,
        "broadcast": broadcast.measure,
        "audit": audit.measure,
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


if __name__ == "__main__":
    main()
