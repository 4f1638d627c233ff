"""Providers' receipts: by RPC, or from the sandbox (N4)."""

from collections.abc import Sequence
from dataclasses import dataclass

from notifications.domain.delivery import DeliveryPolicy, after_receipt
from notifications.domain.notification import Notification, Outcome, State, notification_of
from notifications.handlers.delivery import Change, store_locked
from notifications.store.claims import lock_versions
from notifications.store.contacts import known_contacts
from notifications.store.notifications import get_notification, load_notifications
from servicekit.errors import FailedPrecondition, NotFound
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a provider says of a message it had accepted; `outcome` is DELIVERED or UNDELIVERED."""

    message_key: str
    outcome: Outcome
    reason: str = ""


def record_receipt(uow: UnitOfWork, receipt: Receipt, policy: DeliveryPolicy) -> Notification:
    """Applies one receipt; NotFound for a key that was never used.

    FailedPrecondition NOT_SENT_YET when the provider was quicker than our own commit: it should say it again.
    """
    before = get_notification(uow, notification_of(receipt.message_key) or receipt.message_key)
    if all(attempt.message_key != receipt.message_key for attempt in before.attempts):
        if before.state is State.SENDING:
            raise FailedPrecondition("NOT_SENT_YET", before.name, "is being sent just now: say it again in a second")
        raise NotFound(f"messageKeys/{receipt.message_key}")
    apply_receipts(uow, [receipt], policy)
    uow.audit(before.name)
    return uow.commit(get_notification(uow, before.id))


def apply_receipts(uow: UnitOfWork, receipts: Sequence[Receipt], policy: DeliveryPolicy) -> None:
    """Applies receipts of different notifications; those that tell nothing new change nothing. Does not commit."""
    by_id = {notification_of(receipt.message_key): receipt for receipt in receipts}
    lock_versions(uow, list(by_id))
    found = load_notifications(uow, list(by_id))
    contacts = known_contacts(uow, {n.customer_id for n, _ in found if n.customer_id})
    changes = []
    for before, traceparent in found:
        receipt = by_id[before.id]
        contact = contacts.get(before.customer_id)
        after = after_receipt(before, receipt.message_key, receipt.outcome, receipt.reason, contact, policy, uow.now)
        if after is not before:
            changes.append(Change(after, traceparent))
    store_locked(uow, changes)
