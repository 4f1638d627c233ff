"""The clocks of a service standard, and when each of them runs out (W4, W5)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from servicekit.calendar import (
    BusinessCalendar,
    Calendar,
    ChineseHolidays,
    ContinuousCalendar,
    NoHolidays,
    OfficialTable,
    Pause,
    Window,
    weekly,
)


class Clock(StrEnum):
    """What is promised, each with its own start.

    respond: report → somebody of ours takes it up (the crew acknowledges); dispatch: order created → first
    dispatch; arrive: (latest) dispatch → on site; restore: report → completed; call_back: completed → confirmed
    with the customer.
    """

    RESPOND = "respond"
    DISPATCH = "dispatch"
    ARRIVE = "arrive"
    RESTORE = "restore"
    CALL_BACK = "call_back"


class Measure(StrEnum):
    """How a limit is told."""

    TIME = "time"
    SHIFT = "shift"
    NIGHT = "night"


class Hours(StrEnum):
    """In which hours a clock runs."""

    CONTINUOUS = "continuous"
    OFFICE = "office"


SHIFTS = ((Window(time(0), time(8)), Window(time(8), time(16)), Window(time(16), time(0))),) * 7
"""Three shifts a day, holidays too: whoever is on shift repairs (小修不过班)."""
NIGHTS = ((Window(time(6), time(6)),),) * 7
"""A day's work lasts until the night ends, at six (中修不过夜)."""
OFFICE = weekly(Window(time(8, 30), time(12)), Window(time(13), time(17, 30)))


@dataclass(frozen=True, slots=True)
class Limit:
    """How long a clock may run, and whether it stops while a job is suspended.

    `measure` TIME: `amount` of the `hours`. SHIFT, NIGHT: until the running shift or night ends, but at least
    `amount`, so that a call a minute before the change leaves time to work. `warn_at` is the share of the time
    after which a warning is given, above 0 and below 1.
    """

    amount: timedelta
    measure: Measure = Measure.TIME
    hours: Hours = Hours.CONTINUOUS
    pausable: bool = True
    warn_at: float = 0.75

    def __post_init__(self) -> None:
        if self.amount <= timedelta(0):
            raise ValueError("a limit must be longer than nothing")
        if not 0 < self.warn_at < 1:
            raise ValueError("a warning comes after the start and before the deadline")

    def due(self, started_at: datetime, pauses: Iterable[Pause], zone: str) -> datetime:
        """When the promise is broken; paused time does not count unless the clock never pauses."""
        return self._after(self._length(started_at, zone), started_at, pauses, zone)

    def warn(self, started_at: datetime, pauses: Iterable[Pause], zone: str) -> datetime:
        """When to warn, before `due`."""
        return self._after(self._length(started_at, zone) * self.warn_at, started_at, pauses, zone)

    def _after(self, length: timedelta, started_at: datetime, pauses: Iterable[Pause], zone: str) -> datetime:
        return calendar(self.hours, zone).add_working(started_at, length, pauses if self.pausable else ())

    def _length(self, started_at: datetime, zone: str) -> timedelta:
        if self.measure is Measure.TIME:
            return self.amount
        _, ends = next(calendar(self.measure, zone).spans_from(started_at))
        return max(ends - started_at, self.amount)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; `amount` in seconds."""
        return {
            "amount": self.amount.total_seconds(),
            "measure": self.measure.value,
            "hours": self.hours.value,
            "pausable": self.pausable,
            "warn_at": self.warn_at,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Limit":
        """The limit that `to_dict` told."""
        return cls(
            timedelta(seconds=values["amount"]),
            Measure(values["measure"]),
            Hours(values["hours"]),
            values["pausable"],
            values["warn_at"],
        )


# Limits are values out of rows, with no place for a calendar: the table of holidays is the process's.
_official = [OfficialTable()]


def follow(table: OfficialTable) -> None:
    """From here on office hours go by these official holidays; said once, at the start."""
    _official[-1] = table
    calendar.cache_clear()


@lru_cache(maxsize=64)
def calendar(name: str, zone: str) -> Calendar:
    """The calendar behind an `Hours` or a `Measure`, in a time zone."""
    match name:
        case Measure.SHIFT:
            return BusinessCalendar(SHIFTS, zone, NoHolidays())
        case Measure.NIGHT:
            return BusinessCalendar(NIGHTS, zone, NoHolidays())
        case Hours.OFFICE:
            return BusinessCalendar(OFFICE, zone, ChineseHolidays.of(_official[-1]))
        case _:
            return ContinuousCalendar(zone)
