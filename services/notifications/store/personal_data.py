"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from notifications.domain.notification import FINAL, Notification, State
from notifications.store.encoding import encode_attempt
from notifications.store.notifications import notification_of
from notifications.store.tables import contacts, notifications, sandbox_messages
from servicekit.personal_data import ERASED
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

_OF_CUSTOMER = notifications.c.customer_id == bindparam("customer")
_NOTIFICATIONS = select(notifications).where(_OF_CUSTOMER).order_by(notifications.c.create_time, notifications.c.id)
_SANDBOX = (
    select(sandbox_messages)
    .where(sandbox_messages.c.notification_id.in_(select(notifications.c.id).where(_OF_CUSTOMER)))
    .order_by(sandbox_messages.c.message_key)
)
_CONTACT = select(contacts).where(contacts.c.customer_id == bindparam("customer"))
ERASED_REASON = "CUSTOMER_ERASED"


def notifications_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_NOTIFICATIONS, {"customer": customer_id})


def sandbox_messages_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_SANDBOX, {"customer": customer_id})


def contact_of(uow: UnitOfWork, customer_id: str) -> AnyRow | None:
    return uow.row(_CONTACT, {"customer": customer_id})


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """That a message was sent, when and by which channel stays; who got it and what it said goes."""
    for row in notifications_of(uow, customer_id):
        blank(uow, notification_of(row))
    theirs = select(notifications.c.id).where(notifications.c.customer_id == customer_id)
    uow.execute(delete(sandbox_messages).where(sandbox_messages.c.notification_id.in_(theirs)))
    known = update(contacts).where(contacts.c.customer_id == customer_id)
    uow.execute(known.values(display_name=ERASED, points=[]))


def forget_contact(uow: UnitOfWork, customer_id: str, version: int) -> None:
    """Keeps the customer as one who cannot be reached; an older fact that comes again changes nothing."""
    row = {"customer_id": customer_id, "display_name": ERASED, "points": [], "version": version}
    uow.upsert(contacts, row, key=["customer_id"], newer="version")


def blank(uow: UnitOfWork, notification: Notification, also: Mapping[str, Any] | None = None) -> None:
    """Overwrites who got a message and what it said, and sets `also`; nothing where it was changed meanwhile."""
    is_over = notification.state in FINAL
    values: dict[str, Any] = {
        "direct": None,
        "variables": {},
        "subject": "",
        "body": ERASED if notification.message else "",
        "attempts": [_anonymous(encode_attempt(attempt), is_over) for attempt in notification.attempts],
        **(also or {}),
    }
    if is_over:
        values |= {"message_key": ""}
    elif notification.state is not State.SENT:
        # Nobody is told any more; a worker that holds it finds another version than the one it took.
        ended = {"state": State.SUPPRESSED.value, "reason": ERASED_REASON, "finish_time": uow.now}
        values |= ended | {"version": notification.version + 1}
    same = (notifications.c.id == notification.id, notifications.c.version == notification.version)
    uow.execute(update(notifications).where(*same).values(values))


def _anonymous(attempt: dict[str, Any], is_over: bool) -> dict[str, Any]:
    """An attempt without its address; the key is made of the address, and kept while a receipt may name it."""
    route = {**attempt["route"], "address": ERASED}
    return {**attempt, "route": route, "message_key": "" if is_over else attempt["message_key"]}
