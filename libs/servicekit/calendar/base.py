"""What every calendar answers, told once over its stretches of open time (W5)."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from servicekit.calendar.spans import Pause, Span, merged, without

ZERO = timedelta(0)
DAY = timedelta(days=1)
# Longer than any closure a utility plans; past it the calendar is wrong, not closed.
HORIZON_DAYS = 800


class CalendarError(ValueError):
    """A calendar cannot answer."""


class NeverOpens(CalendarError):
    """No working time within `HORIZON_DAYS`: the calendar has no windows, or its holidays fill the year."""


class Calendar(ABC):
    """Working time in a time zone. All instants taken and given are aware; those given are UTC.

    A window holds its start and not its end: at 17:00 sharp an office that closes at 17:00 is closed,
    yet a deadline may fall on 17:00 sharp (the last instant that keeps the promise).
    """

    __slots__ = ("zone",)

    def __init__(self, zone: str) -> None:
        self.zone = ZoneInfo(zone)

    @abstractmethod
    def is_working_day(self, day: date) -> bool:
        """Whether work begins on that local day; UnknownYear from strict holidays."""

    @abstractmethod
    def day_spans(self, day: date) -> tuple[Span, ...]:
        """The open stretches that begin on that local day, in order; an overnight shift belongs to its first day."""

    @abstractmethod
    def spans_from(self, at: datetime) -> Iterator[Span]:
        """Open stretches that end after `at`, in order, without end; NeverOpens when there is none in sight."""

    @abstractmethod
    def is_estimated(self, day: date) -> bool:
        """Whether that day's holidays are an estimate, because the official ones are not published or not known."""

    def rests_on_estimate(self, start: datetime, end: datetime) -> bool:
        """Whether a day from that of `start` to that of `end` has holidays that are an estimate."""
        day, last = start.astimezone(self.zone).date(), end.astimezone(self.zone).date()
        return any(self.is_estimated(day + DAY * n) for n in range((last - day).days + 1))

    def is_working(self, at: datetime) -> bool:
        """Whether `at` lies in open time."""
        return next(self.spans_from(at))[0] <= at

    def next_opening(self, at: datetime) -> datetime:
        """`at` itself in open time, else the start of the next open stretch."""
        return max(next(self.spans_from(at))[0], at.astimezone(UTC))

    def add_working(self, start: datetime, amount: timedelta, pauses: Iterable[Pause] = ()) -> datetime:
        """The instant at which `amount` of open, unpaused time has passed since `start`.

        Zero gives the first open, unpaused instant. A result never falls in closed time; it may be the end of
        a window. ValueError for a negative amount; NeverOpens, UnknownYear as the calendar says.
        """
        if amount < ZERO:
            raise ValueError("working time to add cannot be negative")
        start, stops = start.astimezone(UTC), merged(pauses)
        for span in self.spans_from(start):
            for opened, closed in without((max(span[0], start), span[1]), stops):
                if amount <= closed - opened:
                    return opened + amount
                amount -= closed - opened
        raise NeverOpens("open time ends")

    def working_between(self, a: datetime, b: datetime, pauses: Iterable[Pause] = ()) -> timedelta:
        """Open, unpaused time from `a` to `b`; negative when `b` comes first."""
        if b < a:
            return -self.working_between(b, a, pauses)
        a, b = a.astimezone(UTC), b.astimezone(UTC)
        stops, total = merged(pauses), ZERO
        for opened, closed in self.spans_from(a):
            if opened >= b:
                break
            for start, end in without((max(opened, a), min(closed, b)), stops):
                total += end - start
        return total

    def working_day_after(self, day: date, count: int) -> date:
        """The `count`-th working day after `day`, which itself is not counted; 0 is `day`, or the next working day.

        ValueError for a negative count.
        """
        if count < 0:
            raise ValueError("working days to add cannot be negative")
        if count == 0 and self.is_working_day(day):
            return day
        left, closed = max(count, 1), 0
        while left:
            day += DAY
            left, closed = (left - 1, 0) if self.is_working_day(day) else (left, closed + 1)
            if closed > HORIZON_DAYS:
                raise NeverOpens(f"no working day before {day}")
        return day

    def add_working_days(self, at: datetime, count: int) -> datetime:
        """The closing instant of the `count`-th working day after the local day of `at` (that day is not counted).

        Never before `at`: 0 is the working day that has not closed yet, which at night may be yesterday's shift and
        in the evening tomorrow.
        """
        today = at.astimezone(self.zone).date()
        if count:
            return self._closing(self.working_day_after(today, count))
        yesterday = today - DAY
        days = [day for day in (yesterday, today) if self.is_working_day(day)]
        days.append(self.working_day_after(today, 1))
        return next(closing for closing in map(self._closing, days) if closing > at)

    def _closing(self, day: date) -> datetime:
        return self.day_spans(day)[-1][1]
