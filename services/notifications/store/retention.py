"""What is past its time (C9): who got a message, and what it said."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete

from notifications.store.happenings import forget_happenings
from notifications.store.notifications import load_notifications
from notifications.store.personal_data import blank
from notifications.store.tables import KEPT, happenings, notifications, sandbox_messages
from servicekit.reads import among
from servicekit.retention import Rule, oldest
from servicekit.uow import UnitOfWork

_HAPPENED_LONG_AGO = oldest(happenings.c.id, happenings.c.time)
_SENT_LONG_AGO = oldest(notifications.c.id, notifications.c.create_time).where(KEPT)


def rules(said: timedelta, longest_life: timedelta) -> Sequence[Rule]:
    """For how long messages are kept after they were made, and what may make those untrue that are not sent yet."""
    return (
        Rule("messages", said, _SENT_LONG_AGO, _forget),
        # Facts may be a week on their way.
        Rule("happenings", longest_life + timedelta(days=7), _HAPPENED_LONG_AGO, forget_happenings),
    )


def _forget(uow: UnitOfWork, ids: Sequence[str]) -> None:
    for notification, _ in load_notifications(uow, ids):
        blank(uow, notification, {"forget_time": uow.now})
    uow.execute(delete(sandbox_messages).where(among(sandbox_messages.c.notification_id, ids)))
