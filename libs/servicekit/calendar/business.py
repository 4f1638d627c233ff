"""A calendar with windows, holidays and make-up working days (W5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from servicekit.calendar.base import DAY, HORIZON_DAYS, ZERO, Calendar, NeverOpens
from servicekit.calendar.holidays import ChineseHolidays, DayKind, Holidays
from servicekit.calendar.spans import Span

SATURDAY = 5
DAYS_AND_MAKE_UP = 8


@dataclass(frozen=True, slots=True)
class Window:
    """Open from `start` to `end`, local wall time; an end at or before the start is on the next day.

    `Window(time(22), time(6))` is a night shift, `Window(time(0), time(0))` a whole day.
    """

    start: time
    end: time

    @property
    def overnight(self) -> bool:
        """Whether it ends on the day after it began, midnight included."""
        return self.end <= self.start


Weekly = tuple[tuple[Window, ...], ...]
"""Windows of Monday to Sunday, seven entries, each in order and without overlap."""


def weekly(*windows: Window, weekend: tuple[Window, ...] = ()) -> Weekly:
    """The same windows from Monday to Friday, others (or none) at the weekend."""
    return (windows,) * SATURDAY + (weekend,) * 2


class BusinessCalendar(Calendar):
    """Weekly windows, closed on holidays, open on make-up working days (调休) with `make_up` windows.

    `make_up` is Monday's when not given. An overnight shift belongs to the day it begins on: Friday's runs into a
    closed Saturday, and a holiday's does not begin. Wall times that a change to summer time skips are taken at the
    change; those that come twice are taken the first time. ValueError for windows that overlap.
    """

    __slots__ = ("_cache", "_holidays", "_make_up", "_reach", "_weekly")

    def __init__(
        self,
        windows: Weekly,
        zone: str = "Asia/Shanghai",
        holidays: Holidays | None = None,
        make_up: tuple[Window, ...] | None = None,
    ) -> None:
        super().__init__(zone)
        self._weekly = windows
        self._make_up = windows[0] if make_up is None else make_up
        self._holidays: Holidays = ChineseHolidays() if holidays is None else holidays
        self._cache: dict[date, tuple[Span, ...]] = {}
        _check([*windows, self._make_up])
        # Only a calendar with night shifts must look at the day before.
        self._reach = DAY if any(w.overnight for day in (*windows, self._make_up) for w in day) else ZERO

    def is_working_day(self, day: date) -> bool:
        return bool(self.day_spans(day))

    def is_estimated(self, day: date) -> bool:
        return self._holidays.is_estimated(day)

    def day_spans(self, day: date) -> tuple[Span, ...]:
        spans = self._cache.get(day)
        if spans is None:
            ends = ((w.start, day + DAY if w.overnight else day, w.end) for w in self._windows(day))
            found = ((_utc(day, start, self.zone), _utc(last, end, self.zone)) for start, last, end in ends)
            spans = self._cache[day] = tuple((start, end) for start, end in found if start < end)
        return spans

    def spans_from(self, at: datetime) -> Iterator[Span]:
        day, closed = at.astimezone(self.zone).date() - self._reach, 0
        while closed <= HORIZON_DAYS:
            spans = self.day_spans(day)
            closed = 0 if spans else closed + 1
            for span in spans:
                if span[1] > at:
                    yield span
            day += DAY
        raise NeverOpens(f"no working time before {day}")

    def _windows(self, day: date) -> tuple[Window, ...]:
        kind = self._holidays.kind(day)
        if kind is DayKind.HOLIDAY:
            return ()
        own = self._weekly[day.weekday()]
        return self._make_up if kind is DayKind.MAKE_UP and not own else own


def _check(days: list[tuple[Window, ...]]) -> None:
    if len(days) != DAYS_AND_MAKE_UP:
        raise ValueError("seven days of windows are needed, Monday first")
    for windows in days:
        for one, other in pairwise(windows):
            if one.overnight or other.start < one.end:
                raise ValueError(f"windows overlap or are out of order: {one}, {other}")
    latest = max((w.end for day in days for w in day if w.overnight), default=time())
    earliest = min((w.start for day in days for w in day), default=time())
    if latest > earliest:
        raise ValueError(f"a night shift ends at {latest}, after the next day opens at {earliest}")


def _utc(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall time; the first of two, and the change itself for a skipped one."""
    first = datetime.combine(day, wall, zone)
    before, after = first.utcoffset() or ZERO, first.replace(fold=1).utcoffset() or ZERO
    instant = first.astimezone(UTC)
    if before >= after:
        return instant
    # In a gap: the change lies between the two readings; halve until the second of it is found.
    low, high = first.replace(fold=1).astimezone(UTC), instant
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == before else (low, middle)
    return high
