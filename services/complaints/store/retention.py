"""What is past its time (C9): who complained, and in what words."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from complaints.store.personal_data import NOBODY
from complaints.store.tables import complaints
from servicekit.reads import among
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork

_CLOSED_LONG_AGO = oldest(complaints.c.id, complaints.c.close_time).where(
    complaints.c.forget_time.is_(None), complaints.c.close_time.is_not(None)
)


def rules(person: timedelta) -> Sequence[Rule]:
    """For how long it is kept who complained, after the end; findings, decision and entries stay."""
    return (Rule("complaints", person, _CLOSED_LONG_AGO, _forget),)


def _forget(uow: UnitOfWork, ids: Sequence[str]) -> None:
    # One that was reopened meanwhile is not old any more.
    old = (among(complaints.c.id, ids), complaints.c.close_time.is_not(None))
    uow.execute(update(complaints).where(*old).values({**NOBODY, "forget_time": uow.now}))
