"""Notifications in rows: adding, reading, listing and counting them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, select

from notifications.domain.notification import Message, Notification, State
from notifications.store.encoding import decode_attempt, decode_route, decode_values, encode_route, encode_values
from notifications.store.tables import notifications
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow, ids_in
from servicekit.telemetry import current_traceparent
from servicekit.uow import UnitOfWork


def _listing(query: Select[Any]) -> Listing:
    names = (
        "state",
        "reason",
        "recipient",
        "channel",
        "template_code",
        "related_resource",
        "create_time",
    )
    return Listing(
        query,
        {name: notifications.c[name] for name in names} | {"customer": notifications.c.customer_id},
        key=notifications.c.id,
        resource={"customer": "customers"},
        enums={"state": State},
        order_by="create_time desc",
    )


NOTIFICATIONS = _listing(select(notifications))
NOT_CONFIDENTIAL = _listing(select(notifications).where(~notifications.c.confidential))
"""For who is not told who complains confidentially."""

_SEVERAL = select(notifications).where(ids_in(notifications.c.id))


_ABOUT = select(notifications).where(ids_in(notifications.c.related_resource), notifications.c.related_resource != "")


def told_about(uow: UnitOfWork, subjects: Collection[str], codes: Collection[str]) -> list[Notification]:
    """The messages about these with one of these codes, whatever became of them."""
    query = _ABOUT.where(notifications.c.template_code.in_(sorted(codes)))
    return [notification_of(row) for row in uow.rows(query, {"ids": list(subjects)})] if subjects else []


def add_notification(uow: UnitOfWork, notification: Notification, unless: Table | None = None) -> None:
    """Stores a new job and wakes the sender; one with the same id stays as it is. `unless` as in `uow.upsert`."""
    n = notification
    row = {
        "id": n.id,
        "template_code": n.template_code,
        "recipient": n.recipient,
        "customer_id": n.customer_id,
        "direct": {**encode_route(n.direct), "name": n.direct_name} if n.direct else None,
        "variables": encode_values(n.variables),
        "related_resource": n.related_resource,
        "confidential": n.confidential,
        "traceparent": current_traceparent(),
        "state": n.state.value,
        "due": n.due,
        "create_time": n.create_time,
        "update_time": n.update_time,
        "version": n.version,
        "template_id": n.template_id,
        "rank": int(n.rank),
        "sequence": n.sequence,
    }
    uow.upsert(notifications, row, key=["id"], unless=unless)
    uow.wake("notifications.sender")


def get_notification(uow: UnitOfWork, notification_id: str) -> Notification:
    """One notification; NotFound when there is none."""
    row = uow.get(notifications, notification_id)
    if row is None:
        raise NotFound(f"notifications/{notification_id}")
    return notification_of(row)


def load_notifications(uow: UnitOfWork, notification_ids: Collection[str]) -> list[tuple[Notification, str]]:
    """Several notifications, each with the traceparent of its cause."""
    rows = uow.rows(_SEVERAL, {"ids": list(notification_ids)})
    return [(notification_of(row), row.traceparent) for row in rows]


def notification_of(row: AnyRow) -> Notification:
    """The notification that a row holds."""
    return Notification(
        id=row.id,
        template_code=row.template_code,
        recipient=row.recipient,
        variables=decode_values(row.variables),
        related_resource=row.related_resource,
        due=row.due,
        create_time=row.create_time,
        update_time=row.update_time,
        direct=decode_route(row.direct) if row.direct else None,
        direct_name=row.direct["name"] if row.direct else "",
        template_id=row.template_id,
        state=State(row.state),
        reason=row.reason,
        attempts=tuple(decode_attempt(each) for each in row.attempts),
        message=Message(row.subject, row.body) if row.body else None,
        sent_time=row.sent_time,
        finish_time=row.finish_time,
        confidential=row.confidential,
        rank=row.rank,
        sequence=row.sequence,
        expire_time=row.expire_time,
        waits_for=tuple(row.waits_for),
        version=row.version,
    )


def count(uow: UnitOfWork, start: datetime | None, end: datetime | None) -> list[AnyRow]:
    """Rows (template_code, channel, state, count, attempts) over what was created from `start` until `end`."""
    n = notifications.c
    keys = (n.template_code, n.channel, n.state)
    attempts = func.coalesce(func.sum(func.jsonb_array_length(n.attempts)), 0)
    query = select(*keys, func.count().label("messages"), attempts.label("attempts")).group_by(*keys).order_by(*keys)
    if start is not None:
        query = query.where(n.create_time >= start)
    if end is not None:
        query = query.where(n.create_time < end)
    return list(uow.rows(query))
