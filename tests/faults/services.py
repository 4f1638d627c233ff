"""Services as processes that are started in a moment, and killed, paused and ended as often as one likes.

A start costs a second and a half of imports. So a server process imports everything once, and each service is a fork
of it that goes on as `python -m SERVICE COMMAND` would: its own process, its own environment, nothing shared.
"""

import ctypes
import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.faults.crashing import Fuse, wrap

SERVICES = ("customers", "workorders", "notifications", "surveys", "complaints", "billing")

_PR_SET_PDEATHSIG = 1
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "tests.faults.services",
        "servicekit.cli",
        "servicekit.eventlog.embedded",
        "servicekit.eventlog.kafka",
        "alembic.command",
        *(f"{service}.bootstrap" for service in SERVICES),
    ]
)


class ServiceProcess:
    """`python -m SERVICE COMMAND`, begun by making it."""

    def __init__(self, service: str, command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
        self.service = service
        self.fuse = Fuse(log.with_suffix(".fuse"))
        self.fuse.out()
        self._process = _FORKS.Process(
            target=_be, args=(service, list(command), dict(environment), log, self.fuse._file), daemon=True
        )
        self._process.start()

    @property
    def is_alive(self) -> bool:
        """False once it has ended, in whatever way."""
        return self._process.is_alive()

    def wait(self, timeout: float) -> int | None:
        """Its exit code, minus the signal that killed it; None when it still runs after the time."""
        self._process.join(timeout)
        return self._process.exitcode

    def send(self, number: signal.Signals) -> None:
        """A signal, if it is still there."""
        if self._process.is_alive() and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def kill(self) -> None:
        """kill -9."""
        self.send(signal.SIGKILL)
        self.wait(20)


def _be(service: str, command: list[str], environment: dict[str, str], log: Path, fuse: Path) -> None:
    """What the fork does instead of going on as a child of the harness."""
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    os.environ.update(environment)
    sys.argv = [service, *command]
    # Ctrl-C is for the harness, which then ends its processes; and when it is killed, they go with it.
    os.setsid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    wrap(Fuse(fuse))
    runpy.run_module(service, run_name="__main__", alter_sys=True)
