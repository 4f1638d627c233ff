"""How much memory processes hold, as Linux counts it."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.bench.machine import Machine
from tests.bench.serving import SERVICES, Served, serve
from tests.bench.sizes import Sizes

_SETTLE_S = 2.0


def megabytes(pids: Sequence[int], field: str) -> float:
    """The largest of these processes and of those that they started: `VmRSS` is now, `VmHWM` was the most."""
    return max(_read(each, field) for pid in pids for each in _family(pid))


def peak(served: Served) -> dict[str, float]:
    """What the server held at most."""
    return {"peak_mb": megabytes(served.pids, "VmHWM")}


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """One process of each service with its server and its loops, after it has had nothing to do for a while."""
    found = {}
    for service in SERVICES:
        served = serve(made, service, f"{service}_idle", work=True)
        time.sleep(min(_SETTLE_S, sizes.seconds))
        found[service] = {"idle_mb": megabytes(served.pids, "VmRSS")}
        made.stop_processes()
    return {"idle_memory": found}


def _family(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _read(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    kilobytes = next(line for line in lines if line.startswith(f"{field}:")).split()[1]
    return round(int(kilobytes) / 1024, 1)
