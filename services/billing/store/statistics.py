"""What came in during a period, counted by the database (B2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from billing.domain.money import Money
from billing.domain.payment import PaymentState
from billing.store.tables import bank_records, payments
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Span:
    """From `start` on and before `end`; an empty side is open."""

    start: datetime | None
    end: datetime | None

    def holds(self, column: ColumnElement[Any]) -> list[ColumnElement[bool]]:
        """The conditions on a column of instants."""
        first = [column >= self.start] if self.start else []
        return first + ([column < self.end] if self.end else [])


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How many records of a bank ended in a state, for a reason."""

    bank: str
    state: str
    reason: str
    late: bool
    number: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All counts of a period."""

    records: Sequence[RecordCount]
    totals: Sequence[Money]
    payments: int
    counter_payments: int
    reversed_payments: int


def statistics(uow: UnitOfWork, span: Span) -> Statistics:
    """Records by when they were received, payments by when they were posted."""
    groups = (bank_records.c.bank_id, bank_records.c.state, bank_records.c.reason, bank_records.c.late)
    query = select(*groups, func.count().label("number")).where(*span.holds(bank_records.c.receive_time))
    records = [RecordCount(*row) for row in uow.rows(query.group_by(*groups).order_by(*groups))]
    standing = payments.c.state != PaymentState.REVERSED.value
    sums = (
        select(
            payments.c.currency,
            func.coalesce(func.sum(payments.c.amount).filter(standing), 0),
            func.count(),
            func.count().filter(payments.c.bank_id == ""),
            func.count().filter(~standing),
        )
        .where(*span.holds(payments.c.post_time))
        .group_by(payments.c.currency)
        .order_by(payments.c.currency)
    )
    rows = uow.rows(sums)
    return Statistics(
        records=records,
        totals=[Money(int(total), currency) for currency, total, *_ in rows],
        payments=sum(row[2] for row in rows),
        counter_payments=sum(row[3] for row in rows),
        reversed_payments=sum(row[4] for row in rows),
    )
