"""Bad input over gRPC: each with a clear error, none of them INTERNAL."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.json_format import ParseDict, ParseError
from google.protobuf.timestamp_pb2 import Timestamp
from google.type.date_pb2 import Date

from hearthline.billing.v1 import accounts_pb2, banks_pb2, ledger_pb2, payments_pb2
from hearthline.billing.v1.events_pb2 import MinorUnits
from tests.billing.running import ICBC, Billing, cny
from tests.billing.signing import BankSide
from tests.support.running import Starter

INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND
ALREADY = grpc.StatusCode.ALREADY_EXISTS
PRECONDITION = grpc.StatusCode.FAILED_PRECONDITION

Call = Callable[[Billing], Any]


@pytest.fixture(scope="module")
def billing(start_once: Starter) -> Billing:
    """One service for all: none of these calls changes anything."""
    billing = Billing(start_once)
    billing.register(ICBC)
    billing.open()
    billing.pay(100, payment_id="paid")
    billing.charge(100, charge_id="charged")
    return billing


def charge(**fields: Any) -> Call:
    return lambda b: b.charge(100, **fields)


def charge_of(amount: MinorUnits | None, **fields: Any) -> Call:
    whole = {"account": "accounts/a1", "kind": accounts_pb2.Charge.KIND_SERVICE, "description": "x", **fields}
    return lambda b: b.accounts.PostCharge(accounts_pb2.PostChargeRequest(amount=amount, **whole))


def metered(quantity: str, unit_price: str, amount: MinorUnits | None = None) -> Call:
    usage = accounts_pb2.Usage(quantity=quantity, unit="GJ", unit_price=unit_price)
    period = accounts_pb2.Period(start_date=WINTER, end_date=SPRING)
    return charge_of(amount, kind=accounts_pb2.Charge.KIND_METERED, usage=usage, period=period)


def season(start: Date, end: Date) -> Call:
    period = accounts_pb2.Period(start_date=start, end_date=end)
    return charge(kind=accounts_pb2.Charge.KIND_SEASON, period=period)


def pay(amount: MinorUnits, **fields: Any) -> Call:
    whole = {"account": "accounts/a1", **fields}
    return lambda b: b.payments.RecordPayment(payments_pb2.RecordPaymentRequest(amount=amount, **whole))


def open_account(**fields: Any) -> Call:
    whole = {"customer": "customers/c9", "commodity": "heat", **fields}
    return lambda b: b.accounts.CreateAccount(accounts_pb2.CreateAccountRequest(**whole))


def create_bank(bank_id: str, *keys: banks_pb2.BankKey, name: str = "A bank") -> Call:
    bank = banks_pb2.Bank(display_name=name, keys=keys)
    return lambda b: b.banks.CreateBank(banks_pb2.CreateBankRequest(bank_id=bank_id, bank=bank))


def update_bank(*paths: str, **fields: Any) -> Call:
    bank = banks_pb2.Bank(**{"name": "banks/icbc", **fields})
    return lambda b: b.banks.UpdateBank(banks_pb2.UpdateBankRequest(bank=bank, update_mask=FieldMask(paths=paths)))


FUTURE = Timestamp(seconds=2_000_000_000)
ABSURD = Timestamp(seconds=253_402_300_799)
WINTER, SPRING = Date(year=2025, month=10, day=20), Date(year=2026, month=4, day=6)

CASES: list[tuple[str, Call, grpc.StatusCode, str]] = [
    ("no amount", charge_of(None), INVALID, "amount"),
    ("zero", charge_of(cny(0)), INVALID, "amount: must be more than zero"),
    ("negative", charge_of(cny(-1)), INVALID, "amount: must be more than zero"),
    ("beyond the limit", charge_of(cny(2**62)), INVALID, "minor units"),
    ("no currency", charge_of(MinorUnits(amount=1)), INVALID, "amount.currency_code"),
    ("unknown currency", charge_of(MinorUnits(amount=1, currency_code="RMB")), INVALID, "not a currency"),
    ("other currency", charge_of(MinorUnits(amount=1, currency_code="USD")), INVALID, "is kept in CNY"),
    ("unknown account", charge_of(cny(1), account="accounts/none"), NOT_FOUND, "accounts/none does not exist"),
    ("not an account", charge_of(cny(1), account="customers/a1"), INVALID, "accounts/ID"),
    ("no kind", charge(kind=0), INVALID, "kind"),
    ("no description", charge(description=""), INVALID, "description"),
    ("long description", charge(description="x" * 501), INVALID, "description"),
    ("taken id", charge(charge_id="charged"), ALREADY, "charged"),
    ("bad id", charge(charge_id="../x"), INVALID, "charge_id"),
    ("due in the year 9999", charge(due_time=ABSURD), INVALID, "due_time"),
    ("season without a period", charge(kind=accounts_pb2.Charge.KIND_SEASON), INVALID, "period"),
    ("period that ends first", season(SPRING, WINTER), INVALID, "period: must start before it ends"),
    ("30 February", season(WINTER, Date(year=2026, month=2, day=30)), INVALID, "period.end_date: is not a day"),
    ("year 0", season(Date(month=1, day=1), SPRING), INVALID, "period.start_date: is not a day"),
    ("year 9999", season(WINTER, Date(year=9999, month=1, day=1)), INVALID, "period"),
    ("metered without usage", charge(kind=accounts_pb2.Charge.KIND_METERED), INVALID, "usage"),
    (
        "metered without a period",
        charge(
            kind=accounts_pb2.Charge.KIND_METERED,
            usage=accounts_pb2.Usage(quantity="100", unit="GJ", unit_price="0.01"),
        ),
        INVALID,
        "period: is required for a metered charge",
    ),
    ("usage in letters", metered("many", "1"), INVALID, "usage.quantity: 'many' is not a decimal number"),
    ("usage with comma", metered("1,5", "1"), INVALID, "usage.quantity"),
    ("price with exponent", metered("1", "1e9"), INVALID, "usage.unit_price"),
    (
        "usage and amount disagree",
        metered("2", "1.00", cny(199)),
        INVALID,
        "quantity times unit price, 2.00 CNY",
    ),
    ("usage that costs too much", metered("9" * 18, "9" * 18), INVALID, "more than can be posted"),
    ("payment of nothing", pay(cny(0)), INVALID, "more than zero"),
    ("payment in other currency", pay(MinorUnits(amount=1, currency_code="JPY")), INVALID, "is kept in CNY"),
    ("payment from the future", pay(cny(1), pay_time=FUTURE), INVALID, "pay_time: must not be in the future"),
    ("payment before 1990", pay(cny(1), pay_time=Timestamp(seconds=1)), INVALID, "pay_time"),
    ("payment in the year 9999", pay(cny(1), pay_time=ABSURD), INVALID, "pay_time"),
    ("payment with a taken id", pay(cny(1), payment_id="paid"), ALREADY, "paid"),
    ("payment on no account", pay(cny(1), account="accounts/none"), NOT_FOUND, "accounts/none"),
    ("bad request id", pay(cny(1), request_id="17"), INVALID, "request_id"),
    ("account of no customer", open_account(customer=""), INVALID, "customer"),
    ("account of a premises", open_account(customer="premises/p1"), INVALID, "customers/ID"),
    ("account for water", open_account(commodity="water"), INVALID, "commodity"),
    ("account in bitcoin", open_account(currency_code="BTC"), INVALID, "not a currency"),
    ("account from the future", open_account(open_time=FUTURE), INVALID, "open_time"),
    ("account with a taken id", open_account(account_id="a1"), ALREADY, "a1"),
    ("bank that is not configured", create_bank("boc"), PRECONDITION, "HEARTHLINE_BANKS"),
    ("bank with a bad id", create_bank("B/1"), INVALID, "bank_id"),
    ("bank without a name", create_bank("ccb", name=""), INVALID, "bank.display_name"),
    ("bank that is there", create_bank("icbc"), ALREADY, "icbc"),
    ("bank with a key twice", create_bank("ccb", ICBC.key, ICBC.key), INVALID, "bank.keys[1].kid"),
    ("bank with no key", create_bank("ccb", banks_pb2.BankKey(kid="k", jwk="{}")), INVALID, "bank.keys[0].jwk"),
    ("bank update of its topic", update_bank("payments_topic"), INVALID, "update_mask"),
    ("bank update of nobody", update_bank("keys", name="banks/none"), NOT_FOUND, "banks/none"),
    ("bank update of a stale one", update_bank("keys", etag='"9"'), grpc.StatusCode.ABORTED, "changed meanwhile"),
]


@pytest.mark.parametrize(("call", "code", "words"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_bad_input_is_told_clearly(billing: Billing, call: Call, code: grpc.StatusCode, words: str) -> None:
    before = billing.trial_balance()
    with pytest.raises(grpc.RpcError) as error:
        call(billing)
    assert (error.value.code(), words in str(error.value.details())) == (code, True), error.value.details()
    assert billing.trial_balance() == before


UNKNOWN: list[tuple[str, Call]] = [
    ("account", lambda b: b.accounts.GetAccount(accounts_pb2.GetAccountRequest(name="accounts/none"))),
    ("charge", lambda b: b.accounts.GetCharge(accounts_pb2.GetChargeRequest(name="charges/none"))),
    ("payment", lambda b: b.payments.GetPayment(payments_pb2.GetPaymentRequest(name="payments/none"))),
    ("bank", lambda b: b.banks.GetBank(banks_pb2.GetBankRequest(name="banks/none"))),
    ("balance", lambda b: b.ledger.GetBalance(ledger_pb2.GetBalanceRequest(name="accounts/none"))),
    ("postings", lambda b: b.postings("accounts/none")),
    (
        "event",
        lambda b: b.payments.ReleaseQuarantinedEvent(
            payments_pb2.ReleaseQuarantinedEventRequest(name="quarantinedEvents/none")
        ),
    ),
]


@pytest.mark.parametrize("call", [c[1] for c in UNKNOWN], ids=[c[0] for c in UNKNOWN])
def test_what_there_is_not_is_not_found(billing: Billing, call: Call) -> None:
    with pytest.raises(grpc.RpcError) as error:
        call(billing)
    assert error.value.code() is NOT_FOUND


def test_money_with_decimals_does_not_even_become_a_message() -> None:
    with pytest.raises(ParseError):
        ParseDict({"amount": {"amount": "12.5", "currencyCode": "CNY"}}, payments_pb2.RecordPaymentRequest())


def test_a_request_id_used_for_another_amount_is_refused(billing: Billing) -> None:
    request_id = str(uuid4())
    with pytest.raises(grpc.RpcError):
        pay(cny(0), request_id=request_id)(billing)
    payment = billing.pay(1, request_id=request_id)
    with pytest.raises(grpc.RpcError) as error:
        billing.pay(2, request_id=request_id)
    assert error.value.code() is INVALID
    refund = payments_pb2.RefundPaymentRequest(name=payment.name, amount=cny(1), reason="test")
    billing.payments.RefundPayment(refund)


def test_a_filter_on_an_undeclared_field_is_named(billing: Billing) -> None:
    with pytest.raises(grpc.RpcError, match="colour"):
        billing.listed_payments('colour = "red"')


def test_a_banks_keys_are_rotated(billing: Billing) -> None:
    newer = BankSide("icbc", "2026-02")
    bank = banks_pb2.Bank(name="banks/icbc", keys=[ICBC.key, newer.key])
    updated = billing.banks.UpdateBank(banks_pb2.UpdateBankRequest(bank=bank, update_mask=FieldMask(paths=["keys"])))
    assert [key.kid for key in updated.keys] == [ICBC.kid, newer.kid]
    assert updated.payments_topic == "hearthline.bank.icbc.payments.v1"
    listed = billing.banks.ListBanks(banks_pb2.ListBanksRequest()).banks
    assert [each.name for each in listed] == ["banks/icbc"]
