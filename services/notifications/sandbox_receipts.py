"""The loop by which the sandbox says what became of its messages, as a provider's call-back would."""

from datetime import datetime

from notifications.domain.notification import Outcome
from notifications.handlers.receipts import Receipt, apply_receipts
from notifications.settings import Settings
from notifications.store.sandbox import owed_receipts, receipts_left, settle_receipts
from servicekit.kit import Kit


class SandboxReceipts:
    """Gives receipts that are due, a batch in one transaction with their effect."""

    name = "notifications.sandbox"
    poll_s = 0.5

    def __init__(self, settings: Settings) -> None:
        self._batch, self._policy = settings.send_batch, settings.delivery()
        self._next: datetime | None = None

    def next_due(self) -> datetime | None:
        """When the next receipt is due."""
        return self._next

    def pending(self, kit: Kit) -> tuple[int, datetime | None]:
        """How many receipts are due, and when the next one is."""
        with kit.unit() as uow:
            return receipts_left(uow)

    def run_once(self, kit: Kit) -> bool:
        """One batch; False when no receipt is due."""
        with kit.unit() as uow:
            due, self._next = receipts_left(uow)
            owed = owed_receipts(uow, self._batch) if due else []
            if not owed:
                return False
            receipts = [Receipt(r.message_key, Outcome(r.receipt), f"SANDBOX_{r.receipt}") for r in owed]
            apply_receipts(uow, receipts, self._policy)
            settle_receipts(uow, [r.message_key for r in owed])
            uow.commit(None)
        return True
