"""The one place where the parts of the billing service are put together."""

from functools import partial
from pathlib import Path

from billing.api.accounts import AccountApi
from billing.api.banks import BankApi
from billing.api.ledger import LedgerApi
from billing.api.payments import PaymentApi
from billing.events import BANKS, subscriptions
from billing.handlers.bank_records import give_up_waiting
from billing.handlers.verdicts import WAIT
from billing.metrics import GAUGES, counts
from billing.personal_data import HOLDINGS
from billing.settings import Settings
from billing.store import metadata
from hearthline.billing.v1 import accounts_pb2, banks_pb2, ledger_pb2, payments_pb2
from hearthline.billing.v1.accounts_pb2_grpc import add_AccountServiceServicer_to_server
from hearthline.billing.v1.banks_pb2_grpc import add_BankServiceServicer_to_server
from hearthline.billing.v1.ledger_pb2_grpc import add_LedgerServiceServicer_to_server
from hearthline.billing.v1.payments_pb2_grpc import add_PaymentServiceServicer_to_server
from servicekit.personal_data import Keeper
from servicekit.service import Service


def service(settings: Settings | None = None) -> Service:
    """The billing service with these settings, or those of the environment."""
    settings = settings or Settings()
    keeper = Keeper("billing", HOLDINGS, settings.export_retention)
    accounts = partial(
        AccountApi,
        currency=settings.currency,
        base_percent=settings.suspension_base_percent,
        time_zone=settings.time_zone,
    )
    return Service(
        name="billing",
        settings=settings,
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        servicers=[
            (add_AccountServiceServicer_to_server, accounts),
            (add_PaymentServiceServicer_to_server, PaymentApi),
            (add_LedgerServiceServicer_to_server, LedgerApi),
            (add_BankServiceServicer_to_server, partial(BankApi, configured=frozenset(settings.bank_ids()))),
        ],
        descriptors=[accounts_pb2.DESCRIPTOR, payments_pb2.DESCRIPTOR, ledger_pb2.DESCRIPTOR, banks_pb2.DESCRIPTOR],
        subscriptions=[*subscriptions(settings.bank_ids(), settings.currency), keeper.subscription],
        lanes={BANKS: settings.bank_threads},
        timers={WAIT: give_up_waiting, **keeper.timers},
        counts=counts(settings.bank_ids()),
        gauges=GAUGES,
    )
