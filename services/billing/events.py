"""Which topics the billing service reads, and what handles each fact."""

from collections.abc import Sequence

from billing.domain.bank import payments_topic
from billing.handlers.accounts import AccountOpening
from billing.handlers.bank_records import BankRecords
from hearthline.customers.v1.events_pb2 import ServiceAgreementStarted
from servicekit.subscriptions import Subscription

BANKS = "billing.banks"
"""The lane of the banks' consumers; and the one consumer of all banks that there was before each had its own."""


def subscriptions(banks: Sequence[str], currency: str) -> list[Subscription]:
    """The customers' facts, and every bank's topic as it comes, by a consumer of that bank's own."""
    opening = AccountOpening(currency)
    return [
        Subscription(
            consumer="billing.accounts",
            topic="hearthline.customers.v1",
            handlers={ServiceAgreementStarted: opening.on_agreement_started},
        ),
        *map(_of_bank, banks),
    ]


def _of_bank(bank: str) -> Subscription:
    """Whatever one bank sends, the others do not notice."""
    records = BankRecords()
    return Subscription(
        consumer=f"{BANKS}.{bank}",
        topic=payments_topic(bank),
        raw=records.on_record,
        unreadable=records.on_unreadable,
        succeeds=BANKS,
        lane=BANKS,
    )
