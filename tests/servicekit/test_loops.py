"""What a loop makes of what goes wrong, and how long it waits then (P1)."""

import pytest

from servicekit.errors import Unavailable
from servicekit.eventlog import EventLogUnavailable
from servicekit.kit import Kit
from servicekit.loops import Loop, LoopThread, next_pause
from servicekit.maintenance import Maintenance
from servicekit.outbox import Relay
from servicekit.timers import TimerLoop
from tests.servicekit.notebook import open_notebook


class HeldUp:
    """A loop whose only work is in another worker's hands."""

    name = "held up"
    poll_s = 0.01
    is_held_up = True

    def run_once(self, kit: Kit) -> bool:
        return False


def pauses(error: Exception, count: int = 200) -> list[float]:
    """The waits of a loop that meets this error again and again."""
    waits = [next_pause(0.0, error)]
    while len(waits) < count:
        waits.append(next_pause(waits[-1], error))
    return waits


@pytest.mark.parametrize("outage", [Unavailable("no database"), EventLogUnavailable("no broker"), ConnectionError()])
def test_however_long_an_outage_was_its_end_is_noticed_within_a_second(outage: Exception) -> None:
    assert max(pauses(outage)) <= 0.5


def test_a_bug_is_met_more_and_more_seldom() -> None:
    waits = pauses(ValueError("a bug"))
    assert waits == sorted(waits)
    assert waits[-1] == 5.0


@pytest.mark.parametrize("loop", [Relay(), TimerLoop({}), Maintenance()], ids=lambda loop: loop.name)
def test_a_database_that_is_not_there_is_an_outage_and_no_bug(loop: Loop) -> None:
    with open_notebook("postgresql://nobody@127.0.0.1:9/none") as kit, pytest.raises(Unavailable):
        loop.run_once(kit)


def test_work_in_other_hands_is_not_done_until_it_is() -> None:
    loop = HeldUp()
    with open_notebook("postgresql://nobody@127.0.0.1:9/none") as kit:
        thread = LoopThread(loop, kit)
        thread.start()
        try:
            question = thread.ask()
            assert not thread.answered(question, 0.1)
            loop.is_held_up = False
            assert thread.answered(question, 10)
        finally:
            thread.stop()
            thread.join(10)
