"""Whether a process has anything left to do: what tests and simulations wait for before time goes on."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from servicekit.kit import Kit
from servicekit.lanes import consumers_of
from servicekit.loops import LoopThread

_AGAIN_S = 0.003


class Idleness:
    """Watches the loops of one process. A loop is done when a look that began after the question found nothing."""

    def __init__(self, kit: Kit, threads: Sequence[LoopThread]) -> None:
        self._kit = kit
        self._readers = {each.name: each.topics for thread in threads for each in consumers_of(thread.loop)}
        # Of consumers the log knows better: an empty poll does not prove that nothing is there.
        self._others = [thread for thread in threads if not consumers_of(thread.loop)]
        self._lock = threading.Lock()
        self._waiting = 0

    def wait(self, timeout: float) -> bool:
        """Has all that is due done at once; False when it is not done within `timeout` real seconds."""
        end = time.monotonic() + timeout
        with self._hurry():
            while True:
                commits = self._kit.commits
                if self._look(end) and commits == self._kit.commits:
                    return True
                if time.monotonic() > end:
                    return False

    def next_due(self) -> datetime | None:
        """The earliest instant for which a loop knows that it will have work."""
        due = [look() for thread in self._others if (look := getattr(thread.loop, "next_due", None))]
        return min((at for at in due if at is not None), default=None)

    def _look(self, end: float) -> bool:
        """True when the other loops found nothing, and then the consumers had taken all; both hold at once where
        nothing was committed meanwhile."""
        asked = [(thread, thread.ask()) for thread in self._others]
        if not all(thread.answered(number, max(end - time.monotonic(), 0)) for thread, number in asked):
            return False
        while any(sum(topics.values()) for topics in self._kit.eventlog.lag(self._readers).values()):
            if time.monotonic() > end:
                return False
            time.sleep(_AGAIN_S)
        return True

    @contextmanager
    def _hurry(self) -> Iterator[None]:
        with self._lock:
            self._waiting += 1
            self._kit.hurry.set()
        try:
            yield
        finally:
            with self._lock:
                self._waiting -= 1
                if not self._waiting:
                    self._kit.hurry.clear()
