"""Crews: skills, shifts, place (W13)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from servicekit.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Shift:
    """Weekly working time: ISO weekday, minutes after local midnight; over midnight when it ends before it begins."""

    weekday: int
    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if self.start_minute == self.end_minute:
            raise InvalidArgument("crew.shifts", "a shift must not end when it begins")

    def covers(self, local: datetime) -> bool:
        """True when it is running at a local time."""
        minute = local.hour * 60 + local.minute
        if self.start_minute < self.end_minute:
            return local.isoweekday() == self.weekday and self.start_minute <= minute < self.end_minute
        yesterday = (local - timedelta(days=1)).isoweekday()
        return (local.isoweekday() == self.weekday and minute >= self.start_minute) or (
            yesterday == self.weekday and minute < self.end_minute
        )


@dataclass(frozen=True, slots=True)
class Crew:
    """People with a vehicle who do jobs together."""

    id: str
    display_name: str
    skills: frozenset[str]
    shifts: tuple[Shift, ...]
    on_call: bool
    latitude: float | None
    longitude: float | None
    max_load: int
    create_time: datetime
    update_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"crews/{self.id}"

    def can(self, commodity: str, category: str) -> bool:
        """True with the skill for the whole commodity, or for this category of it."""
        return not self.skills.isdisjoint((commodity, f"{commodity}/{category}"))

    def works_at(self, local: datetime) -> bool:
        """True when one of its shifts is running."""
        return any(shift.covers(local) for shift in self.shifts)

    def changed(self, now: datetime, **changes: object) -> "Crew":
        """With other fields, from `now` on."""
        return replace(self, **changes, update_time=now, version=self.version + 1)  # type: ignore[arg-type]


def whole_week(start_minute: int = 0, end_minute: int = 1440) -> Iterable[Shift]:
    """The same shift on all seven days."""
    return tuple(Shift(day, start_minute, end_minute) for day in range(1, 8))
