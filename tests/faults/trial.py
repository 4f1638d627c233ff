"""One house with its callers and its checker, in which fault after fault is tried."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.bank import Bank
from tests.faults.checker import Checker
from tests.faults.gateway import Gateway
from tests.faults.house import House
from tests.faults.people import HOUSES, Person, prepare
from tests.faults.workload import Line, Outcome, Told, Workload
from tests.support.findings import Findings

CALLERS = 6
_LONG_PAUSE_S = 0.2


@dataclass(slots=True)
class Score:
    """What became of one kind of fault; goes into build/faults.json as it is."""

    runs: int = 0
    ops: int = 0
    acked: int = 0
    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    failed: int = 0
    """Calls that failed after their retries, or were answered wrongly; ledgers that do not add up; early timers."""
    worst_stall_s: float = 0.0
    """The longest that an answered call took, with all its retries."""
    seed: int = 0
    notes: dict[str, float | str] = field(default_factory=dict)
    """What is worth telling though nothing is wrong, as it was the last time."""
    lines: list[str] = field(default_factory=list)

    def add(self, injected: int, told: list[Told], found: Findings) -> None:
        """Counts one round."""
        acked = [call for call in told if call.outcome is Outcome.ACKED]
        self.runs += injected
        self.ops += len(told)
        self.acked += len(acked)
        self.lost += len(found.lost)
        self.doubled += len(found.doubled)
        self.reordered += len(found.reordered)
        self.failed += len(found.failed)
        self.worst_stall_s = round(max([self.worst_stall_s, *(call.took_s for call in acked)]), 2)
        self.lines = [*self.lines, *found.lines()][:50]

    @property
    def is_clean(self) -> bool:
        """True when nothing went wrong."""
        return not (self.lost or self.doubled or self.reordered or self.failed)


class Trial:
    """What a fault has at hand: the house, chance, and the calls that go on meanwhile."""

    def __init__(self, house: House, seed: int, pause_s: float = 0.02) -> None:
        self.house = house
        self.seed = seed
        self.rng = random.Random(seed)
        self.checker = Checker(house)
        self.told: list[Told] = []
        self.findings = Findings()
        """What a fault saw itself; added to what the checker finds."""
        self.notes: dict[str, float | str] = {}
        """Of this fault; goes into its score."""
        self._lines = [Line(house.targets, f"{seed}/{number}", self.told) for number in range(CALLERS)]
        self.people = [Person(f"p{number}", line) for number, line in enumerate(self._lines)]
        accounts = [account for person in self.people for account in person.accounts]
        self.bank = Bank(house, seed, accounts, self.told)
        homes = [f"{person.name}-{number}" for person in self.people for number in range(HOUSES)]
        self._gateway = Gateway(house, seed, homes[::3], self.told)
        acts = [*(person.act for person in self.people), self.bank.act, self._gateway.act]
        self._work = Workload(acts, pause_s, self.told, house.keep_running)

    def begin(self) -> Findings:
        """Everybody moves in, and nothing is wrong yet."""
        prepare(self._lines[0])
        self.bank.register(self._lines[0])
        for person in self.people:
            person.move_in()
        # Workorders has to know of a home before it takes a sensor there.
        self.house.settle()
        self._gateway.register(self._lines[0])
        return self.look()

    def run(self, fault: Callable[["Trial"], int], least_calls: int) -> tuple[int, list[Told], Findings]:
        """Tries a fault while calls go on, at least so many; how often it was injected, the calls, what is wrong."""
        with self._work:
            self.await_calls(least_calls // 4)
            injected = fault(self)
            self.await_calls(least_calls - len(self.told))
        told = list(self.told)
        return injected, told, self.look()

    @contextmanager
    def between_calls(self) -> Iterator[None]:
        """Nobody calls meanwhile."""
        self._work.__exit__()
        try:
            yield
        finally:
            self._work.__enter__()

    @contextmanager
    def calling_seldom(self) -> Iterator[None]:
        """Everybody rests long between two calls, to leave the machine to what is waited for."""
        before = self._work.pause_s
        self._work.pause_s = max(before, _LONG_PAUSE_S)
        try:
            yield
        finally:
            self._work.pause_s = before

    def await_calls(self, number: int) -> None:
        """Returns when so many more were answered."""
        self._work.await_calls(number)

    def look(self) -> Findings:
        """What is wrong since the last look."""
        found = self.checker.look(self.told)
        lost, wrong = self._gateway.check(lambda query: self.house.postgres.query("workorders", query))
        found.lost += lost
        found.doubled += wrong
        self.told.clear()
        for kind in ("failed", "lost", "doubled", "reordered"):
            getattr(found, kind).extend(getattr(self.findings, kind))
        self.findings = Findings()
        return found

    def close(self) -> None:
        """Everybody hangs up."""
        self.bank.close()
        self._gateway.close()
        for line in self._lines:
            line.close()
