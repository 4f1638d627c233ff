"""What the sandbox would have sent, and the receipts it still owes."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Integer, bindparam, func, select, update
from sqlalchemy.sql.dml import UpdateBase

from notifications.domain.notification import State
from notifications.store.tables import notifications, sandbox_messages
from servicekit.core import AnySelect
from servicekit.listing import Listing
from servicekit.reads import AnyRow, ids_in
from servicekit.tables import Instant
from servicekit.uow import UnitOfWork

_S = sandbox_messages.c
_NOW = bindparam("now", type_=Instant)

SANDBOX_MESSAGES = Listing(
    select(sandbox_messages),
    {
        "notification": _S.notification_id,
        "channel": _S.channel,
        "create_time": _S.create_time,
    },
    key=_S.message_key,
    resource={"notification": "notifications"},
)


def keep_messages(uow: UnitOfWork, rows: Sequence[dict[str, Any]]) -> None:
    """Keeps messages; one that is there already stays as it is."""
    for row in rows:
        uow.upsert(sandbox_messages, row, key=["message_key"])


def owed_receipts(uow: UnitOfWork, at_most: int) -> Sequence[AnyRow]:
    """Messages whose receipt is due and whose sender stored that it sent them."""
    return uow.rows(_due(), {"now": uow.now, "at_most": at_most})


def settle_receipts(uow: UnitOfWork, message_keys: Sequence[str]) -> None:
    """Notes that these receipts were given."""
    uow.execute(_settling(), {"ids": list(message_keys)})


def receipts_left(uow: UnitOfWork) -> tuple[int, datetime | None]:
    """How many receipts are due, and when the next one will be."""
    row = uow.row(_left(), {"now": uow.now})
    return (row.due_now, row.later) if row else (0, None)


# These run all the time: they are built once.
@cache
def _settling() -> UpdateBase:
    return update(sandbox_messages).where(ids_in(_S.message_key)).values(receipt_due=None)


@cache
def _due() -> AnySelect:
    at_most = bindparam("at_most", type_=Integer)
    return _owed().where(_S.receipt_due <= _NOW).order_by(_S.receipt_due).limit(at_most)


@cache
def _left() -> AnySelect:
    owed = _owed().subquery()
    due = func.count().filter(owed.c.receipt_due <= _NOW).label("due_now")
    later = func.min(owed.c.receipt_due).filter(owed.c.receipt_due > _NOW).label("later")
    return select(due, later)


def _owed() -> AnySelect:
    sent = (notifications.c.id == _S.notification_id) & (notifications.c.message_key == _S.message_key)
    query = select(_S.message_key, _S.notification_id, _S.receipt, _S.receipt_due).join(notifications, sent)
    return query.where(_S.receipt_due.is_not(None), notifications.c.state == State.SENT.value)
