"""An erasure and the sweep after it, at the same time (C9)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import psycopg

from hearthline.privacy.v1.events_pb2 import CustomerErased
from servicekit.eventlog import Record
from servicekit.personal_data import ERASED
from servicekit.times import to_timestamp
from tests.faults.processes import wait_until
from tests.servicekit.test_server import is_waiting
from tests.support.running import MORNING, Starter, fact
from tests.workorders.calls import Desk


def erased(sequence: int, time: datetime = MORNING) -> Record:
    message = CustomerErased(data_request="dataRequests/r1", customer="customers/c1", erase_time=to_timestamp(time))
    return fact(message, "customers", "customers/c1", sequence, time)


def test_a_sweep_and_another_erasure_do_not_wait_for_each_other(start: Starter) -> None:
    desk = Desk(start, work=False)
    desk.report(customer="customers/c1")
    desk.svc.deliver([erased(1)])
    url = desk.svc.kit.settings.database_url
    with psycopg.connect(url) as sweep, psycopg.connect(url, autocommit=True) as watcher, ThreadPoolExecutor() as pool:
        # As the loop of timers does: the timer's row first, and then what the timer is about.
        assert sweep.execute("SELECT kind FROM timers WHERE kind = 'personal-data-sweep' FOR UPDATE").fetchall()
        again = pool.submit(desk.svc.deliver, [erased(2)])
        wait_until(lambda: is_waiting(watcher))
        sweep.execute("UPDATE tickets SET summary = summary")
        sweep.commit()
        again.result()


def test_what_was_erased_is_not_written_again(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job(customer="customers/c1")
    desk.to_progress(job.name)
    desk.svc.settle()

    def written() -> set[tuple[str, str]]:
        with psycopg.connect(desk.svc.kit.settings.database_url) as connection:
            query = "SELECT id, xmin::text FROM tickets UNION ALL SELECT id, xmin::text FROM work_orders"
            return set(connection.execute(query).fetchall())

    before = written()
    desk.svc.deliver([erased(1)])
    once = written()
    assert not once & before
    assert ERASED in {stage.note for stage in desk.get(job.name).stages}
    desk.svc.deliver([erased(2)])
    assert written() == once
