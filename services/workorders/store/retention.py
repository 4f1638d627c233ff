"""What is past its time (C9): of tickets what callers said."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from servicekit.personal_data import ERASED
from servicekit.reads import among
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork
from workorders.store.tables import KEPT, tickets

_ENDED_LONG_AGO = oldest(tickets.c.id, tickets.c.report_time).where(KEPT)


def rules(said: timedelta) -> Sequence[Rule]:
    """For how long it is kept what callers said, after they reported; open tickets keep it in any case."""
    return (Rule("tickets", said, _ENDED_LONG_AGO, _forget),)


def _forget(uow: UnitOfWork, ids: Sequence[str]) -> None:
    uow.execute(update(tickets).where(among(tickets.c.id, ids)).values(summary=ERASED, forget_time=uow.now))
