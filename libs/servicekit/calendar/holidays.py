"""Which days are holidays and which rest days are worked (调休): official data, overrides, marked estimates (W5).

The State Council publishes a year's arrangement late in the year before. Years that the data library holds are
official. For a year it does not hold, the statutory festivals are an estimate (no make-up days, no bridging) and
say so through `is_estimated`; with `strict=True` such a year is UnknownYear instead. Overrides win over both.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

import chinese_calendar  # type: ignore[import-untyped]
import holidays as library

_NONE: Mapping[date, "DayKind"] = MappingProxyType({})


class UnknownYear(ValueError):
    """The official holidays of this year are not known, and an estimate was not allowed."""

    def __init__(self, year: int) -> None:
        super().__init__(f"the official holidays of {year} are not known: add overrides, or allow estimates")
        self.year = year


class DayKind(StrEnum):
    """How a day differs from its weekday."""

    ORDINARY = "ordinary"
    HOLIDAY = "holiday"
    MAKE_UP = "make_up"


@dataclass(frozen=True, slots=True)
class OfficialTable:
    """One issue of the table. Version 0 holds nothing: all there is comes from the library."""

    version: int = 0
    source: str = ""
    years: frozenset[int] = frozenset()
    days: Mapping[date, DayKind] = field(default_factory=lambda: MappingProxyType({}))


class Holidays(Protocol):
    """Where a calendar asks about a day."""

    def kind(self, day: date) -> DayKind:
        """How the day differs from its weekday; UnknownYear when it may not be guessed."""

    def is_estimated(self, day: date) -> bool:
        """Whether `kind` guesses for this day."""


class NoHolidays:
    """Every day is like its weekday."""

    __slots__ = ()

    def kind(self, day: date) -> DayKind:
        return DayKind.ORDINARY

    def is_estimated(self, day: date) -> bool:
        return False


class LibraryHolidays:
    """Public holidays of a country (ISO 3166 code, and subdivision) from the `holidays` library."""

    __slots__ = ("_days", "_overrides")

    def __init__(self, country: str, subdivision: str | None = None, overrides: Mapping[date, DayKind] = _NONE) -> None:
        self._days = library.country_holidays(country, subdiv=subdivision)
        self._overrides = dict(overrides)

    def kind(self, day: date) -> DayKind:
        if day in self._overrides:
            return self._overrides[day]
        if day in self._days:
            return DayKind.HOLIDAY
        return DayKind.MAKE_UP if day in self._days.weekend_workdays else DayKind.ORDINARY

    def is_estimated(self, day: date) -> bool:
        return False


class ChineseHolidays:
    """Mainland China: the State Council's arrangements with make-up working days, from `chinesecalendar`.

    `overrides` are days that are known better; of the years in `whole` they are all there is to know.
    """

    __slots__ = ("_estimates", "_overrides", "_strict", "_whole", "_years")

    def __init__(
        self,
        overrides: Mapping[date, DayKind] = _NONE,
        strict: bool = False,
        whole: Collection[int] = (),
    ) -> None:
        self._overrides = dict(overrides)
        self._strict = strict
        self._estimates = LibraryHolidays("CN")
        self._whole = frozenset(whole)
        self._years = frozenset(day.year for day in chinese_calendar.constants.holidays)

    @classmethod
    def of(cls, table: OfficialTable) -> "ChineseHolidays":
        """With what the official table knows better than the library."""
        return cls(table.days, whole=table.years)

    def kind(self, day: date) -> DayKind:
        if day in self._overrides:
            return self._overrides[day]
        if day.year in self._whole:
            return DayKind.ORDINARY
        if day.year not in self._years:
            return self._estimate(day)
        if day in chinese_calendar.constants.holidays:
            return DayKind.HOLIDAY
        return DayKind.MAKE_UP if day in chinese_calendar.constants.workdays else DayKind.ORDINARY

    def is_estimated(self, day: date) -> bool:
        return day.year not in self._years | self._whole and day not in self._overrides

    def _estimate(self, day: date) -> DayKind:
        if self._strict:
            raise UnknownYear(day.year)
        return self._estimates.kind(day)
