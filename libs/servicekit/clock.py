"""The clock is a port: real time, a test's time, or a season's time shared by many processes."""

import mmap
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SIZE = 8
_MICROSECOND = timedelta(microseconds=1)
_LOOK_S = 0.02


class Clock(Protocol):
    """Where `now` comes from (P6)."""

    def now(self) -> datetime:
        """The current instant, aware, UTC."""
        ...

    def wait(self, wake: threading.Event, until: datetime | None, at_most: float) -> None:
        """Returns when `wake` is set, when `now` reaches `until`, or after `at_most` real seconds."""
        ...


class SystemClock:
    """Real time."""

    def now(self) -> datetime:
        """Real time, UTC."""
        return datetime.now(UTC)

    def wait(self, wake: threading.Event, until: datetime | None, at_most: float) -> None:
        """Sleeps; see `Clock.wait`."""
        if until is not None:
            at_most = min(at_most, (until - self.now()).total_seconds())
        if at_most > 0:
            wake.wait(at_most)


class ManualClock:
    """A clock that moves when told to; shared inside one process (tests)."""

    def __init__(self, start: datetime) -> None:
        self._now = start

    def now(self) -> datetime:
        """The instant last set."""
        return self._now

    def set(self, now: datetime) -> None:
        """Moves to `now`, forward or backward."""
        self._now = now

    def advance(self, by: timedelta) -> None:
        """Moves by a span."""
        self.set(self._now + by)

    def wait(self, wake: threading.Event, until: datetime | None, at_most: float) -> None:
        """See `Clock.wait`."""
        _wait_polling(self, wake, until, at_most)


class FileClock:
    """A clock in a memory-mapped file (one word, microseconds since 1970): all processes that map it agree.

    The season's simulation moves it; reading it costs a microsecond and no system call. The word is read and written
    as a whole: `struct` clears the bytes before it writes them, and another process reads 1970 then.
    """

    def __init__(self, path: Path) -> None:
        with path.open("r+b") as file:
            self._micros = memoryview(mmap.mmap(file.fileno(), _SIZE)).cast("q")

    @classmethod
    def create(cls, path: Path, start: datetime) -> "FileClock":
        """Makes the file, set to `start`."""
        path.write_bytes(bytes(_SIZE))
        clock = cls(path)
        clock.set(start)
        return clock

    def now(self) -> datetime:
        """The instant in the file."""
        return _EPOCH + timedelta(microseconds=self._micros[0])

    def set(self, now: datetime) -> None:
        """Moves the clock of every process that maps the file."""
        self._micros[0] = (now - _EPOCH) // _MICROSECOND

    def wait(self, wake: threading.Event, until: datetime | None, at_most: float) -> None:
        """See `Clock.wait`; notices a move within 20 ms."""
        _wait_polling(self, wake, until, at_most)


def _wait_polling(clock: Clock, wake: threading.Event, until: datetime | None, at_most: float) -> None:
    """Simulated time jumps without telling, so whoever waits for an instant looks again and again."""
    if until is None:
        wake.wait(at_most)
        return
    end = time.monotonic() + at_most
    while clock.now() < until and time.monotonic() < end and not wake.wait(_LOOK_S):
        pass


def connect_clock(url: str) -> Clock:
    """`system`, or `file:PATH` for a clock that a simulation moves."""
    if url == "system":
        return SystemClock()
    scheme, _, path = url.partition(":")
    if scheme == "file" and path:
        return FileClock(Path(path))
    raise ValueError(f"HEARTHLINE_CLOCK: {url!r} is neither 'system' nor 'file:PATH'")
