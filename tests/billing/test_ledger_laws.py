"""B1: whatever is done, the ledger sums to zero, explains every balance, and a reversal restores."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from billing.domain.account import Account, AccountState
from billing.domain.charge import Charge, ChargeKind, Period, taken_back
from billing.domain.ledger import RECEIVABLES, Entry, EntryKind, Place, Posting, balances, revenue, sums
from billing.domain.money import Money
from billing.domain.payment import Payment
from servicekit.errors import FailedPrecondition

NOW = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
SEASON = Period(date(2025, 10, 20), date(2026, 4, 6))
AMOUNTS = st.integers(1, 10_000_00)
IDS = ("a", "b", "c")


def opened(identifier: str) -> Account:
    return Account(
        identifier, f"customers/{identifier}", "", "", "heat", AccountState.OPEN, Money(0, "CNY"), NOW, NOW, NOW
    )


def charge(identifier: str, account: str, fen: int, kind: ChargeKind = ChargeKind.SEASON) -> Charge:
    return Charge(
        identifier, account, "", "heat", kind, Money(fen, "CNY"), "heating", f"e-{identifier}", NOW, period=SEASON
    )


class Ledger(RuleBasedStateMachine):
    """Random operations on three accounts, kept beside a plain sum of money per account."""

    charges = Bundle("charges")
    payments = Bundle("payments")

    def __init__(self) -> None:
        super().__init__()
        self.accounts = {identifier: opened(identifier) for identifier in IDS}
        self.owed = dict.fromkeys(IDS, 0)
        self.entries: list[Entry] = []
        self.number = 0

    def post(self, account: str, entry: Entry, change: int) -> None:
        self.entries.append(entry)
        self.accounts[account] = self.accounts[account].posted(entry, NOW)
        self.owed[account] += change

    def next_id(self) -> str:
        self.number += 1
        return str(self.number)

    @rule(target=charges, account=st.sampled_from(IDS), fen=AMOUNTS)
    def charge(self, account: str, fen: int) -> Charge:
        posted = charge(self.next_id(), account, fen)
        self.post(account, posted.entry(), fen)
        return posted

    @rule(target=charges, this=consumes(charges), fen=AMOUNTS)
    def reduce(self, this: Charge, fen: int) -> Charge:
        try:
            reduced = this.reduce(Money(fen, "CNY"))
        except FailedPrecondition:
            assert fen > this.left.amount
            return this
        entry = taken_back(EntryKind.REDUCTION, this, Money(fen, "CNY"), self.next_id(), "hardship", NOW)
        self.post(this.account_id, entry, -fen)
        return reduced

    @rule(target=charges, this=consumes(charges), day=st.dates(date(2025, 10, 1), date(2026, 5, 1)))
    def suspend_and_resume_the_same_day(self, this: Charge, day: date) -> Charge:
        suspended, credit = this.suspend(day, 20)
        resumed, again = suspended.resume(day, 20)
        if credit.amount:
            down = taken_back(EntryKind.SUSPENSION, this, credit, self.next_id(), "away", NOW)
            self.post(this.account_id, down, -credit.amount)
            up = taken_back(EntryKind.RESUMPTION, this, -again, self.next_id(), "back", NOW)
            self.post(this.account_id, up, again.amount)
        assert (resumed, again) == (this, credit)
        assert 0 <= credit.amount <= this.left.amount
        return resumed

    @rule(target=payments, account=st.sampled_from(IDS), fen=AMOUNTS, bank=st.sampled_from(["", "icbc"]))
    def pay(self, account: str, fen: int, bank: str) -> Payment:
        number = self.next_id()
        paid = Payment(number, account, "", Money(fen, "CNY"), NOW, NOW, f"e-{number}", bank, number if bank else "")
        self.post(account, paid.entry(), -fen)
        return paid

    @rule(target=payments, this=consumes(payments), fen=AMOUNTS)
    def refund(self, this: Payment, fen: int) -> Payment:
        try:
            refunded = this.refund(Money(fen, "CNY"))
        except FailedPrecondition:
            assert fen > this.left.amount
            return this
        self.post(this.account_id, this.refund_entry(Money(fen, "CNY"), self.next_id(), "moved away", NOW), fen)
        return refunded

    @rule(this=consumes(payments))
    def reverse(self, this: Payment) -> None:
        before = balances(self.entries[:-1]) if self.entries and self.entries[-1] == this.entry() else None
        gone = this.reverse(NOW)
        for again in (lambda: gone.reverse(NOW), lambda: gone.refund(Money(1, "CNY"))):
            with pytest.raises(FailedPrecondition):
                again()
        self.post(this.account_id, this.entry().reversal(self.next_id(), "bounced", NOW), this.amount.amount)
        if before is not None:
            assert balances(self.entries) == before

    @invariant()
    def everything_sums_to_zero(self) -> None:
        assert set(sums(line for entry in self.entries for line in entry.postings).values()) <= {0}

    @invariant()
    def every_balance_is_the_fold_of_its_postings(self) -> None:
        totals = balances(self.entries)
        for identifier, account in self.accounts.items():
            assert account.balance.amount == totals.get(Place(RECEIVABLES, identifier, "CNY"), 0)
            assert account.balance.amount == self.owed[identifier]


TestLedger = Ledger.TestCase


def test_an_entry_that_does_not_balance_cannot_be_made() -> None:
    lines = (Posting(RECEIVABLES, Money(100, "CNY"), "a"), Posting(revenue("heat"), Money(-99, "CNY")))
    with pytest.raises(ValueError, match="does not balance"):
        Entry("e", EntryKind.CHARGE, "charges/1", "", NOW, lines)


def test_two_currencies_do_not_balance_each_other() -> None:
    lines = (Posting(RECEIVABLES, Money(100, "CNY"), "a"), Posting(revenue("heat"), Money(-100, "USD")))
    with pytest.raises(ValueError, match="does not balance"):
        Entry("e", EntryKind.CHARGE, "charges/1", "", NOW, lines)


def test_a_reversal_cannot_be_reversed() -> None:
    back = charge("1", "a", 100).entry().reversal("r", "mistake", NOW)
    with pytest.raises(FailedPrecondition):
        back.reversal("rr", "again", NOW)


def test_suspension_credits_the_days_left_but_for_the_base_fee() -> None:
    # 168 days, 84 of them left, one fifth stays due: 2,000.00 x 84/168 x 80 % = 800.00
    whole = charge("1", "a", 2_000_00)
    suspended, credit = whole.suspend(date(2026, 1, 12), 20)
    assert credit == Money(800_00, "CNY")
    assert suspended.left == Money(1_200_00, "CNY")
    # Back with 42 days left: 2,000.00 x 42/168 x 80 % = 400.00 is due again.
    resumed, again = suspended.resume(date(2026, 2, 23), 20)
    assert again == Money(400_00, "CNY")
    assert resumed.left == Money(1_600_00, "CNY")


def test_other_charges_are_not_touched_by_a_suspension() -> None:
    single = replace(charge("1", "a", 100), kind=ChargeKind.SERVICE)
    assert single.suspend(date(2025, 11, 1), 20) == (single, Money(0, "CNY"))
