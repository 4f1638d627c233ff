"""The ledger in rows: written once, added up by the database (B1)."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, case, cast, func, select

from billing.domain.ledger import RECEIVABLES, Entry, EntryKind, Place
from billing.store.tables import accounts, entries, postings
from servicekit.listing import Listing
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Parent:
    """Whose postings: a customer's account, or a ledger account."""

    account_id: str = ""
    ledger_account: str = ""

    @property
    def condition(self) -> ColumnElement[bool]:
        """The postings that count."""
        if self.account_id:
            return postings.c.account_id == self.account_id
        return postings.c.ledger_account == self.ledger_account


@dataclass(frozen=True, slots=True)
class Line:
    """Sums of one ledger account in one currency."""

    ledger_account: str
    currency: str
    debits: int
    credits: int


def add_entry(uow: UnitOfWork, entry: Entry) -> None:
    """Posts an entry, for good."""
    row = {
        "id": entry.id,
        "kind": entry.kind.value,
        "subject": entry.subject,
        "description": entry.description,
        "reverses": entry.reverses or None,
        "time": entry.time,
    }
    uow.insert(entries, row)
    for line in entry.postings:
        posting = {
            "entry_id": entry.id,
            "ledger_account": line.ledger_account,
            "account_id": line.account,
            "amount": line.amount.amount,
            "currency": line.amount.currency,
        }
        uow.insert(postings, posting)


def postings_of(parent: Parent) -> Listing:
    """The postings of an account or ledger account in their order, with the balance after each."""
    running = func.sum(postings.c.amount).over(partition_by=postings.c.currency, order_by=postings.c.seq)
    # The balance counts every posting, so the filter of the caller applies outside.
    inner = (
        select(
            postings,
            *(column for column in entries.c if column.name != "id"),
            cast(running, BigInteger).label("balance"),
        )
        .join(entries, entries.c.id == postings.c.entry_id)
        .where(parent.condition)
        .subquery("lines")
    )
    columns = {
        "kind": inner.c.kind,
        "subject": inner.c.subject,
        "amount": inner.c.amount,
        "currency_code": inner.c.currency,
        "post_time": inner.c.time,
    }
    return Listing(select(inner), columns, key=inner.c.seq, choices={"kind": tuple(EntryKind)})


def balance_of(uow: UnitOfWork, parent: Parent, before: datetime | None) -> tuple[dict[str, int], int]:
    """The sum in each currency, and the number of postings."""
    query = select(postings.c.currency, func.sum(postings.c.amount), func.count()).where(parent.condition)
    if before is not None:
        query = query.join(entries, entries.c.id == postings.c.entry_id).where(entries.c.time < before)
    rows = uow.rows(query.group_by(postings.c.currency).order_by(postings.c.currency))
    return {currency: int(total) for currency, total, _ in rows}, sum(count for _, _, count in rows)


def trial_balance(uow: UnitOfWork, before: datetime | None) -> tuple[list[Line], int]:
    """The sums of every ledger account, and the number of entries."""
    amount = postings.c.amount
    query = select(
        postings.c.ledger_account,
        postings.c.currency,
        func.sum(case((amount > 0, amount), else_=0)).label("debits"),
        func.sum(case((amount < 0, amount), else_=0)).label("credits"),
    )
    counted = select(func.count()).select_from(entries)
    if before is not None:
        query = query.join(entries, entries.c.id == postings.c.entry_id).where(entries.c.time < before)
        counted = counted.where(entries.c.time < before)
    groups = (postings.c.ledger_account, postings.c.currency)
    lines = [
        Line(row.ledger_account, row.currency, int(row.debits), int(row.credits))
        for row in uow.rows(query.group_by(*groups).order_by(*groups))
    ]
    ((count,),) = uow.rows(counted)
    return lines, count


def wrong_balances(uow: UnitOfWork) -> int:
    """How many accounts' stored balances are not what their postings add up to."""
    summed = (
        select(postings.c.account_id, func.sum(postings.c.amount).label("total"))
        .where(postings.c.ledger_account == RECEIVABLES)
        .group_by(postings.c.account_id)
        .subquery()
    )
    query = (
        select(func.count())
        .select_from(accounts.outerjoin(summed, summed.c.account_id == accounts.c.id, full=True))
        .where(func.coalesce(accounts.c.balance, 0) != func.coalesce(summed.c.total, 0))
    )
    ((count,),) = uow.rows(query)
    return int(count)


def all_balances(uow: UnitOfWork) -> dict[Place, int]:
    """What every place of the ledger adds up to; places at zero are left out."""
    places = (postings.c.ledger_account, postings.c.account_id, postings.c.currency)
    rows = uow.rows(select(*places, func.sum(postings.c.amount).label("total")).group_by(*places))
    return {Place(r.ledger_account, r.account_id, r.currency): int(r.total) for r in rows if r.total}
