"""Which topics the billing service reads, and what handles each fact."""

from collections.abc import Sequence

from billing.domain.bank import payments_topic
from billing.handlers.accounts import AccountOpening
from billing.handlers.bank_records import BankRecords
from hearthline.customers.v1.events_pb2 import ServiceAgreementStarted
from servicekit.subscriptions import Subscription


def subscriptions(banks: Sequence[str], currency: str) -> list[Subscription]:
    """The customers' facts, and every bank's topic as it comes."""
    opening, records = AccountOpening(currency), BankRecords()
    return [
        Subscription(
            consumer="billing.accounts",
            topic="hearthline.customers.v1",
            handlers={ServiceAgreementStarted: opening.on_agreement_started},
        ),
        *(Subscription("billing.banks", payments_topic(bank), raw=records.on_record) for bank in banks),
    ]
