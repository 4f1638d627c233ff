"""A clock that is put forward or back, and days that are not like others."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tests.faults.trial import Trial

HOUR = timedelta(hours=1)
LEAP_DAY = datetime(2028, 2, 28, 15, 59, 30, tzinfo=UTC)
"""Half a minute before it is 29 February in China."""
SEASON_END = datetime(2026, 4, 6, 15, 59, 30, tzinfo=UTC)
"""Half a minute before the heating season of Changchun ends, at midnight in China."""


def jumps(by: timedelta) -> Callable[[Trial], int]:
    """All clocks are put forward or back at once."""

    def strike(trial: Trial) -> int:
        trial.house.jump(by)
        trial.await_calls(60)
        return 1

    return strike


def comes_to(when: datetime) -> Callable[[Trial], int]:
    """Time passes over a special midnight, and is then what it was."""

    def strike(trial: Trial) -> int:
        before = trial.house.now()
        trial.house.jump(when - before)
        trial.await_calls(80)
        with trial.between_calls(), trial.house.frozen():
            # What is still on its way would come from the future.
            trial.house.settle()
            trial.house.jump(before - when)
        trial.await_calls(20)
        return 1

    return strike
