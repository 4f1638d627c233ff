"""A process that dies at a named point loses nothing, doubles nothing and leaves nothing in parts (P1, P2)."""

from collections.abc import Iterator

import pytest

from tests.faults import crashing
from tests.faults.chains import check_chains
from tests.faults.house import House
from tests.faults.injected import crashes
from tests.faults.replay import check_replay
from tests.faults.trial import Trial

SEED = 20260115
CALLS = 40


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """Six services on the embedded event log, whose callers have moved in."""
    with House("embedded") as house:
        trial = Trial(house, SEED)
        assert trial.begin().lines() == []
        yield trial
        trial.close()


@pytest.mark.parametrize(
    ("point", "services"),
    [
        (crashing.BEFORE_COMMIT, crashes.CALLED),
        (crashing.AFTER_COMMIT, crashes.CALLED),
        (crashing.AFTER_SEND, crashes.CALLED),
        (crashing.BEFORE_MARK, crashes.CALLED),
        (crashing.BEFORE_OFFSET, ("customers",)),
        (crashing.IN_TIMER, ("workorders",)),
    ],
)
def test_a_service_that_dies_there_is_as_if_it_had_not(trial: Trial, point: str, services: tuple[str, ...]) -> None:
    died, _, found = trial.run(crashes.at(point, services, times=1), CALLS)
    assert (died, found.lines()) == (1, [])


def test_a_migration_that_dies_half_way_can_be_done_again(trial: Trial) -> None:
    died = crashes.torn_migration(trial, "complaints")
    assert (died, trial.findings.lines()) == (1, [])


def test_what_services_keep_of_others_facts_is_what_a_replay_makes_of_them(trial: Trial) -> None:
    assert check_replay(trial.house).lines() == []


def test_what_was_sealed_is_whole_after_all_that(trial: Trial) -> None:
    assert check_chains(trial.house).lines() == []
