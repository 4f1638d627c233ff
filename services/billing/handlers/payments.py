"""Payments at the counter, and refunds (B1)."""

from dataclasses import dataclass, replace
from datetime import datetime

from billing.domain.money import Money
from billing.domain.payment import Payment, past_time
from billing.handlers import facts
from billing.handlers.posting import post
from billing.store.accounts import lock_known_account
from billing.store.payments import add_payment, get_payment, save_payment
from servicekit.errors import InvalidArgument
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class RecordPayment:
    """Money taken at the counter; without a time, now."""

    account_id: str
    payment_id: str
    amount: Money
    pay_time: datetime | None
    receipt_number: str


@dataclass(frozen=True, slots=True)
class RefundPayment:
    """A part of a payment to pay back."""

    payment_id: str
    etag: str
    amount: Money
    reason: str


def record_payment(uow: UnitOfWork, command: RecordPayment) -> Payment:
    command.amount.positive()
    account = lock_known_account(uow, command.account_id)
    if command.amount.currency != account.currency:
        rule = f"{account.name} is kept in {account.currency}"
        raise InvalidArgument("amount.currency_code", rule, reason="CURRENCY_MISMATCH")
    payment = Payment(
        id=command.payment_id or new_id(),
        account_id=account.id,
        customer=account.customer,
        amount=command.amount,
        pay_time=past_time(command.pay_time, uow.now, "pay_time") or uow.now,
        post_time=uow.now,
        entry_id=new_id(),
        receipt_number=command.receipt_number,
    )
    account = post(uow, account, payment.entry())
    add_payment(uow, payment)
    facts.payment_received(uow, payment, account)
    return uow.commit(payment)


def refund_payment(uow: UnitOfWork, command: RefundPayment) -> Payment:
    payment = get_payment(uow, command.payment_id)
    check_etag(payment.name, command.etag, payment.version)
    refunded = payment.refund(command.amount)
    account = lock_known_account(uow, payment.account_id)
    post(uow, account, payment.refund_entry(command.amount, new_id(), command.reason, uow.now))
    save_payment(uow, refunded)
    refunded = replace(refunded, version=payment.version + 1)
    facts.payment_refunded(uow, refunded, command.amount, command.reason)
    return uow.commit(refunded)
