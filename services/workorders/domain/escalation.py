"""The ladder that a missed promise climbs (W6)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise


class Level(StrEnum):
    """Who is told, from the bottom up."""

    CREW_LEAD = "crew_lead"
    DEPARTMENT = "department"
    COMPANY = "company"


@dataclass(frozen=True, slots=True)
class Ladder:
    """How long after the miss each level is told, in elapsed time: nobody's night delays a leader's message.

    ValueError when a level would be told no later than the one below it.
    """

    crew_lead: timedelta
    department: timedelta
    company: timedelta

    def __post_init__(self) -> None:
        delays = (self.crew_lead, self.department, self.company)
        if delays[0] < timedelta(0) or any(low >= high for low, high in pairwise(delays)):
            raise ValueError("every level of a ladder is told later than the one below it")

    def raise_at(self, level: Level, missed_at: datetime) -> datetime:
        """When `level` is told of a promise missed at `missed_at` (the clock's deadline, not when it was seen)."""
        delay: timedelta = getattr(self, level.value)
        return missed_at + delay

    def climb(self, missed_at: datetime) -> tuple[tuple[Level, datetime], ...]:
        """Every level with its instant, from the bottom up; set one timer for each."""
        return tuple((level, self.raise_at(level, missed_at)) for level in Level)

    def to_dict(self) -> dict[str, float]:
        """As JSON values, delays in seconds."""
        return {level.value: getattr(self, level.value).total_seconds() for level in Level}

    @classmethod
    def from_dict(cls, values: dict[str, float]) -> "Ladder":
        """The ladder that `to_dict` told."""
        return cls(*(timedelta(seconds=values[level.value]) for level in Level))
