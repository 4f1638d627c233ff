"""The ladder of a missed promise (W6)."""

from datetime import UTC, datetime, timedelta

import pytest

from workorders.domain.escalation import Ladder, Level
from workorders.domain.standards import freeze

MISSED = datetime(2026, 12, 1, 2, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_each_level_has_its_own_time_counted_from_the_miss() -> None:
    ladder = freeze("heat", "no_heat", "minor", "urgent", "urban", "resident", MISSED).ladder
    assert ladder.climb(MISSED) == (
        (Level.CREW_LEAD, MISSED),
        (Level.DEPARTMENT, MISSED + 30 * MINUTE),
        (Level.COMPANY, MISSED + 120 * MINUTE),
    )


def test_a_leak_reaches_the_company_in_a_quarter_of_an_hour() -> None:
    ladder = freeze("gas", "leak", "major", "emergency", "urban", "resident", MISSED).ladder
    assert ladder.raise_at(Level.COMPANY, MISSED) == MISSED + 15 * MINUTE


def test_a_ladder_that_skips_or_swaps_a_level_is_refused() -> None:
    with pytest.raises(ValueError, match="later"):
        Ladder(MINUTE, MINUTE, 2 * MINUTE)
    with pytest.raises(ValueError, match="later"):
        Ladder(-MINUTE, MINUTE, 2 * MINUTE)


def test_a_ladder_survives_json() -> None:
    ladder = Ladder(timedelta(0), 15 * MINUTE, 60 * MINUTE)
    assert Ladder.from_dict(ladder.to_dict()) == ladder
