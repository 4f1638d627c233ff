"""What is past its time (C9): of tickets what was said, of jobs who signed and what crews noted."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select, update

from servicekit.reads import among, ids_in
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork
from workorders.store.personal_data import WORDS, forget_persons
from workorders.store.tables import JOBS_KEPT, TICKETS_KEPT, tickets, work_orders

_ENDED_LONG_AGO = oldest(tickets.c.id, tickets.c.report_time).where(TICKETS_KEPT)
_DONE_LONG_AGO = oldest(work_orders.c.id, work_orders.c.report_time).where(JOBS_KEPT)
_JOBS = select(work_orders).where(ids_in(work_orders.c.id))


def rules(said: timedelta, noted: timedelta) -> Sequence[Rule]:
    """For how long words are kept after the report, of tickets and of jobs; open ones keep them in any case."""
    return (Rule("tickets", said, _ENDED_LONG_AGO, _forget), Rule("workOrders", noted, _DONE_LONG_AGO, _forget_jobs))


def _forget(uow: UnitOfWork, ids: Sequence[str]) -> None:
    uow.execute(update(tickets).where(among(tickets.c.id, ids)).values({**WORDS, "forget_time": uow.now}))


def _forget_jobs(uow: UnitOfWork, ids: Sequence[str]) -> None:
    for row in uow.rows(_JOBS, {"ids": list(ids)}):
        forget_persons(uow, row, forget_time=uow.now)
