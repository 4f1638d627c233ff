"""What is past its time (C9): of surveys what people said, in answers and in calls."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import update

from servicekit.reads import among
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork
from surveys.store.personal_data import forget_words
from surveys.store.tables import surveys

_ASKED_LONG_AGO = oldest(surveys.c.id, surveys.c.invite_time).where(surveys.c.forget_time.is_(None))


def rules(said: timedelta) -> Sequence[Rule]:
    """For how long words are kept after the invitation; points and choices stay, for the index."""
    return (Rule("answers", said, _ASKED_LONG_AGO, _forget),)


def _forget(uow: UnitOfWork, ids: Sequence[str]) -> None:
    forget_words(uow, ids)
    uow.execute(update(surveys).where(among(surveys.c.id, ids)).values(forget_time=uow.now))
