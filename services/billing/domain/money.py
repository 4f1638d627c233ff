"""Money: an integer of minor units and a currency; never a float (B1)."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from billing.domain.currencies import exponent
from servicekit.errors import InvalidArgument

# Far below the 64 bits of a column, so that no sum of a utility's accounts can leave them.
LARGEST = 10**15
# Of banks' amounts. Zeros in front change nothing; more digits than can be posted get an answer of their own.
_AMOUNT = re.compile(r"0*(0|[1-9][0-9]*)(?:\.([0-9]+))?\Z", re.ASCII)
_LONGEST = 40
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(?:\.([0-9]{1,8}))?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (fen, cents) of an ISO 4217 currency."""

    amount: int
    currency: str

    def __post_init__(self) -> None:
        exponent(self.currency)
        if abs(self.amount) > LARGEST:
            raise InvalidArgument("amount", f"must not be beyond {LARGEST} minor units", reason="BAD_AMOUNT")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + self._same(other).amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - self._same(other).amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def decimal(self) -> str:
        """The amount as decimal text with all decimals of its currency: `123.45`."""
        return f"{Decimal(self.amount).scaleb(-exponent(self.currency)):f}"

    def positive(self, field: str = "amount") -> "Money":
        """Itself; InvalidArgument naming `field` when it is zero or negative."""
        if self.amount <= 0:
            raise InvalidArgument(field, "must be more than zero", reason="BAD_AMOUNT")
        return self

    def share(self, numerator: int, denominator: int) -> "Money":
        """A fraction of it, rounded half up to whole minor units."""
        part = Decimal(self.amount) * numerator / denominator
        return Money(int(part.quantize(Decimal(1), ROUND_HALF_UP)), self.currency)

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise InvalidArgument(
                "currency_code", f"must be {self.currency}, not {other.currency}", reason="CURRENCY_MISMATCH"
            )
        return other


def parse_money(text: str, currency: str, field: str = "amount") -> Money:
    """Money from decimal text as banks write it: `123.45` or `0123.45`, no sign, no grouping, no exponent.

    InvalidArgument when it is not such text, or has more decimals than its currency.
    """
    digits = exponent(currency, "currency")
    found = _AMOUNT.match(text) if len(text) <= _LONGEST else None
    if found is None:
        rule = f"must be digits and at most one point, such as 123.45, in at most {_LONGEST} characters"
        raise InvalidArgument(field, rule, reason="BAD_AMOUNT")
    decimals = found[2] or ""
    if len(decimals) > digits:
        raise InvalidArgument(field, f"{currency} has {digits} decimals, not {len(decimals)}", reason="BAD_AMOUNT")
    return Money(int(found[1] + decimals.ljust(digits, "0")), currency)


def price(quantity: Decimal, unit_price: Decimal, currency: str) -> Money:
    """Quantity times price for one unit (in major units), rounded half up to whole minor units."""
    exact = (quantity * unit_price).scaleb(exponent(currency))
    if exact > LARGEST:
        raise InvalidArgument("usage", "costs more than can be posted", reason="BAD_AMOUNT")
    return Money(int(exact.quantize(Decimal(1), ROUND_HALF_UP)), currency)


def parse_decimal(text: str, field: str) -> Decimal:
    """A plain decimal that is not negative, with at most eight decimals; InvalidArgument naming `field` otherwise."""
    if not _DECIMAL.match(text):
        raise InvalidArgument(field, f"{text[:40]!r} is not a decimal number such as 12.345", reason="BAD_NUMBER")
    return Decimal(text)
