"""How much is measured: what `make bench` does, and what is enough to see that it still runs."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sizes:
    """The defaults take ten minutes on two cores."""

    seconds: float = 6
    """Length of each single measurement."""
    callers: tuple[int, ...] = (1, 4, 16, 64)
    events: int = 20_000
    """Backlogs of the relay and of consumers."""
    few: int = 10_000
    many: int = 1_000_000
    """Tickets, and answers, among which something is looked for."""
    kinds: int = 8
    """Of lists, that are measured one by one."""
    entries: int = 50_000
    """On the timeline of the busiest customer."""
    messages: int = 100_000
    """Of one broadcast."""

    @property
    def usual(self) -> int:
        """The callers whose ratios are named: sixteen."""
        return 16 if 16 in self.callers else self.callers[-1]


TINY = Sizes(seconds=0.5, callers=(2,), events=2_400, few=500, many=1_000, kinds=1, entries=500, messages=300)
"""For the test that it runs; its figures mean nothing."""
