"""B1 on the running service: accounts, charges, payments and refunds, and the ledger behind them."""

from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from google.type.date_pb2 import Date

from hearthline.billing.v1 import accounts_pb2, events_pb2, ledger_pb2, payments_pb2
from servicekit.times import instant
from tests.billing.running import Billing, agreement_started, cny
from tests.support.running import MORNING, Starter

SEASON = accounts_pb2.Period(start_date=Date(year=2025, month=10, day=20), end_date=Date(year=2026, month=4, day=6))


@pytest.fixture
def billing(start: Starter) -> Billing:
    return Billing(start)


def test_a_service_agreement_opens_its_account(billing: Billing) -> None:
    billing.deliver(agreement_started("a1", "c1"))
    account = billing.accounts.GetAccount(accounts_pb2.GetAccountRequest(name="accounts/a1"))
    [fact] = billing.published(events_pb2.AccountOpened)
    assert (account.customer, account.premises, account.commodity) == ("customers/c1", "premises/p1", "heat")
    assert (account.service_agreement, account.state) == ("serviceAgreements/a1", accounts_pb2.Account.STATE_OPEN)
    assert (account.balance, instant(account.open_time)) == (cny(0), MORNING)
    assert (fact.account, fact.customer, fact.service_agreement) == (
        account.name,
        account.customer,
        "serviceAgreements/a1",
    )


def test_the_same_agreement_opens_one_account_however_often_it_is_told(billing: Billing) -> None:
    billing.deliver(agreement_started("a1", "c1"), agreement_started("a1", "c1"), agreement_started("a2", "c1"))
    mine = billing.accounts.ListAccounts(accounts_pb2.ListAccountsRequest(filter='customer = "customers/c1"'))
    assert sorted(account.name for account in mine.accounts) == ["accounts/a1", "accounts/a2"]
    assert len(billing.published(events_pb2.AccountOpened)) == 2


def test_an_account_opened_at_the_counter_stays_the_agreements_account(billing: Billing) -> None:
    billing.open("mine", service_agreement="serviceAgreements/a1")
    billing.deliver(agreement_started("a1", "c1"))
    assert [a.name for a in billing.accounts.ListAccounts(accounts_pb2.ListAccountsRequest()).accounts] == [
        "accounts/mine"
    ]


def test_a_charge_is_owed_and_a_payment_pays_it(billing: Billing) -> None:
    billing.open()
    charge = billing.charge(2_000_00, kind=accounts_pb2.Charge.KIND_SEASON, period=SEASON)
    payment = billing.pay(1_500_00, receipt_number="R-1")
    assert billing.balance() == 500_00
    assert [(p.kind, p.subject, p.amount.amount, p.balance.amount) for p in billing.postings()] == [
        ("CHARGE", charge.name, 2_000_00, 2_000_00),
        ("PAYMENT", payment.name, -1_500_00, 500_00),
    ]
    [posted] = billing.published(events_pb2.ChargePosted)
    [received] = billing.published(events_pb2.PaymentReceived)
    assert (posted.charge, posted.amount, posted.description) == (charge.name, cny(2_000_00), "work")
    assert (received.payment, received.bank, received.balance) == (payment.name, "", cny(500_00))


def test_a_metered_charge_is_quantity_times_price_rounded_once(billing: Billing) -> None:
    billing.open()
    usage = accounts_pb2.Usage(quantity="12.345", unit="GJ", unit_price="35.5")
    request = accounts_pb2.PostChargeRequest(
        account="accounts/a1", kind=accounts_pb2.Charge.KIND_METERED, usage=usage, description="January", period=SEASON
    )
    charge = billing.accounts.PostCharge(request)
    assert (charge.amount, charge.usage) == (cny(438_25), usage)
    assert billing.balance() == 438_25


def test_a_refund_pays_back_at_most_what_was_paid(billing: Billing) -> None:
    billing.open()
    payment = billing.pay(100_00)
    refund = payments_pb2.RefundPaymentRequest(name=payment.name, amount=cny(40_00), reason="paid twice")
    assert billing.payments.RefundPayment(refund).state == payments_pb2.Payment.STATE_POSTED
    assert billing.balance() == -60_00
    refund.amount.amount = 60_01
    with pytest.raises(grpc.RpcError, match=r"only 60\.00 CNY of it is left"):
        billing.payments.RefundPayment(refund)
    refund.amount.amount = 60_00
    assert billing.payments.RefundPayment(refund).state == payments_pb2.Payment.STATE_REFUNDED
    assert billing.balance() == 0
    assert [fact.amount.amount for fact in billing.published(events_pb2.PaymentRefunded)] == [40_00, 60_00]


def test_a_reduction_takes_back_at_most_what_stands_of_a_charge(billing: Billing) -> None:
    billing.open()
    charge = billing.charge(100_00)
    request = accounts_pb2.ReduceChargeRequest(name=charge.name, amount=cny(30_00), reason="hardship", etag=charge.etag)
    reduced = billing.accounts.ReduceCharge(request)
    assert (reduced.reduced, billing.balance()) == (cny(30_00), 70_00)
    with pytest.raises(grpc.RpcError) as stale:
        billing.accounts.ReduceCharge(request)
    assert stale.value.code() is grpc.StatusCode.ABORTED
    request.etag = ""
    request.amount.amount = 70_01
    with pytest.raises(grpc.RpcError) as too_much:
        billing.accounts.ReduceCharge(request)
    assert too_much.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert billing.balance() == 70_00


