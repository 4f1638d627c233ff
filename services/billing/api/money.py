"""Money, days and decimals between messages and the domain."""

from datetime import date

from google.type.date_pb2 import Date  # type: ignore[import-untyped]

from billing.domain.charge import Period, Usage
from billing.domain.money import Money, parse_decimal
from hearthline.billing.v1 import accounts_pb2 as pb
from hearthline.billing.v1.events_pb2 import MinorUnits
from servicekit.errors import InvalidArgument


def money_of(message: MinorUnits, field: str = "amount") -> Money:
    """The money in a message; InvalidArgument names `field`."""
    try:
        return Money(message.amount, message.currency_code)
    except InvalidArgument as error:
        inside = [(name if name == field else f"{field}.{name}", rule) for name, rule in error.violations]
        raise InvalidArgument.of(inside, error.reason) from error


def money_to_proto(money: Money) -> MinorUnits:
    return MinorUnits(amount=money.amount, currency_code=money.currency)


def period_of(message: pb.Period) -> Period:
    return Period(_day(message.start_date, "period.start_date"), _day(message.end_date, "period.end_date"))


def period_to_proto(period: Period) -> pb.Period:
    return pb.Period(start_date=_date(period.start), end_date=_date(period.end))


def usage_of(message: pb.Usage) -> Usage:
    quantity = parse_decimal(message.quantity, "usage.quantity")
    return Usage(quantity, message.unit, parse_decimal(message.unit_price, "usage.unit_price"))


def usage_to_proto(usage: Usage) -> pb.Usage:
    return pb.Usage(quantity=f"{usage.quantity:f}", unit=usage.unit, unit_price=f"{usage.unit_price:f}")


def _day(message: Date, field: str) -> date:
    try:
        return date(message.year, message.month, message.day)
    except ValueError as error:
        raise InvalidArgument(field, f"is not a day: {error}", reason="BAD_DATE") from error


def _date(day: date) -> Date:
    return Date(year=day.year, month=day.month, day=day.day)
