"""A promise in office hours that rests on holidays which nobody has published yet says so (W5)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from servicekit.calendar import OfficialTable, official_table
from workorders.domain import clocks
from workorders.domain.clocks import Clock
from workorders.domain.promise import begin
from workorders.domain.standards import freeze

EVE = datetime(2026, 12, 31, 8, tzinfo=UTC)
TABLE = 'version = 1\nsource = "x"\nyears = [2027]\nholidays = ["2027-01-01/2027-01-05"]\n'


@pytest.fixture(autouse=True)
def as_it_comes() -> Iterator[None]:
    yield
    clocks.follow(OfficialTable())


def test_office_hours_are_marked_and_elapsed_time_is_not() -> None:
    standard = freeze("heat", "radiator_leak", "minor", "routine", "urban", "resident", at=EVE)
    restore, respond = (begin(standard, clock, 1, EVE) for clock in (Clock.RESTORE, Clock.RESPOND))
    assert restore.is_estimated(standard)
    assert not respond.is_estimated(standard)
    assert not replace(restore, met=EVE).is_estimated(standard)
    assert not replace(restore, breached=True).is_estimated(standard)
    earlier = begin(standard, Clock.RESTORE, 1, datetime(2026, 12, 7, 1, tzinfo=UTC))
    assert not earlier.is_estimated(standard)


def test_the_table_counts_for_what_begins_after_it() -> None:
    standard = freeze("heat", "radiator_leak", "minor", "routine", "urban", "resident", at=EVE)
    guessed = begin(standard, Clock.RESTORE, 1, EVE)
    clocks.follow(official_table(TABLE))
    known = begin(standard, Clock.RESTORE, 1, EVE)
    assert known.due > guessed.due
    assert not known.is_estimated(standard)
