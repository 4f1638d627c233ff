"""The table of official holidays: what it says goes, and what is wrong with it is said by field (W5)."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest

from servicekit.calendar import BusinessCalendar, ChineseHolidays, DayKind, Window, official_table, weekly
from servicekit.settings import ServiceSettings

WHOLE = """
version = 3
source = "State Council"
years = [2027]
holidays = ["2027-01-01/2027-01-03", "2027-10-01/2027-10-07", "2027-06-09"]
workdays = ["2027-01-09", "2027-09-26"]
"""


def test_a_year_of_the_table_is_known_on_every_day() -> None:
    table = official_table(WHOLE)
    holidays = ChineseHolidays.of(table)
    assert (table.version, table.source) == (3, "State Council")
    assert holidays.kind(date(2027, 1, 3)) is DayKind.HOLIDAY
    assert holidays.kind(date(2027, 9, 26)) is DayKind.MAKE_UP
    # May Day is not in this table: what the estimate says counts no more.
    assert ChineseHolidays().kind(date(2027, 5, 1)) is DayKind.HOLIDAY
    assert holidays.kind(date(2027, 5, 1)) is DayKind.ORDINARY
    days = [date(2027, 1, 1) + timedelta(days=n) for n in range(365)]
    assert not any(holidays.is_estimated(day) for day in days)
    assert holidays.is_estimated(date(2028, 1, 1))
    assert not holidays.is_estimated(date(2026, 12, 31))


def test_a_table_corrects_a_year_that_the_library_knows() -> None:
    table = official_table(WHOLE.replace("2027", "2026").replace("2026-01-09", "2026-01-10").replace("09-26", "09-27"))
    assert ChineseHolidays.of(table).kind(date(2026, 2, 17)) is DayKind.ORDINARY
    assert ChineseHolidays().kind(date(2026, 2, 17)) is DayKind.HOLIDAY


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("version = 3", "", "version: "),
        ("version = 3", "version = 0", "version: "),
        ("version = 3", "version = true", "version: "),
        ("version = 3", 'version = "3"', "version: "),
        ('source = "State Council"', "", "source: "),
        ('source = "State Council"', 'source = " "', "source: "),
        ("years = [2027]", "", "years: "),
        ("years = [2027]", "years = []", "years: "),
        ("years = [2027]", "years = [27]", "years: "),
        ("years = [2027]", 'years = ["2027"]', "years: "),
        ("years = [2027]", "years = [2027, 2028]", "holidays: 2028 has fewer than"),
        ("2027-06-09", "2028-06-09", "holidays: 2028-06-09 is of none of the years"),
        ("2027-06-09", "2027-06-31", "holidays: 2027-06-31 is neither"),
        ("2027-06-09", "9 June", "holidays: 9 June is neither"),
        ("2027-06-09", "2027-10-03", "holidays: 2027-10-03 is there twice"),
        ("2027-09-26", "2027-10-03", "workdays: 2027-10-03 is there twice"),
        ("2027-09-26", "2027-09-24", "workdays: 2027-09-24 is no Saturday"),
        ("2027-01-01/2027-01-03", "2027-01-03/2027-01-01", "ends before it begins"),
        ("2027-01-01/2027-01-03", "2027-01-01/2027-12-31", "lasts longer"),
        ("workdays", "workday", "workday: is no field"),
        ('["2027-01-09", "2027-09-26"]', '"2027-01-09"', "workdays: must be a list"),
        ("[2027]", "[2027", "is not TOML"),
    ],
)
def test_a_wrong_table_is_refused_by_field_and_rule(old: str, new: str, said: str, tmp_path: Path) -> None:
    text = WHOLE.replace(old, new)
    assert text != WHOLE
    with pytest.raises(ValueError, match=said.replace("(", r"\(")):
        official_table(text)
    path = tmp_path / "holidays.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="holidays"):
        ServiceSettings(holidays=path)


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        ServiceSettings(holidays=tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("start", "days", "marked"),
    [
        (datetime(2026, 12, 20, tzinfo=UTC), 5, False),
        (datetime(2026, 12, 31, 8, tzinfo=UTC), 0, False),
        (datetime(2026, 12, 31, 15, 59, tzinfo=UTC), 0, False),
        # Already the first of January in Shanghai.
        (datetime(2026, 12, 31, 16, tzinfo=UTC), 0, True),
        (datetime(2026, 12, 30, tzinfo=UTC), 3, True),
        (datetime(2027, 6, 1, tzinfo=UTC), 1, True),
        (datetime(2026, 12, 20, tzinfo=UTC), 400, True),
    ],
)
def test_what_rests_on_an_estimate_is_seen_by_the_local_days_it_goes_through(
    start: datetime, days: int, marked: bool
) -> None:
    office = BusinessCalendar(weekly(Window(time(8, 30), time(17, 30))))
    assert office.rests_on_estimate(start, start + timedelta(days=days)) is marked
    known = BusinessCalendar(weekly(Window(time(8, 30), time(17))), holidays=ChineseHolidays.of(official_table(WHOLE)))
    assert known.rests_on_estimate(start, start + timedelta(days=days)) is (days == 400)
