"""Payments in rows."""

from sqlalchemy import select

from billing.domain.money import Money
from billing.domain.payment import Payment, PaymentState
from billing.store.names import id_of, name_of
from billing.store.tables import payments
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

PAYMENTS = Listing(
    select(payments),
    {
        "account": payments.c.account_id,
        "customer": payments.c.customer_id,
        "bank": payments.c.bank_id,
        "bank_reference": payments.c.bank_reference,
        "state": payments.c.state,
        "amount": payments.c.amount,
        "pay_time": payments.c.pay_time,
        "post_time": payments.c.post_time,
    },
    key=payments.c.id,
    resource={"account": "accounts", "customer": "customers", "bank": "banks"},
    enums={"state": PaymentState},
    order_by="post_time",
    owners={"customer": payments.c.customer_id, "bank": payments.c.bank_id},
)


def get_payment(uow: UnitOfWork, payment_id: str) -> Payment:
    """A payment; NotFound when there is none."""
    row = uow.get(payments, payment_id)
    if row is None:
        raise NotFound(f"payments/{payment_id}")
    return payment_of(row)


def add_payment(uow: UnitOfWork, payment: Payment) -> None:
    """Stores a new payment; AlreadyExists at commit when its id or bank reference is taken."""
    row = {
        "id": payment.id,
        "account_id": payment.account_id,
        "customer_id": id_of(payment.customer),
        "amount": payment.amount.amount,
        "currency": payment.amount.currency,
        "bank_id": payment.bank,
        "bank_reference": payment.bank_reference,
        "receipt_number": payment.receipt_number,
        "state": payment.state.value,
        "refunded": payment.refunded,
        "entry_id": payment.entry_id,
        "pay_time": payment.pay_time,
        "post_time": payment.post_time,
        "reverse_time": payment.reverse_time,
        "version": payment.version,
    }
    uow.insert(payments, row)


def save_payment(uow: UnitOfWork, payment: Payment) -> None:
    """Stores a changed payment that was read at `payment.version`."""
    changes = {
        "state": payment.state.value,
        "refunded": payment.refunded,
        "reverse_time": payment.reverse_time,
    }
    uow.update(payments, {"id": payment.id}, changes, version=payment.version)


def payment_of(row: AnyRow) -> Payment:
    """The payment that a row holds."""
    return Payment(
        id=row.id,
        account_id=row.account_id,
        customer=name_of("customers", row.customer_id),
        amount=Money(row.amount, row.currency),
        pay_time=row.pay_time,
        post_time=row.post_time,
        entry_id=row.entry_id,
        bank=row.bank_id,
        bank_reference=row.bank_reference,
        receipt_number=row.receipt_number,
        state=PaymentState(row.state),
        refunded=row.refunded,
        reverse_time=row.reverse_time,
        version=row.version,
    )
