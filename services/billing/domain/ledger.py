"""The double-entry ledger: entries whose postings sum to zero, reversed and never edited (B1).

Debits are positive, credits negative. What a customer owes is the sum of the postings of the receivables
account that name the customer's account; a negative sum is a credit.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.domain.money import Money
from servicekit.errors import FailedPrecondition

RECEIVABLES = "receivables"
CASH = "cash"


class EntryKind(StrEnum):
    """What happened."""

    CHARGE = "CHARGE"
    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    REDUCTION = "REDUCTION"
    SUSPENSION = "SUSPENSION"
    RESUMPTION = "RESUMPTION"
    REVERSAL = "REVERSAL"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry; `account` is the customer's account, on lines of receivables only."""

    ledger_account: str
    amount: Money
    account: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that moved money, for good."""

    id: str
    kind: EntryKind
    subject: str
    """Resource name of what it is about: a charge, a payment, an account."""
    description: str
    time: datetime
    postings: tuple[Posting, ...]
    reverses: str = ""
    """Id of the entry that this one takes back."""

    def __post_init__(self) -> None:
        if len(self.postings) < 2 or any(total for total in sums(self.postings).values()):
            raise ValueError(f"entry {self.id} does not balance: {self.postings}")

    def reversal(self, identifier: str, description: str, now: datetime) -> "Entry":
        """The entry that takes this one back; a reversal itself cannot be reversed."""
        if self.reverses:
            raise FailedPrecondition("ALREADY_A_REVERSAL", self.subject, "a reversal cannot be reversed")
        postings = tuple(Posting(line.ledger_account, -line.amount, line.account) for line in self.postings)
        return Entry(identifier, EntryKind.REVERSAL, self.subject, description, now, postings, reverses=self.id)


def sums(postings: Iterable[Posting]) -> dict[str, int]:
    """Sum of the postings for each currency."""
    totals: dict[str, int] = {}
    for line in postings:
        totals[line.amount.currency] = totals.get(line.amount.currency, 0) + line.amount.amount
    return totals


@dataclass(frozen=True, slots=True)
class Place:
    """Where a posting counts: a ledger account, a customer's account in it, a currency."""

    ledger_account: str
    account: str
    currency: str


def balances(entries: Iterable[Entry], start: Mapping[Place, int] | None = None) -> dict[Place, int]:
    """What the entries add up to, place by place; places that come to zero are left out."""
    totals = dict(start or {})
    for entry in entries:
        for line in entry.postings:
            place = Place(line.ledger_account, line.account, line.amount.currency)
            totals[place] = totals.get(place, 0) + line.amount.amount
    return {place: total for place, total in totals.items() if total}


def revenue(commodity: str) -> str:
    """Where charges are earned."""
    return f"revenue-{commodity}"


def reductions(commodity: str) -> str:
    """Where charges are taken back in part: reductions and suspensions, apart from what was earned."""
    return f"reductions-{commodity}"


def bank(bank_id: str) -> str:
    """Our account at a partner bank."""
    return f"bank-{bank_id}"
