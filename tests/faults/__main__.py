"""`python -m tests.faults`: every fault on both event logs while calls go on; the result is build/faults.json.

The same seed makes the same callers, faults, places and passages; how they interleave is the machine's affair.
"""

import argparse
import json
import logging
import os
import random
import signal
import sys
import time
import warnings
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

# The embedded PostgreSQL forks to become another user, and gRPC's fork handlers abort such a child now and then.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

from servicekit.logs import start_logging  # noqa: E402
from tests.faults.chains import check_chains  # noqa: E402
from tests.faults.house import House  # noqa: E402
from tests.faults.plan import FAULTS, MIXED, Fault  # noqa: E402
from tests.faults.replay import check_replay  # noqa: E402
from tests.faults.trial import Score, Trial  # noqa: E402
from tests.support.engine import docker_answers  # noqa: E402
from tests.support.findings import Findings  # noqa: E402

_RESULT = Path(__file__).parents[2] / "build" / "faults.json"
_AT_LAST: dict[str, Callable[[House], Findings]] = {
    "timelines against a replay from offset 0": check_replay,
    "chains of sealed rows": check_chains,
}
_CALLS = 120
_SOAK_CALLS = 1000
_ROUNDS = 20
"""So many in one house, then everybody moves: what says everything again takes the longer the more was said."""

Scores = dict[str, Score]


def main() -> None:
    """1 when anything was lost, doubled, reordered or failed."""
    options = _options()
    # So that what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start_logging("faults", "error", json=False)
    for client in ("kafka", "psycopg"):
        # They tell at length that they were cut off, which is what is meant here.
        logging.getLogger(client).setLevel(logging.CRITICAL)
    _say(f"--seed {options.seed}")
    scores: Scores = defaultdict(lambda: Score(seed=options.seed))
    end = time.monotonic() + 60 * options.minutes
    for bus in [options.bus] if options.bus else ["embedded", "kafka"]:
        if bus == "kafka" and not docker_answers():
            _say("no Docker engine answers: nothing was tried on Kafka")
            continue
        faults = _chosen(bus, options.seed, options.runs, options.only)
        for number, first in enumerate(range(0, len(faults), _ROUNDS)):
            if number + 1 >= options.house and time.monotonic() < end:
                _shake(bus, options, options.seed + number, faults[first : first + _ROUNDS], end, scores)
    if not all(score.is_clean for score in scores.values()):
        _say(f"something went wrong; --seed {options.seed} tries the same again")
        sys.exit(1)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--runs", type=int, default=0, help="soak: rounds of faults in random order, on each event log")
    parser.add_argument("--minutes", type=float, default=1e6, help="ends after the round that takes it so far")
    parser.add_argument("--calls", type=int, default=0, help="least calls while each fault strikes")
    parser.add_argument("--pause", type=float, default=0.03, help="seconds that each caller rests between two calls")
    parser.add_argument("--seed", type=int, default=0, help="repeats a run; by default another one each time")
    parser.add_argument("--house", type=int, default=1, help="of a soak: begins with this one of its houses")
    parser.add_argument("--only", default="", help="faults whose names contain one of these, by comma")
    parser.add_argument("--bus", default="", choices=["", "embedded", "kafka"])
    parser.add_argument("--result", type=Path, default=_RESULT, help="where it is written")
    options = parser.parse_args()
    options.seed = options.seed or random.SystemRandom().randrange(1, 2**31)
    options.calls = options.calls or (_SOAK_CALLS if options.runs else _CALLS)
    return options


def _chosen(bus: str, seed: int, runs: int, only: str) -> list[Fault]:
    """Each fault once, or so many at random; what takes minutes is tried by its name alone."""
    parts = only.split(",")
    possible = [fault for fault in FAULTS if bus in fault.buses and any(part in fault.name for part in parts)]
    if not runs:
        return [fault for fault in possible if only or bus in fault.sampled_on]
    possible = [fault for fault in possible if only or not fault.takes_minutes]
    rng = random.Random(f"{seed}/{bus}")
    mixed = 0.2 if len(possible) > 1 else 0.0
    return [_mixed(*rng.sample(possible, 2)) if rng.random() < mixed else rng.choice(possible) for _ in range(runs)]


def _mixed(first: Fault, second: Fault) -> Fault:
    def inject(trial: Trial) -> int:
        return first.inject(trial) + second.inject(trial)

    return Fault(MIXED, inject)


def _shake(bus: str, options: argparse.Namespace, seed: int, faults: list[Fault], end: float, scores: Scores) -> None:
    """Tries faults in one house, and looks at the whole of it at last."""
    begin = time.monotonic()
    with House(bus) as house:
        trial = Trial(house, seed, options.pause)
        scores["moving in"].add(0, [], trial.begin())
        _say(f"{bus}: moved in after {time.monotonic() - begin:.0f} s")
        for number, fault in enumerate(faults, 1):
            began = time.monotonic()
            injected, told, found = trial.run(fault.inject, options.calls)
            scores[fault.name].add(injected, told, found)
            took = time.monotonic() - began
            what = f"{bus} {number}/{len(faults)} {fault.name}: {injected} ×"
            _say(f"{what} in {took:.0f} s, {len(told)} calls {trial.notes or ''}".rstrip())
            scores[fault.name].notes |= trial.notes
            trial.notes.clear()
            _tell(found, scores, options.result)
            if time.monotonic() > end:
                break
        for name, check in _AT_LAST.items():
            found = check(house)
            scores[name].add(1, [], found)
            _tell(found, scores, options.result)
        _say(f"{bus}: moved out after {time.monotonic() - begin:.0f} s")
        trial.close()


def _tell(found: Findings, scores: Scores, file: Path) -> None:
    for line in found.lines()[:10]:
        _say(f"  {line[:500]}")
    _write(scores, file)


def _write(scores: Scores, file: Path) -> None:
    file.parent.mkdir(exist_ok=True)
    total = {name: sum(getattr(score, name) for score in scores.values()) for name in ("runs", "ops", "acked")}
    result = {name: asdict(score) for name, score in scores.items()}
    file.write_text(json.dumps({"total": total, **result}, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _say(line: str) -> None:
    print(f"faults: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
