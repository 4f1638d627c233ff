"""What is past its time (C9): of contacts what was said, of timelines whole entries."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, update

from customers.store.personal_data import UNSAID
from customers.store.tables import interactions, timeline
from servicekit.reads import among
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork

_SAID_LONG_AGO = oldest(interactions.c.id, interactions.c.occur_time).where(interactions.c.forget_time.is_(None))


def rules(said: timedelta, told: timedelta) -> Sequence[Rule]:
    """For how long what was said, and what a timeline tells, is kept after it occurred."""
    return (
        Rule("interactions", said, _SAID_LONG_AGO, _forget_said),
        Rule("timeline", told, oldest(timeline.c.id, timeline.c.occur_time), _forget_told),
    )


def _forget_said(uow: UnitOfWork, ids: Sequence[str]) -> None:
    """As an erasure does it: that there was a contact stays, for staffing."""
    uow.execute(update(interactions).where(among(interactions.c.id, ids)).values({**UNSAID, "forget_time": uow.now}))


def _forget_told(uow: UnitOfWork, ids: Sequence[str]) -> None:
    uow.execute(delete(timeline).where(among(timeline.c.id, ids)))
