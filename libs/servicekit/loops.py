"""Loops: what a service does without being called (relay, consumers, timers, senders)."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

import structlog

from servicekit.errors import Aborted, Unavailable
from servicekit.eventlog import EventLogUnavailable
from servicekit.kit import Kit
from servicekit.metrics.catalogue import LOOP_FAILURES

_log = structlog.get_logger()
_OUTAGES = (Unavailable, EventLogUnavailable, ConnectionError)
_FIRST_PAUSE_S = 0.05
_OUTAGE_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 5.0


class Loop(Protocol):
    """Work that is done bit by bit, for ever."""

    name: str

    def run_once(self, kit: Kit) -> bool:
        """Does the next bit; True when there may be more at once, False to wait for a wake-up or the next poll."""
        ...


class Waiting(Protocol):
    """What a loop may also say of its waits; `LoopThread` asks with defaults."""

    poll_s: float
    """Longest wait in real seconds between two looks."""
    is_held_up: bool
    """True when its last look found work in the hands of another worker, who may be dead: nothing is to be done now,
    and yet the work is not done."""

    def next_due(self) -> datetime | None:
        """The instant (by the kit's clock) of its next known work."""
        ...


class Attempts:
    """What becomes of the tries of one loop: an error is logged, and waited out longer each time."""

    def __init__(self, name: str, kit: Kit) -> None:
        self._name = name
        self.pause = 0.0
        """Seconds to wait after the last try; 0 when it went well."""
        self._tell_again = 0.0
        # From 0 on, for a rate needs a value before the first failure.
        self._failures = {
            reason: kit.metrics.recorder(LOOP_FAILURES, {"loop": name, "reason": reason})
            for reason in LOOP_FAILURES.labels["reason"]
        }
        for record in self._failures.values():
            record(0)

    def make(self, work: Callable[[], bool]) -> bool | None:
        """What the work says; None when it failed, and `pause` is to be waited for."""
        try:
            busy = work()
        except Exception as error:  # noqa: BLE001
            # A loop must outlive whatever goes wrong in it: nothing is lost, for nothing was committed.
            # A race that was lost once is nobody's fault: the next try meets the winner no more.
            if self.pause or not isinstance(error, Aborted):
                self._tell(error)
            self.pause = next_pause(self.pause, error)
            return None
        self.pause = 0.0
        return busy

    def _tell(self, error: Exception) -> None:
        if isinstance(error, _OUTAGES):
            self._failures["unavailable"](1)
            # Asked about more often than anybody wants to read of it.
            if time.monotonic() >= self._tell_again:
                self._tell_again = time.monotonic() + _LONGEST_PAUSE_S
                _log.warning("loop waits", loop=self._name, reason=str(error))
        else:
            self._failures["failed"](1)
            _log.error("loop failed", loop=self._name, exc_info=error)


class LoopThread(threading.Thread):
    """Runs one loop until it is stopped; an error is logged, waited out, and the loop goes on."""

    def __init__(self, loop: Loop, kit: Kit) -> None:
        super().__init__(name=loop.name, daemon=True)
        self.loop = loop
        self._kit = kit
        self._wake = kit.waker(loop.name)
        # Not `_stop`: threading.Thread has a method of that name.
        self._ending = threading.Event()
        self._asked = 0
        self._answered = 0
        self._answer = threading.Condition()
        self._attempts = Attempts(loop.name, kit)

    def run(self) -> None:
        """See `Loop.run_once`."""
        while True:
            # First of all: whoever wakes it after this is heard.
            self._wake.clear()
            if self._ending.is_set():
                return
            asked = self._asked
            busy = self._attempts.make(lambda: self.loop.run_once(self._kit))
            if busy is None:
                self._ending.wait(self._attempts.pause)
            elif not busy:
                if not getattr(self.loop, "is_held_up", False):
                    self._found_nothing(asked)
                self._wait()

    def ask(self) -> int:
        """Asks for another look at what there is to do; `answered` with this number tells when it was made."""
        with self._answer:
            self._asked += 1
            number = self._asked
        self._wake.set()
        return number

    def answered(self, number: int, timeout: float) -> bool:
        """Waits for a look that began after the question and found all done; False when it takes too long."""
        with self._answer:
            return self._answer.wait_for(lambda: self._answered >= number, timeout)

    def stop(self) -> None:
        """Asks the loop to end after its current bit of work."""
        self._ending.set()
        self._wake.set()
        # Nobody paces a process that is ending.
        self._kit.hurry.set()
        wake = getattr(self.loop, "wake", None)
        if wake is not None:
            wake()

    def _found_nothing(self, asked: int) -> None:
        with self._answer:
            self._answered = asked
            self._answer.notify_all()

    def _wait(self) -> None:
        poll_s, pace_s = getattr(self.loop, "poll_s", 1.0), self._kit.settings.loop_pace_seconds
        # A loop that looks seldom anyway gathers enough.
        if self._kit.is_paced and poll_s < pace_s:
            self._kit.hurry.wait(pace_s)
            return
        due = getattr(self.loop, "next_due", None)
        self._kit.clock.wait(self._wake, due() if due else None, poll_s)


def next_pause(pause: float, error: Exception) -> float:
    """How long to wait after an error, `pause` seconds having been the last wait (0 for none).

    An outage is asked about often, however long it has been: the first fact is to be out within a second of its end.
    """
    longest = _OUTAGE_PAUSE_S if isinstance(error, _OUTAGES) else _LONGEST_PAUSE_S
    return min(max(pause * 2, _FIRST_PAUSE_S), longest)
