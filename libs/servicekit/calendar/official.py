"""Official holidays as data: the table of a year that the library does not know yet, or knows wrongly (W5).

version = 1                                      # counts up with every issue of the table
source = "国办发明电〔2026〕7号"                    # who says so
holidays = ["2027-01-01/2027-01-03"]             # days, or first/last day of a stretch
workdays = ["2027-01-09"]                        # rest days that are worked (调休)
years = [2027]                                   # of these every other day is as its weekday says
"""

import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from servicekit.calendar.holidays import DayKind, OfficialTable

_FIELDS = {"version", "source", "holidays", "workdays", "years"}
_LONGEST = 60
_FEWEST_OF_A_YEAR = 5


def official_table(text: str) -> OfficialTable:
    """The table that a TOML text holds; ValueError that names the field and the rule."""
    found = _read(text)
    version, source, years = found.get("version"), found.get("source"), found.get("years")
    if type(version) is not int or version < 1:
        raise ValueError("version: must be a whole number from 1 on, greater than that of the issue before")
    if not isinstance(source, str) or not source.strip():
        raise ValueError("source: must say who published the days")
    if not isinstance(years, list) or not years or not all(type(y) is int and 2000 <= y < 2100 for y in years):
        raise ValueError("years: must list the years that the table is whole for, for example [2027]")
    days: dict[date, DayKind] = {}
    for name, kind in (("holidays", DayKind.HOLIDAY), ("workdays", DayKind.MAKE_UP)):
        for day in _days(name, found.get(name, [])):
            if day in days:
                raise ValueError(f"{name}: {day} is there twice")
            if day.year not in years:
                raise ValueError(f"{name}: {day} is of none of the years {years}")
            days[day] = kind
    for year in years:
        if sum(day.year == year and kind is DayKind.HOLIDAY for day, kind in days.items()) < _FEWEST_OF_A_YEAR:
            raise ValueError(f"holidays: {year} has fewer than {_FEWEST_OF_A_YEAR}; a year is given whole")
    if weekend := [day for day, kind in days.items() if kind is DayKind.MAKE_UP and day.weekday() < 5]:
        raise ValueError(f"workdays: {min(weekend)} is no Saturday or Sunday")
    return OfficialTable(version, source.strip(), frozenset(years), MappingProxyType(days))


def _read(text: str) -> dict[str, Any]:
    try:
        found = tomllib.loads(text.removeprefix("\ufeff"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"is not TOML: {error}") from None
    if unknown := found.keys() - _FIELDS:
        raise ValueError(f"{min(unknown)}: is no field; known are {', '.join(sorted(_FIELDS))}")
    return found


def _days(name: str, stretches: object) -> Iterator[date]:
    if not isinstance(stretches, list):
        raise ValueError(f"{name}: must be a list of days")
    for stretch in stretches:
        first, _, last = str(stretch).partition("/")
        try:
            start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        except ValueError:
            raise ValueError(f"{name}: {stretch} is neither a day like 2027-01-01 nor 2027-01-01/2027-01-03") from None
        if not 0 <= (end - start).days < _LONGEST:
            raise ValueError(f"{name}: {stretch} ends before it begins, or lasts longer than {_LONGEST} days")
        yield from (start + timedelta(days=n) for n in range((end - start).days + 1))
