"""Durable timers fire once, never early, whoever else works, fails or moves them (W6)."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from servicekit import tables
from servicekit.clock import ManualClock
from servicekit.kit import Kit
from servicekit.timers import Timer, TimerHandler, TimerLoop
from servicekit.uow import UnitOfWork
from tests.servicekit.notebook import notebook, notes, open_notebook, versions
from tests.support.running import MORNING

KIND = "remind"
MINUTE = timedelta(minutes=1)
PATIENCE_S = 20.0


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def kit(database: str, clock: ManualClock) -> Iterator[Kit]:
    with notebook(database, clock) as kit:
        yield kit


def note(uow: UnitOfWork, timer: Timer) -> None:
    """An effect that cannot happen twice unnoticed: the second one finds its key taken."""
    uow.insert(notes, {"id": f"{timer.subject}@{timer.due:%H:%M}", "at": uow.now, "version": 1})
    uow.commit(None)


def loop(handler: TimerHandler = note) -> TimerLoop:
    return TimerLoop({KIND: handler})


def set_timers(kit: Kit, **due: timedelta) -> None:
    with kit.unit() as uow:
        for subject, span in due.items():
            uow.schedule(KIND, subject, MORNING + span, {"for": subject})
        uow.commit(None)


def fire_all(kit: Kit, timers: TimerLoop) -> list[str]:
    """Everything that is due; the notes that are there afterwards."""
    while timers.run_once(kit):
        pass
    return sorted(versions(kit))


def test_none_fires_early_and_the_next_one_is_known(kit: Kit, clock: ManualClock) -> None:
    set_timers(kit, a=MINUTE, b=2 * MINUTE, c=10 * MINUTE)
    timers = loop()
    assert fire_all(kit, timers) == []
    assert timers.next_due() == MORNING + MINUTE
    clock.advance(MINUTE - timedelta(microseconds=1))
    assert fire_all(kit, timers) == []
    clock.advance(timedelta(microseconds=1))
    assert fire_all(kit, timers) == ["a@01:01"]
    clock.advance(5 * MINUTE)
    assert fire_all(kit, timers) == ["a@01:01", "b@01:02"]
    assert timers.next_due() == MORNING + 10 * MINUTE


def test_one_that_is_set_again_is_moved_and_one_that_is_cancelled_is_gone(kit: Kit, clock: ManualClock) -> None:
    set_timers(kit, a=MINUTE, b=MINUTE, c=5 * MINUTE)
    set_timers(kit, a=3 * MINUTE, c=2 * MINUTE)
    with kit.unit() as uow:
        uow.cancel(KIND, "b")
        uow.commit(None)
    timers = loop()
    clock.advance(2 * MINUTE)
    assert fire_all(kit, timers) == ["c@01:02"]
    clock.advance(10 * MINUTE)
    assert fire_all(kit, timers) == ["a@01:03", "c@01:02"]


def test_a_timer_may_set_itself_again(kit: Kit, clock: ManualClock) -> None:
    def again(uow: UnitOfWork, timer: Timer) -> None:
        uow.schedule(KIND, timer.subject, timer.due + MINUTE, timer.payload)
        note(uow, timer)

    set_timers(kit, a=MINUTE)
    clock.advance(3 * MINUTE)
    # It had three turns to take, and takes each of them.
    assert fire_all(kit, loop(again)) == ["a@01:01", "a@01:02", "a@01:03"]


def test_two_processes_share_the_work_and_do_none_of_it_twice(kit: Kit, clock: ManualClock) -> None:
    subjects = [f"s{number:02d}" for number in range(40)]
    set_timers(kit, **dict.fromkeys(subjects, MINUTE))
    clock.advance(MINUTE)
    fired = Counter[str]()

    def counted(uow: UnitOfWork, timer: Timer) -> None:
        fired[timer.subject] += 1
        note(uow, timer)

    def work(mine: Kit) -> None:
        timers, end = loop(counted), time.monotonic() + PATIENCE_S
        while len(versions(mine)) < len(subjects) and time.monotonic() < end:
            timers.run_once(mine)

    with open_notebook(kit.settings.database_url, clock) as other, ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, each) for each in (kit, other)]:
            done.result()
    assert fired == dict.fromkeys(subjects, 1)


def test_a_handler_that_fails_holds_up_no_other_and_is_tried_until_it_works(kit: Kit, clock: ManualClock) -> None:
    failures = [ValueError("third"), ValueError("second"), ValueError("first")]

    def shaky(uow: UnitOfWork, timer: Timer) -> None:
        note(uow, timer)
        if timer.subject == "a" and failures:
            raise failures.pop()

    set_timers(kit, a=MINUTE, b=2 * MINUTE)
    clock.advance(2 * MINUTE)
    timers = loop(shaky)
    assert fire_all(kit, timers) == ["b@01:02"], "what failed is undone, and waits"
    end = time.monotonic() + PATIENCE_S
    while "a@01:01" not in fire_all(kit, timers):
        assert time.monotonic() < end
    assert not failures
    assert timers.next_due() is None


def test_one_that_has_failed_for_days_still_holds_up_no_other(kit: Kit, clock: ManualClock) -> None:
    def broken(uow: UnitOfWork, timer: Timer) -> None:
        if timer.subject == "a":
            raise ValueError("as ever")
        note(uow, timer)

    set_timers(kit, a=MINUTE, b=2 * MINUTE)
    with kit.unit() as uow:
        uow.execute(update(tables.timers).where(tables.timers.c.subject == "a").values(failures=2000))
        uow.commit(None)
    clock.advance(2 * MINUTE)
    assert fire_all(kit, loop(broken)) == ["b@01:02"]


def test_what_has_no_handler_here_is_left_for_who_has_one(kit: Kit, clock: ManualClock) -> None:
    set_timers(kit, a=MINUTE)
    clock.advance(MINUTE)
    assert fire_all(kit, TimerLoop({"other": note})) == []
    assert fire_all(kit, loop()) == ["a@01:01"]
