"""Simulated time: what happens when, and when the platform must have caught up before time goes on."""

import heapq
import itertools
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from enum import Enum

from servicekit.clock import FileClock

GRID = timedelta(hours=2)
"""What would happen within this time happens at once, side by side; what is urgent happens at its own time."""

LATE = timedelta(hours=2)
"""A deadline is dealt with at the latest after this time, together with others."""

CATCH_UP = timedelta(hours=24)
"""This often every service is told to finish what it has to do, and has until the next time to do it."""

Action = Callable[[], None]


class Wait(Enum):
    """What time waits for when something happens."""

    ANSWER = "answer"
    """For the action, and for what the platform makes of it: the jobs are looked at before time goes on."""
    ACTION = "action"
    """For the action."""
    NOTHING = "nothing"
    """Nobody's time depends on it: it goes on beside, and is over when the platform has caught up."""


_Entry = tuple[datetime, int, Action, Wait]


class Timeline:
    """The queue of what people do, and the clock that all processes share."""

    def __init__(self, clock: FileClock, workers: int) -> None:
        self.clock = clock
        self._queue: list[_Entry] = []
        self._urgent: list[_Entry] = []
        self._beside: list[Future[None]] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="people")

    def at(self, when: datetime, action: Action, wait: Wait = Wait.ACTION, urgent: bool = False) -> None:
        """Has `action` happen at `when`, an `urgent` one not before; from any thread, also from inside an action."""
        queue = self._urgent if urgent else self._queue
        with self._lock:
            heapq.heappush(queue, (when, next(self._numbers), action, wait))

    def daily(self, start: datetime, hours: Iterable[int], end: datetime, action: Action) -> None:
        """Has `action` happen every day at these hours, beside everything else, but never twice at once."""
        days = range((end - start).days)
        instants = iter([start + timedelta(days=day, hours=hour) for day in days for hour in hours])

        def queue_next() -> None:
            if when := next(instants, None):
                self.at(when, once, Wait.NOTHING)

        def once() -> None:
            action()
            queue_next()

        queue_next()

    def run(
        self,
        until: datetime,
        next_deadline: Callable[[], datetime | None],
        catch_up: Callable[[], None],
        progress: Callable[[datetime], None],
    ) -> None:
        """Lets everything happen up to `until`.

        `next_deadline` lets the deadlines that came be dealt with, and says when the next one is; `catch_up`
        lets the services finish what they have to do, beside what happens next.
        """
        caught_up = self.clock.now()
        deadline = next_deadline()
        while (now := self._step(until, deadline)) is not None:
            self.clock.set(now)
            answer_wanted = self._happen(now)
            if now - caught_up >= CATCH_UP:
                self._finish()
                self._beside.append(self._pool.submit(catch_up))
                caught_up = now
                progress(now)
            if answer_wanted or (deadline is not None and deadline + LATE <= now):
                deadline = next_deadline()
        self.clock.set(until)
        self._finish()
        progress(until)

    def close(self) -> None:
        """Ends the threads."""
        self._pool.shutdown()

    def _step(self, until: datetime, deadline: datetime | None) -> datetime | None:
        """The next instant at which something is to happen; None when that is past the end."""
        now = self.clock.now()
        with self._lock:
            head = self._queue[0][0] if self._queue else until
            urgent = self._urgent[0][0] if self._urgent else until
        soonest = max(now, min(head, urgent, now + CATCH_UP, deadline + LATE if deadline else until))
        return soonest if soonest < until else None

    def _happen(self, now: datetime) -> bool:
        """Lets all that is due happen; True when some of it wants an answer."""
        due: list[tuple[Action, Wait]] = []
        with self._lock:
            for queue, end in ((self._urgent, now), (self._queue, now + GRID)):
                while queue and queue[0][0] <= end:
                    _, _, action, wait = heapq.heappop(queue)
                    due.append((action, wait))
        begun = [(self._pool.submit(action), wait) for action, wait in due]
        self._beside += [future for future, wait in begun if wait is Wait.NOTHING]
        for future, wait in begun:
            if wait is not Wait.NOTHING:
                future.result()
        return any(wait is Wait.ANSWER for _, wait in begun)

    def _finish(self) -> None:
        """Waits for all that went on beside."""
        for future in self._beside:
            future.result()
        self._beside.clear()
