"""A running billing service for a test, with banks and the facts of other services at hand."""

import json
from typing import Any

from google.protobuf.message import Message

from billing.bootstrap import service
from billing.domain.ledger import Place
from billing.store.ledger import all_balances
from hearthline.billing.v1 import accounts_pb2, banks_pb2, ledger_pb2, payments_pb2
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline.billing.v1.banks_pb2_grpc import BankServiceStub
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.billing.v1.ledger_pb2_grpc import LedgerServiceStub
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceStub
from hearthline.customers.v1.events_pb2 import ServiceAgreementStarted
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from tests.billing.signing import BankSide
from tests.support.running import MORNING, Starter, fact, settle

ICBC, CCB, ABC = BankSide("icbc"), BankSide("ccb"), BankSide("abc")


class Billing:
    """The service with its stubs, and what a test does with it again and again."""

    def __init__(self, start: Starter) -> None:
        self.starter = start
        self.running = start(service)
        channel = self.running.channel
        self.accounts = AccountServiceStub(channel)
        self.payments = PaymentServiceStub(channel)
        self.ledger = LedgerServiceStub(channel)
        self.banks = BankServiceStub(channel)

    def register(self, *banks: BankSide) -> None:
        for bank in banks:
            resource = banks_pb2.Bank(display_name=bank.id.upper(), keys=[bank.key])
            self.banks.CreateBank(banks_pb2.CreateBankRequest(bank_id=bank.id, bank=resource))

    def open(self, account_id: str = "a1", **fields: Any) -> accounts_pb2.Account:
        request = accounts_pb2.CreateAccountRequest(
            account_id=account_id, commodity="heat", **{"customer": f"customers/{account_id}", **fields}
        )
        return self.accounts.CreateAccount(request)

    def charge(self, fen: int, account: str = "accounts/a1", **fields: Any) -> accounts_pb2.Charge:
        request = accounts_pb2.PostChargeRequest(
            account=account,
            amount=cny(fen),
            **{"kind": accounts_pb2.Charge.KIND_SERVICE, "description": "work", **fields},
        )
        return self.accounts.PostCharge(request)

    def pay(self, fen: int, account: str = "accounts/a1", **fields: Any) -> payments_pb2.Payment:
        return self.payments.RecordPayment(
            payments_pb2.RecordPaymentRequest(account=account, amount=cny(fen), **fields)
        )

    def deliver(self, *records: Record) -> None:
        """Hands records to the consumers, and waits until all that follows is done."""
        self.running.deliver(records)
        settle([self.running])

    def balance(self, account: str = "accounts/a1") -> int:
        """In fen, as the account says it; the ledger must say the same."""
        found = self.accounts.GetAccount(accounts_pb2.GetAccountRequest(name=account)).balance.amount
        summed = self.ledger.GetBalance(ledger_pb2.GetBalanceRequest(name=account)).amounts
        assert [amount.amount for amount in summed] in ([found], [] if found == 0 else [found])
        assert self.trial_balance().balanced
        return int(found)

    def trial_balance(self) -> ledger_pb2.TrialBalance:
        return self.ledger.GetTrialBalance(ledger_pb2.GetTrialBalanceRequest())

    def postings(self, parent: str = "accounts/a1", **fields: Any) -> list[ledger_pb2.LedgerPosting]:
        return list(self.ledger.ListPostings(ledger_pb2.ListPostingsRequest(parent=parent, **fields)).postings)

    def places(self) -> dict[Place, int]:
        """Every balance of the ledger."""
        with self.running.kit.unit() as uow:
            return all_balances(uow)

    def quarantined(self, filter: str = "") -> list[payments_pb2.QuarantinedEvent]:
        request = payments_pb2.ListQuarantinedEventsRequest(filter=filter, page_size=1000)
        return list(self.payments.ListQuarantinedEvents(request).quarantined_events)

    def reasons(self) -> list[str]:
        return [event.reason for event in self.quarantined()]

    def listed_payments(self, filter: str = "") -> list[payments_pb2.Payment]:
        return list(
            self.payments.ListPayments(payments_pb2.ListPaymentsRequest(filter=filter, page_size=1000)).payments
        )

    def statistics(self, bank: str = "banks/icbc") -> payments_pb2.BankStatistics:
        found = self.payments.GetPaymentStatistics(payments_pb2.GetPaymentStatisticsRequest()).banks
        return next(each for each in found if each.bank == bank)

    def replies(self, bank: str = "icbc") -> list[tuple[str, str]]:
        """What the bank was answered: (type, reference or reason of a rejection)."""
        told = [(reply["type"].rpartition(".")[2], reply["data"]) for reply in self.whole_replies(bank)]
        return [(kind, data["reason"] or data["bank_reference"]) for kind, data in told]

    def whole_replies(self, bank: str = "icbc") -> list[dict[str, Any]]:
        records = self.starter.eventlog.read(f"hearthline.bank.{bank}.replies.v1", 10_000)
        return [json.loads(record.value) for record in records]

    def published(self, kind: type[Message]) -> list[Any]:
        """The facts of this kind that the service has published, oldest first."""
        records = self.starter.eventlog.read("hearthline.billing.v1", 10_000)
        chosen = [r for r in records if r.headers["ce_type"] == kind.DESCRIPTOR.full_name]
        return [kind.FromString(r.value) for r in chosen]


def cny(fen: int) -> MinorUnits:
    return MinorUnits(amount=fen, currency_code="CNY")


def agreement_started(agreement: str = "a1", customer: str = "c1", id: str = "") -> Record:
    message = ServiceAgreementStarted(
        service_agreement=f"serviceAgreements/{agreement}",
        customer=f"customers/{customer}",
        premises="premises/p1",
        service_point="servicePoints/s1",
        commodity="heat",
        start_time=to_timestamp(MORNING),
    )
    return fact(message, "customers", f"serviceAgreements/{agreement}", 1, MORNING, id)
