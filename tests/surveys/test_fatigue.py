"""V2: the fatigue limit holds when several workers invite at the same time."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from servicekit.timers import TimerLoop
from surveys.store.tables import occasions
from tests.support.running import Starter
from tests.surveys.running import DAY, Surveys, completed


def test_workers_that_invite_at_once_invite_a_customer_once(start: Starter) -> None:
    running = Surveys(start, work=False)
    running.sample_everybody()
    jobs = [(f"workOrders/w{n}", f"customers/c{n % 10}") for n in range(40)]
    running.running.deliver(completed(work_order, [customer]) for work_order, customer in jobs)
    running.starter.clock.advance(DAY)

    def work(_: int) -> None:
        loop = TimerLoop(running.running.service.timers)
        while loop.run_once(running.running.kit):
            pass

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))

    with running.running.kit.unit() as uow:
        outcomes = Counter(row.outcome for row in uow.rows(select(occasions.c.outcome)))
    assert outcomes == {"invited": 10, "fatigue": 30}
    assert Counter(survey.customer for survey in running.find()) == {f"customers/c{n}": 1 for n in range(10)}
