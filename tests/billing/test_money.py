"""B1: money is an integer of minor units; decimals exist at the border only."""

from decimal import Decimal

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from billing.domain.currencies import EXPONENTS
from billing.domain.money import LARGEST, Money, parse_money, price
from servicekit.errors import InvalidArgument

CURRENCIES = st.sampled_from(sorted(EXPONENTS))


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("123.45", "CNY", 12345),
        ("123.4", "CNY", 12340),
        ("123", "CNY", 12300),
        ("00123.4", "CNY", 12340),
        ("0000", "CNY", 0),
        ("500", "JPY", 500),
        ("1.005", "KWD", 1005),
    ],
)
def test_decimal_text_becomes_minor_units(text: str, currency: str, amount: int) -> None:
    assert parse_money(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "1.",
        ".5",
        "1 0",
        "+1",
        "-1.00",
        "1,000.00",
        "1e3",
        "1.234",
        "NaN",
        "Infinity",
        "١٢",
        " 1",
        "1\n",
        "0x10",
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        parse_money(text, "CNY")
    assert error.value.reason == "BAD_AMOUNT"


def test_a_currency_without_decimals_takes_none() -> None:
    with pytest.raises(InvalidArgument, match="JPY has 0 decimals, not 2"):
        parse_money("100.00", "JPY")


@pytest.mark.parametrize("code", ["", "cny", "XXX", "XAU", "BTC", "RMB"])
def test_what_is_not_in_iso_4217_is_no_currency(code: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        Money(1, code)
    assert error.value.reason == "UNKNOWN_CURRENCY"


@given(st.integers(0, LARGEST), CURRENCIES)
def test_text_and_money_are_the_same_thing(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert parse_money(money.decimal(), currency) == money


def test_every_currency_is_one_that_the_world_knows() -> None:
    names = Locale("en").currencies
    # Newer than some tables of names: Arab accounting dinar, Caribbean guilder, Zimbabwe gold.
    assert {code for code in EXPONENTS if code not in names} <= {"XAD", "XCG", "ZWG"}


def test_money_of_two_currencies_does_not_add() -> None:
    with pytest.raises(InvalidArgument, match="must be CNY, not USD"):
        Money(1, "CNY") + Money(1, "USD")


def test_an_amount_has_a_limit_far_below_what_a_column_holds() -> None:
    with pytest.raises(InvalidArgument, match="must not be beyond"):
        Money(LARGEST + 1, "CNY")


@pytest.mark.parametrize(
    ("quantity", "unit_price", "fen"), [("12.345", "0.5", 617), ("1", "0.005", 1), ("100", "0", 0)]
)
def test_metered_amounts_are_rounded_half_up_once(quantity: str, unit_price: str, fen: int) -> None:
    assert price(Decimal(quantity), Decimal(unit_price), "CNY") == Money(fen, "CNY")
