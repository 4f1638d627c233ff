"""Simulated time: what happens when, and when the platform must have caught up before time goes on."""

import heapq
import itertools
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from servicekit.clock import FileClock

GRID = timedelta(minutes=20)
"""What would happen within this time happens at once, side by side; what is urgent happens at its own time."""

LATE = timedelta(minutes=30)
"""A deadline is dealt with at the latest after this time, together with others."""

CATCH_UP = timedelta(hours=24)
"""At least this often every service finishes all it has to do before time goes on."""

Action = Callable[[], None]
_Entry = tuple[datetime, int, Action, bool]


class Timeline:
    """The queue of what people do, and the clock that all processes share."""

    def __init__(self, clock: FileClock, workers: int) -> None:
        self.clock = clock
        self._queue: list[_Entry] = []
        self._urgent: list[_Entry] = []
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="people")

    def at(self, when: datetime, action: Action, wants_answer: bool = False, urgent: bool = False) -> None:
        """Has `action` happen at `when`; from any thread, also from inside an action.

        After one that `wants_answer` the jobs are looked at before time goes on; an `urgent` one waits for no others.
        """
        queue = self._urgent if urgent else self._queue
        with self._lock:
            heapq.heappush(queue, (when, next(self._numbers), action, wants_answer))

    def every(self, start: datetime, span: timedelta, end: datetime, action: Action) -> None:
        """Has `action` happen again and again."""

        def once() -> None:
            action()
            following = self.clock.now() + span
            if following < end:
                self.at(following, once)

        self.at(start, once)

    def run(
        self,
        until: datetime,
        next_deadline: Callable[[], datetime | None],
        catch_up: Callable[[], None],
        progress: Callable[[datetime], None],
    ) -> None:
        """Lets everything happen up to `until`.

        `next_deadline` lets the deadlines that came be dealt with, and says when the next one is; `catch_up`
        waits for all services.
        """
        caught_up = self.clock.now()
        deadline = next_deadline()
        while (now := self._step(until, deadline)) is not None:
            self.clock.set(now)
            answer_wanted = self._happen(now)
            if now - caught_up >= CATCH_UP:
                catch_up()
                caught_up = now
                progress(now)
            if answer_wanted or (deadline is not None and deadline + LATE <= now):
                deadline = next_deadline()
        self.clock.set(until)
        catch_up()
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
        due, answer_wanted = [], False
        with self._lock:
            for queue, end in ((self._urgent, now), (self._queue, now + GRID)):
                while queue and queue[0][0] <= end:
                    _, _, action, wants = heapq.heappop(queue)
                    due.append(action)
                    answer_wanted |= wants
        for done in [self._pool.submit(action) for action in due]:
            done.result()
        return answer_wanted
