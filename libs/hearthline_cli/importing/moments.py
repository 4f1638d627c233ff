"""Times as sources write them, and the hour that a zone has twice or not at all.

A time that names no offset is one of the source's zone. Of an hour that comes twice (the end of summer time) it is
the first, unless that would end something before it began; an hour that never comes (its beginning) is read by the
clock that was not put forward yet: 02:30 is half an hour after 02:00, which is 03:30.
"""

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

SERIALS = {"excel": WINDOWS_EPOCH, "excel-1904": MAC_EPOCH}
"""Forms of days as Excel counts them, by the two dates that it counts from."""
_LAST_SERIAL = 2_958_466
_NO_DAY = 60
"""Excel's 29 February 1900, which there never was."""


def parsed(text: str, forms: Sequence[str]) -> datetime | None:
    """The time by the first form that fits, with the offset that it names, if any."""
    for form in forms:
        try:
            if form in SERIALS:
                return _of_serial(text, form)
            return datetime.fromisoformat(text) if form == "iso" else datetime.strptime(text, form)  # noqa: DTZ007
        except (ValueError, OverflowError):
            continue
    return None


def in_order(start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """Both as instants that they may be, the end not before the start where that can be."""
    pairs = [(first, last) for first in _readings(start) for last in _readings(end)]
    return next((pair for pair in pairs if pair[1] >= pair[0]), pairs[0])


def _readings(moment: datetime) -> list[datetime]:
    return [moment.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]


def _of_serial(text: str, form: str) -> datetime:
    value = float(text)
    if not math.isfinite(value) or not 1 <= value < _LAST_SERIAL:
        raise ValueError(text)
    if form == "excel" and math.floor(value) == _NO_DAY:
        raise ValueError(text)
    found = from_excel(value, SERIALS[form])
    assert isinstance(found, datetime)
    # A day's fraction is seldom exact; people mean seconds.
    return (found + timedelta(milliseconds=500)).replace(microsecond=0)
