"""How values look in a language: times, money and codes, by babel and the catalogue of terms (P8)."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from functools import cache
from importlib import resources

import yaml
from babel.dates import format_date, format_datetime, format_time
from babel.numbers import format_currency, format_decimal, get_currency_precision

from notifications.domain.channel import Language
from notifications.domain.values import Link, Money, Term, Value

_LOCALES = {Language.ZH: "zh_Hans_CN", Language.EN: "en"}
_MOMENTS = {Language.ZH: "y年M月d日 HH:mm", Language.EN: "d MMM y, HH:mm"}


class Wording:
    """Words values in one language and time zone."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self._language, self._zone = language, zone
        self._locale = _LOCALES[language]
        self._terms = terms()[language]

    def __call__(self, value: Value) -> str:
        """The text of a value."""
        match value:
            case datetime():
                return format_datetime(value, _MOMENTS[self._language], self._zone, self._locale)
            case Money():
                return self._money(value)
            case Term():
                return self._terms.get(value.code, value.code.replace("_", " "))
            case Link():
                return value.url
            case int():
                return format_decimal(value, locale=self._locale)
            case _:
                return str(value)

    def date(self, value: datetime) -> str:
        """The day of an instant."""
        return format_date(value.astimezone(self._zone), "long", self._locale)

    def time(self, value: datetime) -> str:
        """The time of day of an instant, to the minute."""
        return format_time(value, "HH:mm", self._zone, self._locale)

    def _money(self, money: Money) -> str:
        # Decimal from the integer: exact, whatever the currency's number of decimals.
        from decimal import Decimal

        digits = get_currency_precision(money.currency)
        return format_currency(Decimal(money.amount).scaleb(-digits), money.currency, locale=self._locale)


@cache
def terms() -> Mapping[Language, Mapping[str, str]]:
    """Words for codes, by language."""
    text = resources.files("notifications.templating").joinpath("terms.yaml").read_text("utf-8")
    catalogue: dict[str, dict[str, str]] = yaml.safe_load(text)
    return {language: {code: words[language] for code, words in catalogue.items()} for language in Language}
