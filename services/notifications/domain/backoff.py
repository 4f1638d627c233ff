"""How long to wait before the next try of the same address (N4).

tenacity has no place here: it keeps its count and its wait in a running call, which holds a worker while it
sleeps and forgets everything in a crash. Our tries are counted in the notification's row and the wait is the
row's due time, so any worker of any process goes on where another one ended.
"""

from dataclasses import dataclass
from datetime import timedelta
from zlib import crc32


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Pauses that double; how many there are is a matter of the message's life."""

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(minutes=30)
    spread: float = 0.2
    """Share of the pause, at most, that is added so that messages that failed together do not return together."""

    def pause(self, failures: int, name: str) -> timedelta:
        """The wait after this many failures (from 1); the same for the same name whenever it is asked."""
        # The exponent is capped: what is doubled more often is far beyond the longest pause, and a timedelta's range.
        doubled: timedelta = self.first * 2 ** min(failures - 1, 20)
        plain = min(doubled, self.longest)
        return plain + plain * self.spread * (crc32(f"{name}/{failures}".encode()) / 2**32)
