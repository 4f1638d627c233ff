"""Banks see their own payments and events, account managers the accounts of their own customers (P4)."""

from pathlib import Path

import grpc
import pytest

from billing.bootstrap import service
from hearthline.billing.v1 import accounts_pb2, banks_pb2, payments_pb2
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline.billing.v1.banks_pb2_grpc import BankServiceStub
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceStub
from tests.billing.running import CCB, ICBC, Billing
from tests.support.identities import Guarded, answer
from tests.support.running import Starter

OUTSIDE = grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"


class Office:
    """Two accounts with a charge, a payment by each of two banks, an event of each that was set aside, and callers."""

    def __init__(self, start: Starter, folder: Path) -> None:
        billing = Billing(start)
        billing.register(ICBC, CCB)
        for account, bank in (("a1", ICBC), ("a2", CCB)):
            billing.open(account)
            billing.charge(500, f"accounts/{account}")
            billing.deliver(
                bank.payment(f"r-{account}", f"accounts/{account}"), bank.payment("bad", f"accounts/{account}", "-1")
            )
        self.payments = {payment.bank: payment.name for payment in billing.listed_payments()}
        self.events = {event.bank: event.name for event in billing.quarantined()}
        assert self.payments.keys() == self.events.keys() == {"banks/icbc", "banks/ccb"}
        self.guarded = Guarded(start, service, billing.running, folder)

    def bank(self, *banks: str) -> grpc.Channel:
        return self.guarded.channel("bank/icbc", "bank", banks=list(banks))

    def manager(self, *customers: str) -> grpc.Channel:
        return self.guarded.channel("staff/1", "account_manager", customers=list(customers))


@pytest.fixture
def office(start: Starter, tmp_path: Path) -> Office:
    return Office(start, tmp_path)


def payments(channel: grpc.Channel, filter: str = "") -> list[str]:
    request = payments_pb2.ListPaymentsRequest(filter=filter)
    return [payment.name for payment in PaymentServiceStub(channel).ListPayments(request).payments]


def test_a_bank_sees_its_own(office: Office) -> None:
    icbc = office.bank("banks/icbc")
    events = PaymentServiceStub(icbc).ListQuarantinedEvents(payments_pb2.ListQuarantinedEventsRequest())
    assert payments(icbc) == [office.payments["banks/icbc"]]
    assert [event.name for event in events.quarantined_events] == [office.events["banks/icbc"]]
    assert [b.name for b in BankServiceStub(icbc).ListBanks(banks_pb2.ListBanksRequest()).banks] == ["banks/icbc"]
    assert answers(icbc, office, "banks/icbc") == [None, None, None]


def test_a_bank_sees_nothing_of_another(office: Office) -> None:
    icbc = office.bank("banks/icbc")
    assert payments(icbc, 'bank = "banks/ccb"') == []
    assert answers(icbc, office, "banks/ccb") == [OUTSIDE, OUTSIDE, OUTSIDE]


def test_a_bank_has_no_business_with_accounts(office: Office) -> None:
    stub = AccountServiceStub(office.bank("banks/icbc"))
    refusal = grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING"
    assert answer(lambda: stub.ListAccounts(accounts_pb2.ListAccountsRequest())) == refusal


@pytest.mark.parametrize(("customer", "other"), [("a1", "a2"), ("a2", "a1")])
def test_an_account_manager_sees_the_money_of_own_customers(office: Office, customer: str, other: str) -> None:
    channel = office.manager(f"customers/{customer}")
    stub = AccountServiceStub(channel)
    charges = stub.ListCharges(accounts_pb2.ListChargesRequest()).charges
    assert [a.name for a in stub.ListAccounts(accounts_pb2.ListAccountsRequest()).accounts] == [f"accounts/{customer}"]
    assert [charge.customer for charge in charges] == [f"customers/{customer}"]
    assert len(payments(channel)) == 1
    assert answer(lambda: stub.GetCharge(accounts_pb2.GetChargeRequest(name=charges[0].name))) is None
    own, foreign = (accounts_pb2.GetAccountRequest(name=f"accounts/{name}") for name in (customer, other))
    assert answer(lambda: stub.GetAccount(own)) is None
    assert answer(lambda: stub.GetAccount(foreign)) == OUTSIDE


def answers(channel: grpc.Channel, office: Office, bank: str) -> list[object]:
    """How a bank, its payment and its event are told, or refused."""
    stub = PaymentServiceStub(channel)
    return [
        answer(lambda: BankServiceStub(channel).GetBank(banks_pb2.GetBankRequest(name=bank))),
        answer(lambda: stub.GetPayment(payments_pb2.GetPaymentRequest(name=office.payments[bank]))),
        answer(lambda: stub.GetQuarantinedEvent(payments_pb2.GetQuarantinedEventRequest(name=office.events[bank]))),
    ]
