"""How workers share the notifications that are to be sent: claim a batch, hand it over, store what came of it.

A claim is one statement and so commits by itself: when the provider is called no transaction is open (N4). It
marks the rows SENDING with a lease in real time, so that simulated time cannot run away under a worker, and
counts their version up, which is how a worker that was too slow finds out that another one went on.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Interval,
    Text,
    and_,
    bindparam,
    column,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql.dml import UpdateBase

from notifications.domain.notification import Notification, State
from notifications.domain.routing import Contact
from notifications.domain.template import TemplateState
from notifications.store.breakers import is_waited_for
from notifications.store.encoding import decode_contact, encode_attempt
from notifications.store.notifications import notification_of
from notifications.store.tables import OPEN, breakers, contacts, notifications, templates
from servicekit.core import AnySelect
from servicekit.reads import ids_in
from servicekit.tables import Instant
from servicekit.uow import UnitOfWork

_N = notifications.c
_NOW = bindparam("now", type_=Instant)
_CHANGING: Mapping[str, Any] = {
    "template_id": Text,
    "state": Text,
    "reason": Text,
    "channel": Text,
    "language": Text,
    "message_key": Text,
    "subject": Text,
    "body": Text,
    "attempts": JSONB,
    "due": Instant,
    "update_time": Instant,
    "sent_time": Instant,
    "finish_time": Instant,
    "expire_time": Instant,
    "waits_for": ARRAY(Text),
}


@dataclass(frozen=True, slots=True)
class Claim:
    """A notification in this worker's hands, with what is needed to send it."""

    notification: Notification
    contact: Contact | None
    template_id: str
    """The version it was first sent with, else the newest published one; empty when there is none."""
    traceparent: str


def claim_due(uow: UnitOfWork, at_most: int, lease: timedelta) -> list[Claim]:
    """Takes what is due, the most urgent first, and what was left behind by a worker whose lease ran out."""
    claims = [
        Claim(
            notification_of(row),
            None if row.points is None else decode_contact(row.display_name, row.points),
            row.sending_template,
            row.traceparent,
        )
        for row in uow.rows(_claiming(), {"now": uow.now, "at_most": at_most, "lease": lease})
    ]
    return sorted(claims, key=lambda claim: (claim.notification.rank, claim.notification.due))


def lock_versions(uow: UnitOfWork, notification_ids: Collection[str]) -> Mapping[str, int]:
    """Locks notifications until the unit ends, and tells the version each is at."""
    row = uow.lock_one(_locked(), {"ids": list(notification_ids)})
    return (row[0] if row else None) or {}


def save_all(uow: UnitOfWork, changed: Sequence[Notification]) -> None:
    """Stores notifications whose rows are locked, all in one statement; ends their leases."""
    uow.execute(_saving(), {"rows": [uow.personal.sealed(notifications, _row(n)) for n in changed]})


def work_left(uow: UnitOfWork) -> tuple[int, datetime | None]:
    """How many are due or in somebody's hands, and when the next one will be due.

    One that waits for a channel is due when the channel is tried again.
    """
    row = uow.row(_left(), {"now": uow.now})
    return (row.due_now + row.to_try, row.later) if row else (0, None)


# These run all the time: they are built once, which takes longer than running them.
@cache
def _locked() -> AnySelect:
    locked = select(_N.id, _N.version).where(ids_in(_N.id)).order_by(_N.id).with_for_update().subquery()
    return select(func.jsonb_object_agg(locked.c.id, locked.c.version))


@cache
def _saving() -> UpdateBase:
    columns = [column("id", Text), column("version", notifications.c.version.type)]
    columns += [column(name, kind) for name, kind in _CHANGING.items()]
    rows = func.jsonb_to_recordset(bindparam("rows", type_=JSONB))
    new = rows.table_valued(*columns).render_derived(name="new", with_types=True)
    values: dict[str, Any] = {name: new.c[name] for name in ("version", *_CHANGING)}
    return update(notifications).where(_N.id == new.c.id).values(**values, lease_until=None)


@cache
def _claiming() -> AnySelect:
    picked = select(_N.id).where(OPEN, _is_due()).order_by(_N.rank, _N.due).limit(bindparam("at_most", type_=Integer))
    chosen = picked.with_for_update(skip_locked=True, of=notifications).cte("picked")
    taken = (
        update(notifications)
        .where(_N.id == chosen.c.id)
        .values(
            state=State.SENDING.value,
            version=_N.version + 1,
            lease_until=func.now() + bindparam("lease", type_=Interval),
        )
        .returning(*notifications.c)
        .cte("taken")
    )
    newest = _newest_template().where(templates.c.code == taken.c.template_code).scalar_subquery()
    template = func.coalesce(func.nullif(taken.c.template_id, ""), newest, "").label("sending_template")
    found = taken.outerjoin(contacts, contacts.c.customer_id == taken.c.customer_id)
    contact = (contacts.c.customer_id.label("contact_of"), contacts.c.display_name, contacts.c.points)
    return select(taken, template, *contact).select_from(found)


@cache
def _left() -> AnySelect:
    now = or_(_is_due(), _N.state == State.SENDING.value)
    counted = func.count().filter(now).label("due_now")
    later = func.min(_N.due).filter(_N.due > _NOW, _N.state != State.SENDING.value)
    tried = select(func.min(breakers.c.retry_time)).where(breakers.c.retry_time > _NOW, is_waited_for())
    to_try = select(func.count()).select_from(breakers).where(breakers.c.retry_time <= _NOW, is_waited_for())
    soonest = func.least(later, tried.scalar_subquery()).label("later")
    return select(counted, soonest, to_try.scalar_subquery().label("to_try")).where(OPEN)


def _is_due() -> ColumnElement[bool]:
    known = exists().where(contacts.c.customer_id == _N.customer_id)
    waiting = _N.state == State.AWAITING_CONTACT.value
    return or_(
        and_(_N.state != State.SENDING.value, _N.due <= _NOW),
        and_(waiting, known),
        and_(_N.state == State.SENDING.value, _N.lease_until < func.now()),
    )


def _newest_template() -> Any:
    published = templates.c.state == TemplateState.PUBLISHED.value
    return select(templates.c.id).where(published).order_by(templates.c.number.desc()).limit(1)


def _row(n: Notification) -> dict[str, Any]:
    last = n.last
    return {
        "id": n.id,
        "version": n.version,
        "template_id": n.template_id,
        "state": n.state.value,
        "reason": n.reason,
        "channel": last.route.channel.value if last else "",
        "language": last.route.language.value if last else "",
        "message_key": last.message_key if last else "",
        "subject": n.message.subject if n.message else "",
        "body": n.message.body if n.message else "",
        "attempts": [encode_attempt(each) for each in n.attempts],
        "waits_for": list(n.waits_for),
        **{name: _iso(getattr(n, name)) for name in ("due", "update_time", "sent_time", "finish_time", "expire_time")},
    }


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
