"""The fields of a bank's event, each by its rule; whoever breaks one is told its name and the rule (B2)."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.domain.currencies import is_currency
from billing.domain.money import Money, parse_money
from billing.domain.payment import CLOCK_TOLERANCE
from billing.domain.rejection import Reason, Rejected
from servicekit.errors import InvalidArgument

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LONGEST_TIME = 40
_REFERENCE = re.compile(r"[A-Za-z0-9._:/-]{1,64}\Z", re.ASCII)
_ACCOUNT = re.compile(r"accounts/([A-Za-z0-9][A-Za-z0-9._~-]{0,127})\Z", re.ASCII)
# RFC 3339, as CloudEvents has it: the offset is required, and any number of decimals is allowed.
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:)(\d\d)((?:\.\d+)?)(Z|[+-]\d\d:\d\d)\Z", re.ASCII)
# RFC 9110: type/subtype with parameters, whose values may be quoted.
_MEDIA = re.compile(
    r"""([\w!#$&^.+-]+/[\w!#$&^.+-]+)((?:[ \t]*;[ \t]*[\w-]+=(?:[\w!#$&^.+-]+|"[^"]*"))*)[ \t]*;?\Z""", re.ASCII
)
_CHARSET = re.compile(r";\s*charset=\"?([^\";]*)", re.ASCII)


def text(where: Mapping[str, Any], field: str, longest: int) -> str:
    """A string of printable characters that is there."""
    value = where.get(field)
    if value is None or value == "":
        raise Rejected(Reason.MISSING_FIELD, f"{field} is missing")
    # NUL cannot be stored as text, and lone surrogates cannot be written as UTF-8.
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Rejected(Reason.BAD_FIELD, f"{field} must be a string of at most {longest} printable characters")
    return value


def reference(data: Mapping[str, Any], field: str) -> str:
    """The bank's own reference, of characters that look like no other."""
    value = text(data, field, 64)
    if not _REFERENCE.match(value):
        raise Rejected(Reason.BAD_FIELD, f"{field} must be of the letters A to Z and a to z, digits and . _ : / -")
    return value


def account(data: Mapping[str, Any]) -> str:
    """The id of the account."""
    found = _ACCOUNT.match(text(data, "account", 200))
    if found is None:
        raise Rejected(Reason.BAD_FIELD, "account must be of the form accounts/ID, as on the customer's bill")
    return found[1]


def amount(data: Mapping[str, Any]) -> Money:
    """More than zero, in a currency of ISO 4217."""
    value = data.get("amount")
    if value is None or value == "":
        raise Rejected(Reason.MISSING_FIELD, "amount is missing")
    if not isinstance(value, str):
        raise Rejected(Reason.BAD_AMOUNT, 'amount must be a string such as "123.45", not a number or anything else')
    currency = text(data, "currency", 10)
    if not is_currency(currency):
        raise Rejected(Reason.UNKNOWN_CURRENCY, f"currency must be a code of ISO 4217 in capitals, not {currency}")
    try:
        return parse_money(value, currency).positive()
    except InvalidArgument as error:
        raise Rejected(Reason.BAD_AMOUNT, f"amount {error.violations[0][1]}") from error


def past_time(data: Mapping[str, Any], field: str, now: datetime) -> datetime:
    """When something happened: not before 2000, not in the future."""
    at = instant(data, field)
    if at < EARLIEST:
        raise Rejected(Reason.BAD_TIME, f"{field} must not be before {EARLIEST.year}")
    if at > now + CLOCK_TOLERANCE:
        raise Rejected(Reason.FUTURE_DATED, f"{field} has not come yet")
    return at


def instant(where: Mapping[str, Any], field: str) -> datetime:
    """A time of RFC 3339. Of a leap second the last instant of its minute; what is finer than a microsecond is cut."""
    found = _TIME.match(text(where, field, _LONGEST_TIME).upper())
    wrong = Rejected(Reason.BAD_TIME, f"{field} must be a time of RFC 3339 such as 2026-01-15T09:00:00+08:00")
    if found is None:
        raise wrong
    minute, second, fraction, offset = found.groups()
    is_leap = second == "60"
    try:
        written = f"{minute}59.999999{offset}" if is_leap else f"{minute}{second}{fraction[:7]}{offset}"
        at = datetime.fromisoformat(written).astimezone(UTC)
    except (ValueError, OverflowError):
        raise wrong from None
    if is_leap and (at + timedelta(microseconds=1)).time() != datetime.min.time():
        raise wrong
    return at


def check_is_json(event: Mapping[str, Any]) -> None:
    """What CloudEvents takes for JSON: any case, with parameters, but in UTF-8."""
    value = event.get("datacontenttype")
    if value is None:
        return
    found = _MEDIA.match(value.lower()) if isinstance(value, str) and len(value) <= 200 else None
    subtype = found[1].partition("/")[2] if found else ""
    charset = _CHARSET.search(found[2]) if found else None
    if not (subtype == "json" or subtype.endswith("+json")) or (charset and charset[1] not in ("utf-8", "utf8")):
        raise Rejected(Reason.BAD_FIELD, "datacontenttype must be application/json, in UTF-8 where it names a charset")
