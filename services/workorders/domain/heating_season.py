"""The part of the year in which rooms are promised to be warm."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

_FORM = re.compile(r"(\d\d)-(\d\d)/(\d\d)-(\d\d)\Z")
_LEAP_YEAR = 2024


@dataclass(frozen=True, slots=True)
class HeatingSeason:
    """First and last local day of each winter, as (month, day), both within it; it may go over New Year."""

    first: tuple[int, int]
    last: tuple[int, int]
    zone: str = "Asia/Shanghai"

    @classmethod
    def of(cls, text: str, zone: str = "Asia/Shanghai") -> "HeatingSeason":
        """From "10-20/04-06"; ValueError for another form, and for days that no year has."""
        found = _FORM.match(text)
        if found is None:
            raise ValueError("must be first and last day as MM-DD/MM-DD")
        month, day, last_month, last_day = map(int, found.groups())
        date(_LEAP_YEAR, month, day), date(_LEAP_YEAR, last_month, last_day)
        return cls((month, day), (last_month, last_day), zone)

    def covers(self, at: datetime) -> bool:
        """True for an instant on one of its days, by the local calendar."""
        local = at.astimezone(ZoneInfo(self.zone))
        day = (local.month, local.day)
        if self.first <= self.last:
            return self.first <= day <= self.last
        return day >= self.first or day <= self.last