def test_a_suspension_credits_the_days_left_and_a_resumption_charges_them_again(billing: Billing) -> None:
    billing.open()
    charge = billing.charge(1_680_00, kind=accounts_pb2.Charge.KIND_SEASON, period=SEASON)
    suspend = accounts_pb2.SuspendAccountRequest(name="accounts/a1", reason="moved south for the winter")
    # 168 days, 81 left on 15 January: 1,680.00 x 81/168 x 80 % = 648.00
    suspended = billing.accounts.SuspendAccount(suspend)
    assert (suspended.state, suspended.balance) == (accounts_pb2.Account.STATE_SUSPENDED, cny(1_032_00))
    with pytest.raises(grpc.RpcError, match="suspended already"):
        billing.accounts.SuspendAccount(suspend)
    with pytest.raises(grpc.RpcError, match="takes no season"):
        billing.charge(1, kind=accounts_pb2.Charge.KIND_SEASON, period=SEASON)
    billing.starter.advance(timedelta(days=31))
    resume = accounts_pb2.ResumeAccountRequest(name="accounts/a1", reason="back", etag=suspended.etag)
    # 50 days left: 1,680.00 x 50/168 x 80 % = 400.00
    resumed = billing.accounts.ResumeAccount(resume)
    assert (resumed.state, resumed.balance) == (accounts_pb2.Account.STATE_OPEN, cny(1_432_00))
    assert billing.balance() == 1_432_00
    seen = billing.accounts.GetCharge(accounts_pb2.GetChargeRequest(name=charge.name))
    assert seen.suspended == cny(248_00)
    assert [p.kind for p in billing.postings()] == ["CHARGE", "SUSPENSION", "RESUMPTION"]


def test_five_hundred_charges_are_posted_at_once(billing: Billing) -> None:
    for n in range(3):
        billing.open(f"a{n}")
    requests = [
        accounts_pb2.PostChargeRequest(
            account=f"accounts/a{n % 3}",
            charge_id=f"import-{n}",
            kind=accounts_pb2.Charge.KIND_SERVICE,
            amount=cny(n + 1),
            description=f"row {n}",
        )
        for n in range(500)
    ]
    request = accounts_pb2.BatchPostChargesRequest(requests=requests, request_id=str(uuid4()))
    answer = billing.accounts.BatchPostCharges(request)
    assert billing.accounts.BatchPostCharges(request) == answer
    assert [charge.name for charge in answer.charges] == [f"charges/import-{n}" for n in range(500)]
    assert sum(billing.balance(f"accounts/a{n}") for n in range(3)) == sum(range(501))
    assert billing.trial_balance().entry_count == 500


def test_a_batch_with_one_wrong_row_posts_nothing_and_names_the_row(billing: Billing) -> None:
    billing.open()
    good = accounts_pb2.PostChargeRequest(
        account="accounts/a1", kind=accounts_pb2.Charge.KIND_SERVICE, amount=cny(1), description="x"
    )
    wrong = accounts_pb2.PostChargeRequest()
    wrong.CopyFrom(good)
    wrong.amount.currency_code = "USD"
    with pytest.raises(grpc.RpcError, match=r"requests\[1\].amount.currency_code: accounts/a1 is kept in CNY"):
        billing.accounts.BatchPostCharges(accounts_pb2.BatchPostChargesRequest(requests=[good, wrong]))
    assert billing.balance() == 0


def test_postings_come_in_pages_and_the_running_balance_goes_on(billing: Billing) -> None:
    billing.open()
    for fen in range(1, 6):
        billing.charge(fen)
    pages, token = [], ""
    while True:
        request = ledger_pb2.ListPostingsRequest(parent="accounts/a1", page_size=2, page_token=token)
        page = billing.ledger.ListPostings(request)
        pages.append([posting.balance.amount for posting in page.postings])
        token = page.next_page_token
        if not token:
            break
    assert pages == [[1, 3], [6, 10], [15]]
    assert [p.balance.amount for p in billing.postings(filter="amount >= 4")] == [10, 15]
    assert [p.amount.amount for p in billing.postings("ledgerAccounts/revenue-heat")] == [-1, -2, -3, -4, -5]


def test_the_trial_balance_names_every_ledger_account_and_sums_to_zero(billing: Billing) -> None:
    billing.open()
    billing.charge(100_00)
    billing.pay(30_00)
    found = billing.trial_balance()
    assert {line.ledger_account: line.balance.amount for line in found.lines} == {
        "ledgerAccounts/cash": 30_00,
        "ledgerAccounts/receivables": 70_00,
        "ledgerAccounts/revenue-heat": -100_00,
    }
    assert (list(found.totals), found.entry_count, found.balanced) == ([cny(0)], 2, True)


def test_the_balance_of_an_earlier_instant_can_be_asked_for(billing: Billing) -> None:
    billing.open()
    billing.charge(100)
    billing.starter.advance(timedelta(days=1))
    billing.charge(11)
    request = ledger_pb2.GetBalanceRequest(name="accounts/a1")
    request.before_time.FromDatetime(MORNING + timedelta(hours=1))
    assert [amount.amount for amount in billing.ledger.GetBalance(request).amounts] == [100]


def test_a_repeated_call_charges_once(billing: Billing) -> None:
    billing.open()
    request_id = str(uuid4())
    assert billing.charge(100, request_id=request_id) == billing.charge(100, request_id=request_id)
    assert billing.balance() == 100


def test_the_database_refuses_to_change_the_ledger(billing: Billing) -> None:
    billing.open()
    billing.charge(100)
    for change in ("UPDATE postings SET amount = 1", "DELETE FROM postings", "DELETE FROM entries"):
        with (
            billing.running.kit.connect().sql as connection,
            pytest.raises(Exception, match="the ledger is not changed"),
        ):
            connection.exec_driver_sql(change)
