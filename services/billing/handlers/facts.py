"""The facts that billing publishes."""

from billing.domain.account import Account
from billing.domain.charge import Charge
from billing.domain.money import Money
from billing.domain.payment import Payment
from billing.store.names import name_of
from hearthline.billing.v1 import events_pb2 as pb
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork


def minor_units(money: Money) -> pb.MinorUnits:
    """Money as messages have it."""
    return pb.MinorUnits(amount=money.amount, currency_code=money.currency)


def account_opened(uow: UnitOfWork, account: Account) -> None:
    fact = pb.AccountOpened(
        account=account.name,
        customer=account.customer,
        premises=account.premises,
        service_agreement=account.service_agreement,
        open_time=to_timestamp(account.open_time),
    )
    uow.emit(fact, account.name, account.version)


def charge_posted(uow: UnitOfWork, charge: Charge) -> None:
    fact = pb.ChargePosted(
        charge=charge.name,
        account=name_of("accounts", charge.account_id),
        customer=charge.customer,
        amount=minor_units(charge.amount),
        description=charge.description,
        post_time=to_timestamp(charge.post_time),
    )
    uow.emit(fact, charge.name, charge.version)


def charge_reduced(uow: UnitOfWork, charge: Charge, amount: Money, reason: str) -> None:
    fact = pb.ChargeReduced(
        charge=charge.name,
        account=name_of("accounts", charge.account_id),
        customer=charge.customer,
        amount=minor_units(amount),
        reason=reason,
        reduce_time=to_timestamp(uow.now),
    )
    uow.emit(fact, charge.name, charge.version)


def payment_received(uow: UnitOfWork, payment: Payment, account: Account) -> None:
    fact = pb.PaymentReceived(
        payment=payment.name,
        account=account.name,
        customer=payment.customer,
        amount=minor_units(payment.amount),
        bank=name_of("banks", payment.bank),
        bank_reference=payment.bank_reference,
        balance=minor_units(account.balance),
        pay_time=to_timestamp(payment.pay_time),
        post_time=to_timestamp(payment.post_time),
    )
    uow.emit(fact, payment.name, payment.version)


def payment_reversed(uow: UnitOfWork, payment: Payment, account: Account) -> None:
    fact = pb.PaymentReversed(
        payment=payment.name,
        account=name_of("accounts", payment.account_id),
        customer=payment.customer,
        amount=minor_units(payment.amount),
        bank=name_of("banks", payment.bank),
        bank_reference=payment.bank_reference,
        reverse_time=to_timestamp(payment.reverse_time),
        refunded=minor_units(payment.refunds) if payment.refunded else None,
        balance=minor_units(account.balance),
    )
    uow.emit(fact, payment.name, payment.version)


def payment_refunded(uow: UnitOfWork, payment: Payment, amount: Money, reason: str) -> None:
    fact = pb.PaymentRefunded(
        payment=payment.name,
        account=name_of("accounts", payment.account_id),
        customer=payment.customer,
        amount=minor_units(amount),
        reason=reason,
        refund_time=to_timestamp(uow.now),
    )
    uow.emit(fact, payment.name, payment.version)


def account_suspended(uow: UnitOfWork, account: Account, credit: Money, reason: str) -> None:
    fact = pb.AccountSuspended(
        account=account.name,
        customer=account.customer,
        credit=minor_units(credit),
        reason=reason,
        suspend_time=to_timestamp(uow.now),
    )
    uow.emit(fact, account.name, account.version)


def account_resumed(uow: UnitOfWork, account: Account, charge: Money, reason: str) -> None:
    fact = pb.AccountResumed(
        account=account.name,
        customer=account.customer,
        charge=minor_units(charge),
        reason=reason,
        resume_time=to_timestamp(uow.now),
    )
    uow.emit(fact, account.name, account.version)
