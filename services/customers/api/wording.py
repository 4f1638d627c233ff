"""Amounts as people write them (P8)."""

from collections.abc import Mapping
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision

_LOCALES = {"en": "en"}


def readable(data: Mapping[str, str | Mapping[str, str | int]], language: str) -> dict[str, str]:
    """The kept fields of a fact as texts."""
    return {
        name: value if isinstance(value, str) else _money(int(value["minor_units"]), str(value["currency"]), language)
        for name, value in data.items()
    }


def _money(minor_units: int, currency: str, language: str) -> str:
    # A Decimal made of the integer is exact, whatever the currency's number of decimals.
    amount = Decimal(minor_units).scaleb(-get_currency_precision(currency))
    return format_currency(amount, currency, locale=_LOCALES.get(language, "zh_Hans_CN"))
