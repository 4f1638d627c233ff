"""Connections between each pair that are reset, clogged, slow, or cut in the middle of what matters."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.faults.injected.crashes import CALLED
from tests.faults.proxy import COMMIT_REPLY, Wire
from tests.faults.services import SERVICES
from tests.faults.trial import Trial

Pick = Callable[[Trial], Wire]

_ANYTHING = re.compile(rb".{20}", re.DOTALL)
_TIMES = 12
_CLOGGED_S = 4.0
_SLOW_S = 2.0
_DELAY_S = 0.05


def to_service(trial: Trial) -> Wire:
    """Between callers and one service."""
    return trial.house.wires[trial.rng.choice(CALLED)]


def to_database(trial: Trial) -> Wire:
    """Between one service and its database."""
    return trial.house.database_wires[trial.rng.choice(SERVICES)]


def to_log(trial: Trial) -> Wire:
    """Between everybody and the event log."""
    return trial.house.log_wire


def reset(pick: Pick) -> Callable[[Trial], int]:
    """Every connection ends with a TCP reset, some times."""

    def strike(trial: Trial) -> int:
        for _ in range(_TIMES):
            pick(trial).reset()
            trial.await_calls(6)
        return _TIMES

    return strike


def clogged(pick: Pick) -> Callable[[Trial], int]:
    """Nothing arrives for a while, and nobody is told."""

    def strike(trial: Trial) -> int:
        wire = pick(trial)
        with _meanwhile(wire, clogged=True):
            time.sleep(_CLOGGED_S)
        trial.await_calls(10)
        return 1

    return strike


def slow(pick: Pick) -> Callable[[Trial], int]:
    """Everything arrives late for a while."""

    def strike(trial: Trial) -> int:
        wire = pick(trial)
        with _meanwhile(wire, delay_s=_DELAY_S):
            time.sleep(_SLOW_S)
        trial.await_calls(10)
        return 1

    return strike


def cut_mid_message(pick: Pick) -> Callable[[Trial], int]:
    """A reply is cut in two, and only its first half arrives."""

    def strike(trial: Trial) -> int:
        return sum(_cut(trial, pick(trial), _ANYTHING) for _ in range(_TIMES))

    return strike


def cut_commit_reply(trial: Trial) -> int:
    """The database commits, and its word of it is cut: nobody knows whether it did."""
    return sum(_cut(trial, trial.house.database_wires[trial.rng.choice(CALLED)], COMMIT_REPLY) for _ in range(_TIMES))


def _cut(trial: Trial, wire: Wire, what: re.Pattern[bytes]) -> int:
    cut = wire.cut_within(what)
    happened = cut.happened.wait(3)
    wire.spare()
    trial.await_calls(6)
    return int(happened)


@contextmanager
def _meanwhile(wire: Wire, delay_s: float = 0.0, clogged: bool = False) -> Iterator[None]:
    wire.delay_s, wire.is_clogged = delay_s, clogged
    try:
        yield
    finally:
        wire.delay_s, wire.is_clogged = 0.0, False
