"""A customer's account: one for each service agreement (B1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from billing.domain.ledger import RECEIVABLES, Entry
from billing.domain.money import Money
from servicekit.errors import FailedPrecondition


class AccountState(StrEnum):
    """Whether it takes charges."""

    OPEN = "OPEN"
    SUSPENDED = "SUSPENDED"  # 报停: no season charges until it is resumed


@dataclass(frozen=True, slots=True)
class Account:
    """Who pays for which agreement; `balance` is what is owed, negative when in credit."""

    id: str
    customer: str
    premises: str
    service_agreement: str
    commodity: str
    state: AccountState
    balance: Money
    open_time: datetime
    create_time: datetime
    update_time: datetime
    suspend_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        return f"accounts/{self.id}"

    @property
    def currency(self) -> str:
        return self.balance.currency

    def posted(self, entry: Entry, now: datetime) -> "Account":
        """The account after an entry."""
        change = sum(
            line.amount.amount
            for line in entry.postings
            if line.ledger_account == RECEIVABLES and line.account == self.id
        )
        return replace(self, balance=self.balance + Money(change, self.currency), update_time=now)

    def suspend(self, now: datetime) -> "Account":
        """No service, and no season charges, from now on."""
        if self.state is not AccountState.OPEN:
            raise FailedPrecondition("WRONG_STATE", self.name, "is suspended already")
        return replace(self, state=AccountState.SUSPENDED, suspend_time=now, update_time=now)

    def resume(self, now: datetime) -> "Account":
        """Service again."""
        if self.state is not AccountState.SUSPENDED:
            raise FailedPrecondition("WRONG_STATE", self.name, "is not suspended")
        return replace(self, state=AccountState.OPEN, suspend_time=None, update_time=now)
