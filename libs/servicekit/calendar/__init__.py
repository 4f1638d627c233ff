"""Business calendars: working time, holidays, make-up working days, overnight shifts (W5). Pure: no I/O, no clock.

OFFICE = BusinessCalendar(weekly(Window(time(8, 30), time(12)), Window(time(13), time(17))))
due = OFFICE.add_working(started_at, timedelta(hours=4), pauses)
decide_by = OFFICE.add_working_days(filed_at, 15)
"""

from servicekit.calendar.base import Calendar, CalendarError, NeverOpens
from servicekit.calendar.business import BusinessCalendar, Weekly, Window, weekly
from servicekit.calendar.continuous import ContinuousCalendar
from servicekit.calendar.holidays import (
    ChineseHolidays,
    DayKind,
    Holidays,
    LibraryHolidays,
    NoHolidays,
    OfficialTable,
    UnknownYear,
)
from servicekit.calendar.official import official_table
from servicekit.calendar.spans import Pause, pauses_from

__all__ = [
    "BusinessCalendar",
    "Calendar",
    "CalendarError",
    "ChineseHolidays",
    "ContinuousCalendar",
    "DayKind",
    "Holidays",
    "LibraryHolidays",
    "NeverOpens",
    "NoHolidays",
    "OfficialTable",
    "Pause",
    "UnknownYear",
    "Weekly",
    "Window",
    "official_table",
    "pauses_from",
    "weekly",
]
