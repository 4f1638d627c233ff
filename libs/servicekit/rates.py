"""How often a caller may call (P4)."""

import threading
import time
from collections.abc import Callable

from servicekit.errors import ResourceExhausted

_MANY = 10_000
_TOLERANCE_S = 1e-6


class Rates:
    """A leaky bucket for each caller: `burst` calls at once, and `per_second` of them for ever.

    What is kept of a caller is one number: when its bucket will be empty again (GCRA). Each process counts for itself.
    """

    def __init__(self, per_second: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._depth = burst * self._interval
        self._clock = clock
        self._empty_at: dict[str, float] = {}
        self._lock = threading.Lock()

    def take(self, subject: str) -> None:
        """One call of this caller; ResourceExhausted says when the next one may be made."""
        with self._lock:
            now = self._clock()
            filled = max(self._empty_at.get(subject, now), now) + self._interval
            wait = filled - now - self._depth
            if wait <= _TOLERANCE_S:
                if len(self._empty_at) >= _MANY:
                    self._empty_at = {who: at for who, at in self._empty_at.items() if at > now}
                self._empty_at[subject] = filled
                return
        raise ResourceExhausted(f"{subject} calls too often", reason="RATE_LIMIT", retry_after_s=wait)
