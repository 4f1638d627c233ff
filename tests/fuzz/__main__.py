"""`python -m tests.fuzz`: hostile input for every RPC and consumer; the result is build/fuzz.json."""

import argparse
import logging
import os
import random
import sys
import time
import warnings
from contextlib import closing
from pathlib import Path

# The embedded PostgreSQL forks to become another user, and gRPC's fork handlers abort such a child now and then.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from servicekit.logs import start_logging  # noqa: E402
from tests.fuzz.campaign import Campaign  # noqa: E402
from tests.fuzz.tally import Tally  # noqa: E402
from tests.fuzz.world import World  # noqa: E402
from tests.support.postgres import Databases, postgres_server  # noqa: E402
from tests.support.running import Starter  # noqa: E402

_RESULT = Path(__file__).parents[2] / "build" / "fuzz.json"
_ROUND = 10_000
_SHOWN = 20


def main() -> None:
    """1 when anything was answered as it never should."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=0, help="repeats a run; by default another one each time")
    parser.add_argument("--only", default="", help="RPCs and consumers whose names contain this")
    options = parser.parse_args()
    seed = options.seed or random.SystemRandom().randrange(1, 2**31)
    start_logging("fuzz", "critical", json=True)
    # Of the log, what the faults are about.
    logging.getLogger("servicekit.loops").setLevel(logging.WARNING)
    logging.getLogger("servicekit.timers").setLevel(logging.ERROR)
    for name in ("psycopg", "opentelemetry"):
        logging.getLogger(name).setLevel(logging.ERROR)
    _say(f"--seed {seed}")
    with postgres_server() as url:
        faults = _attack(url, options.inputs, seed, options.only)
    if faults:
        _say(f"something went wrong; --seed {seed} tries the same again")
        sys.exit(1)


def _attack(url: str, inputs: int, first_seed: int, only: str) -> list[str]:
    """In rounds, so that what one of them leaves behind is there for the next."""
    seed = first_seed
    start, tally = Starter(Databases(url), {}), Tally()
    try:
        with closing(World(start)) as world:
            # A round sends the same number to each, which is somewhat less than what it was asked for.
            while (left := inputs - tally.total.inputs) > 0:
                began, known, sent = time.monotonic(), len(tally.faults), tally.total.inputs
                Campaign(world, seed, tally).run(min(_ROUND, left), only)
                if tally.total.inputs == sent:
                    sys.exit(f"fuzz: --only {only}: no RPC and no consumer has this in its name")
                seed += 1
                first, now = tally.memory[0], tally.memory[-1]
                if now.grown(first):
                    tally.faults.append(f"memory grew from {first} to {now}")
                tally.write(_RESULT, first_seed)
                _say(f"{tally.total.inputs} inputs, {now}, {time.monotonic() - began:.0f} s")
                for fault in tally.faults[known : known + _SHOWN]:
                    _say(f"  {fault[:1500]}")
    finally:
        start.stop()
    _say(f"never answered OK: {', '.join(tally.never_ok()) or 'none'}")
    return tally.faults


def _say(line: str) -> None:
    print(f"fuzz: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
