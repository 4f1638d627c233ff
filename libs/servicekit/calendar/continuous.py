"""The calendar of those who never close: hotlines, emergency crews, major repairs (W4, W5)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

from servicekit.calendar.base import DAY, Calendar
from servicekit.calendar.spans import Span

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


class ContinuousCalendar(Calendar):
    """Twenty-four hours, seven days; working time is elapsed time, every day a working day of `zone`."""

    __slots__ = ()

    def __init__(self, zone: str = "Asia/Shanghai") -> None:
        super().__init__(zone)

    def is_working_day(self, day: date) -> bool:
        return True

    def is_estimated(self, day: date) -> bool:
        return False

    def day_spans(self, day: date) -> tuple[Span, ...]:
        midnight = datetime.combine(day, time(), self.zone).astimezone(UTC)
        return ((midnight, datetime.combine(day + DAY, time(), self.zone).astimezone(UTC)),)

    def spans_from(self, at: datetime) -> Iterator[Span]:
        yield at.astimezone(UTC), _END_OF_TIME
