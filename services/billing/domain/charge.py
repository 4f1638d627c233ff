"""Charges: for a heating season, by meter, or for a single service (B1)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from billing.domain import ledger
from billing.domain.account import Account, AccountState
from billing.domain.ledger import RECEIVABLES, Entry, EntryKind, Posting
from billing.domain.money import Money
from servicekit.errors import FailedPrecondition, InvalidArgument

EARLIEST = date(1990, 1, 1)
LATEST = date(2100, 1, 1)


class ChargeKind(StrEnum):
    """What it is for."""

    SEASON = "SEASON"
    METERED = "METERED"
    SERVICE = "SERVICE"

    @property
    def is_once(self) -> bool:
        """True when the same days of an account may be charged once only; work may be done twice on a day."""
        return self is not ChargeKind.SERVICE


@dataclass(frozen=True, slots=True)
class Period:
    """Days of service, the end not included."""

    start: date
    end: date

    def __post_init__(self) -> None:
        if not EARLIEST <= self.start < self.end <= LATEST:
            rule = f"must start before it ends, between {EARLIEST} and {LATEST}"
            raise InvalidArgument("period", rule, reason="BAD_PERIOD")

    @property
    def days(self) -> int:
        return (self.end - self.start).days

    def overlaps(self, other: "Period") -> bool:
        """True when they have a day in common; periods that adjoin have none."""
        return self.start < other.end and other.start < self.end

    def __str__(self) -> str:
        return f"{self.start} to {self.end}"

    def days_from(self, day: date) -> int:
        """Days left from `day` on, that day included."""
        return max(0, (self.end - max(day, self.start)).days)


@dataclass(frozen=True, slots=True)
class Usage:
    """What a meter counted, and the price of one unit in major units."""

    quantity: Decimal
    unit: str
    unit_price: Decimal


@dataclass(frozen=True, slots=True)
class Charge:
    """An amount to be paid, and how much of it was taken back since."""

    id: str
    account_id: str
    customer: str
    commodity: str
    kind: ChargeKind
    amount: Money
    description: str
    entry_id: str
    post_time: datetime
    period: Period | None = None
    usage: Usage | None = None
    due_time: datetime | None = None
    reduced: int = 0
    """Minor units taken back by reductions."""
    suspended: int = 0
    """Minor units that suspensions took back and resumptions have not charged again."""
    is_exclusive: bool = False
    """True while no other charge of its kind, and unit of a meter, may have a day of its period in common."""
    version: int = 1

    @property
    def name(self) -> str:
        return f"charges/{self.id}"

    @property
    def metered_unit(self) -> str:
        """The unit that a meter counted, in one spelling; two meters of an account that count the same are one."""
        return self.usage.unit.strip().lower() if self.usage else ""

    @property
    def left(self) -> Money:
        """What of it still stands."""
        return Money(self.amount.amount - self.reduced - self.suspended, self.amount.currency)

    def check(self, account: Account) -> "Charge":
        """Itself, when the account takes it."""
        self.amount.positive()
        if self.amount.currency != account.currency:
            rule = f"{account.name} is kept in {account.currency}"
            raise InvalidArgument("amount.currency_code", rule, reason="CURRENCY_MISMATCH")
        if (self.kind is ChargeKind.METERED) != (self.usage is not None):
            raise InvalidArgument("usage", "belongs to metered charges, and to no others", reason="BAD_USAGE")
        if self.kind.is_once and self.period is None:
            raise InvalidArgument("period", f"is required for a {self.kind.lower()} charge", reason="MISSING_FIELD")
        if self.kind is ChargeKind.SEASON and account.state is AccountState.SUSPENDED:
            raise FailedPrecondition("WRONG_STATE", account.name, "is suspended and takes no season's charge")
        return replace(self, is_exclusive=self.kind.is_once)

    def excludes(self, other: "Charge") -> bool:
        """True when the two cannot both stand: the same days of one account, charged twice for the same (B1)."""
        if not (self.is_exclusive and other.is_exclusive and self.period and other.period):
            return False
        mine = (self.account_id, self.kind, self.metered_unit)
        return mine == (other.account_id, other.kind, other.metered_unit) and self.period.overlaps(other.period)

    def check_against(self, standing: Iterable["Charge"]) -> None:
        """FailedPrecondition naming the charge that stands in its way."""
        for other in standing:
            if other.excludes(self):
                what = f"{other.kind.lower()} charge of {other.metered_unit}".removesuffix(" of ")
                rule = f"is the {what} of {other.period} already: reduce it in full before charging these days again"
                raise FailedPrecondition("PERIOD_CHARGED", other.name, rule)

    def entry(self) -> Entry:
        """How it is posted."""
        postings = (
            Posting(RECEIVABLES, self.amount, self.account_id),
            Posting(ledger.revenue(self.commodity), -self.amount),
        )
        return Entry(self.entry_id, EntryKind.CHARGE, self.name, self.description, self.post_time, postings)

    def reduce(self, amount: Money) -> "Charge":
        """Takes a part of it back (减免); at most what still stands. In full, it keeps no other charge away."""
        self._check_part(amount)
        reduced = self.reduced + amount.amount
        return replace(self, reduced=reduced, is_exclusive=self.is_exclusive and reduced < self.amount.amount)

    def suspend(self, day: date, base_percent: int) -> tuple["Charge", Money]:
        """The charge and what is taken back of it when service stops on `day`: the days left but the base fee.

        Nothing for other kinds than a season's.
        """
        return self._moved(self._unserved(day, base_percent), +1)

    def resume(self, day: date, base_percent: int) -> tuple["Charge", Money]:
        """The charge and what is charged again when service goes on from `day`; never more than was taken back."""
        return self._moved(min(self.suspended, self._unserved(day, base_percent)), -1)

    def _unserved(self, day: date, base_percent: int) -> int:
        if self.kind is not ChargeKind.SEASON or self.period is None:
            return 0
        standing = Money(self.amount.amount - self.reduced, self.amount.currency)
        numerator = self.period.days_from(day) * (100 - base_percent)
        return standing.share(numerator, self.period.days * 100).amount

    def _moved(self, amount: int, sign: int) -> tuple["Charge", Money]:
        if sign > 0:
            amount = min(amount, self.left.amount)
        return replace(self, suspended=self.suspended + sign * amount), Money(amount, self.amount.currency)

    def _check_part(self, amount: Money) -> None:
        amount.positive()
        if amount.currency != self.amount.currency:
            raise InvalidArgument("amount.currency_code", f"must be {self.amount.currency}", reason="CURRENCY_MISMATCH")
        if amount.amount > self.left.amount:
            raise FailedPrecondition("EXCEEDS_CHARGE", self.name, f"only {self.left} of it still stands")


def taken_back(kind: EntryKind, charge: Charge, amount: Money, identifier: str, why: str, now: datetime) -> Entry:
    """The entry of a reduction or a suspension; with a negative amount, of a resumption."""
    postings = (
        Posting(ledger.reductions(charge.commodity), amount),
        Posting(RECEIVABLES, -amount, charge.account_id),
    )
    return Entry(identifier, kind, charge.name, why, now, postings)
