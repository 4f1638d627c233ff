"""Payments: at the counter or through a bank; refunded in part or in full, or reversed by the bank (B1, B2)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from billing.domain import ledger
from billing.domain.ledger import RECEIVABLES, Entry, EntryKind, Posting
from billing.domain.money import Money
from servicekit.errors import FailedPrecondition, InvalidArgument

CLOCK_TOLERANCE = timedelta(minutes=5)


class PaymentState(StrEnum):
    """What became of it."""

    POSTED = "POSTED"
    REFUNDED = "REFUNDED"  # all of it; a partly refunded payment is still POSTED
    REVERSED = "REVERSED"


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that came in."""

    id: str
    account_id: str
    customer: str
    amount: Money
    pay_time: datetime
    post_time: datetime
    entry_id: str
    bank: str = ""
    """Id of the bank; empty for the counter."""
    bank_reference: str = ""
    receipt_number: str = ""
    state: PaymentState = PaymentState.POSTED
    refunded: int = 0
    reverse_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        return f"payments/{self.id}"

    @property
    def _till(self) -> str:
        return ledger.bank(self.bank) if self.bank else ledger.CASH

    @property
    def left(self) -> Money:
        """What of it was not refunded."""
        return Money(self.amount.amount - self.refunded, self.amount.currency)

    @property
    def refunds(self) -> Money:
        """What of it was refunded."""
        return Money(self.refunded, self.amount.currency)

    def entry(self) -> Entry:
        """How it is posted."""
        postings = (Posting(self._till, self.amount), Posting(RECEIVABLES, -self.amount, self.account_id))
        description = f"{self.bank} {self.bank_reference}".strip() or self.receipt_number
        return Entry(self.entry_id, EntryKind.PAYMENT, self.name, description, self.post_time, postings)

    def refund(self, amount: Money) -> "Payment":
        """Pays a part of it back (退费); at most what is left of it."""
        amount.positive()
        self._require_posted()
        if amount.currency != self.amount.currency:
            raise InvalidArgument("amount.currency_code", f"must be {self.amount.currency}", reason="CURRENCY_MISMATCH")
        if amount.amount > self.left.amount:
            raise FailedPrecondition("EXCEEDS_PAYMENT", self.name, f"only {self.left} of it is left")
        state = PaymentState.REFUNDED if amount == self.left else PaymentState.POSTED
        return replace(self, refunded=self.refunded + amount.amount, state=state)

    def refund_entry(self, amount: Money, identifier: str, why: str, now: datetime) -> Entry:
        """How a refund is posted."""
        postings = (Posting(RECEIVABLES, amount, self.account_id), Posting(self._till, -amount))
        return Entry(identifier, EntryKind.REFUND, self.name, why, now, postings)

    def reverse(self, now: datetime) -> "Payment":
        """The bank takes it back as a whole, once; what of it was refunded the account then owes."""
        if self.state is PaymentState.REVERSED:
            raise FailedPrecondition("WRONG_STATE", self.name, "is reversed")
        return replace(self, state=PaymentState.REVERSED, reverse_time=now)

    def _require_posted(self) -> None:
        if self.state is not PaymentState.POSTED:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state.lower()}")


def past_time(at: datetime | None, now: datetime, field: str) -> datetime | None:
    """Itself; InvalidArgument naming `field` when it lies in the future, but for five minutes between clocks."""
    if at is not None and at > now + CLOCK_TOLERANCE:
        raise InvalidArgument(field, "must not be in the future", reason="FUTURE_DATED")
    return at
