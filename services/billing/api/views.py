"""Resources as their callers see them."""

from billing.api.money import money_to_proto, period_to_proto, usage_to_proto
from billing.domain.account import Account
from billing.domain.bank import Bank, BankKey
from billing.domain.bank_record import BankRecord
from billing.domain.charge import Charge
from billing.domain.money import Money
from billing.domain.payment import Payment
from billing.store.names import name_of
from hearthline.billing.v1 import accounts_pb2, banks_pb2, payments_pb2
from servicekit.etags import etag
from servicekit.times import to_timestamp


def account_to_proto(account: Account) -> accounts_pb2.Account:
    return accounts_pb2.Account(
        name=account.name,
        customer=account.customer,
        premises=account.premises,
        service_agreement=account.service_agreement,
        commodity=account.commodity,
        state=accounts_pb2.Account.State.Value(f"STATE_{account.state}"),
        balance=money_to_proto(account.balance),
        open_time=to_timestamp(account.open_time),
        suspend_time=to_timestamp(account.suspend_time),
        create_time=to_timestamp(account.create_time),
        update_time=to_timestamp(account.update_time),
        etag=etag(account.version),
    )


def charge_to_proto(charge: Charge) -> accounts_pb2.Charge:
    currency = charge.amount.currency
    return accounts_pb2.Charge(
        name=charge.name,
        account=name_of("accounts", charge.account_id),
        customer=charge.customer,
        kind=accounts_pb2.Charge.Kind.Value(f"KIND_{charge.kind}"),
        amount=money_to_proto(charge.amount),
        reduced=money_to_proto(Money(charge.reduced, currency)),
        suspended=money_to_proto(Money(charge.suspended, currency)),
        description=charge.description,
        period=period_to_proto(charge.period) if charge.period else None,
        usage=usage_to_proto(charge.usage) if charge.usage else None,
        due_time=to_timestamp(charge.due_time),
        post_time=to_timestamp(charge.post_time),
        entry=name_of("entries", charge.entry_id),
        etag=etag(charge.version),
    )


def payment_to_proto(payment: Payment) -> payments_pb2.Payment:
    return payments_pb2.Payment(
        name=payment.name,
        account=name_of("accounts", payment.account_id),
        customer=payment.customer,
        amount=money_to_proto(payment.amount),
        refunded=money_to_proto(Money(payment.refunded, payment.amount.currency)),
        state=payments_pb2.Payment.State.Value(f"STATE_{payment.state}"),
        bank=name_of("banks", payment.bank),
        bank_reference=payment.bank_reference,
        receipt_number=payment.receipt_number,
        pay_time=to_timestamp(payment.pay_time),
        post_time=to_timestamp(payment.post_time),
        reverse_time=to_timestamp(payment.reverse_time),
        entry=name_of("entries", payment.entry_id),
        etag=etag(payment.version),
    )


def record_to_proto(record: BankRecord) -> payments_pb2.QuarantinedEvent:
    return payments_pb2.QuarantinedEvent(
        name=record.name,
        state=payments_pb2.QuarantinedEvent.State.Value(f"STATE_{record.verdict.state}"),
        bank=name_of("banks", record.bank),
        bank_reference=record.bank_reference,
        reason=record.verdict.reason,
        detail=record.verdict.detail,
        content=record.content,
        signature=record.jws,
        record=record.place,
        receive_time=to_timestamp(record.receive_time),
        judge_time=to_timestamp(record.judge_time),
        etag=etag(record.version),
    )


def bank_to_proto(bank: Bank) -> banks_pb2.Bank:
    return banks_pb2.Bank(
        name=bank.name,
        display_name=bank.display_name,
        keys=[_key(key) for key in bank.keys],
        payments_topic=bank.payments_topic,
        replies_topic=bank.replies_topic,
        create_time=to_timestamp(bank.create_time),
        update_time=to_timestamp(bank.update_time),
        etag=etag(bank.version),
    )


def _key(key: BankKey) -> banks_pb2.BankKey:
    return banks_pb2.BankKey(
        kid=key.kid,
        jwk=key.jwk,
        valid_from_time=to_timestamp(key.valid_from),
        valid_to_time=to_timestamp(key.valid_to),
    )
