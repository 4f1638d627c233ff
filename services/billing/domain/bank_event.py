"""What a bank's event asks for, read from its exact bytes, or why it cannot be taken (B2).

The format is CloudEvents 1.0 in structured JSON; docs/bank-guide.md is its contract.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.domain.currencies import is_currency
from billing.domain.money import Money, parse_money
from billing.domain.payment import CLOCK_TOLERANCE
from servicekit.errors import InvalidArgument

LARGEST_BYTES = 64 * 1024
LATE_AFTER = timedelta(days=1)
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}\Z", re.ASCII)
_ACCOUNT = re.compile(r"accounts/([A-Za-z0-9][A-Za-z0-9._~-]{0,127})\Z", re.ASCII)
# RFC 3339, as CloudEvents has it: the offset is required.
_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)


class Reason(StrEnum):
    """Why an event was set aside."""

    UNKNOWN_BANK = "UNKNOWN_BANK"
    BAD_SIGNATURE = "BAD_SIGNATURE"
    UNKNOWN_KEY = "UNKNOWN_KEY"
    KEY_NOT_VALID = "KEY_NOT_VALID"
    TOO_LARGE = "TOO_LARGE"
    MALFORMED_JSON = "MALFORMED_JSON"
    MISSING_FIELD = "MISSING_FIELD"
    BAD_FIELD = "BAD_FIELD"
    WRONG_SOURCE = "WRONG_SOURCE"
    UNKNOWN_TYPE = "UNKNOWN_TYPE"
    BAD_AMOUNT = "BAD_AMOUNT"
    UNKNOWN_CURRENCY = "UNKNOWN_CURRENCY"
    CURRENCY_MISMATCH = "CURRENCY_MISMATCH"
    BAD_TIME = "BAD_TIME"
    FUTURE_DATED = "FUTURE_DATED"
    CONFLICTING_DUPLICATE = "CONFLICTING_DUPLICATE"
    UNKNOWN_ACCOUNT = "UNKNOWN_ACCOUNT"
    UNKNOWN_PAYMENT = "UNKNOWN_PAYMENT"
    REVERSAL_MISMATCH = "REVERSAL_MISMATCH"
    PAYMENT_NOT_REVERSIBLE = "PAYMENT_NOT_REVERSIBLE"


class Rejected(Exception):
    """The event cannot be taken; the bank is told the reason and the detail."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class Kind(StrEnum):
    """What an event asks for; the values are CloudEvents types."""

    PAYMENT = "hearthline.bank.v1.PaymentMade"
    REVERSAL = "hearthline.bank.v1.PaymentReversed"


@dataclass(frozen=True, slots=True)
class Instruction:
    """A well-formed event of a bank."""

    kind: Kind
    bank: str
    reference: str
    event_id: str
    account_id: str
    amount: Money
    time: datetime
    """When the customer paid, or the bank took the payment back."""
    reverses: str = ""
    """Reference of the payment that a reversal takes back."""

    @property
    def fingerprint(self) -> str:
        """The same for the same content, whatever its spelling and event id."""
        parts = (
            self.kind.name,
            self.account_id,
            str(self.amount.amount),
            self.amount.currency,
            self.time.isoformat(),
            self.reverses,
        )
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()

    def is_late(self, received: datetime) -> bool:
        """True when it came more than a day after it happened; it is taken all the same."""
        return received - self.time > LATE_AFTER


def read_instruction(content: bytes, bank: str, now: datetime) -> Instruction:
    """The instruction in the bytes; Rejected says what is wrong with them."""
    event = read_json(content)
    kind = _check_envelope(event, bank)
    data = event.get("data")
    if not isinstance(data, dict):
        raise Rejected(Reason.MISSING_FIELD, "data must be a JSON object")
    reference = _reference(data, "bank_reference")
    reverses = _reference(data, "reverses") if kind is Kind.REVERSAL else ""
    if reverses == reference:
        raise Rejected(Reason.BAD_FIELD, "reverses must be the reference of a payment, not the reversal's own")
    return Instruction(
        kind=kind,
        bank=bank,
        reference=reference,
        event_id=_text(event, "id", 200),
        account_id=_account(data),
        amount=_amount(data),
        time=_time(data, "paid_at" if kind is Kind.PAYMENT else "reversed_at", now),
        reverses=reverses,
    )


def read_json(content: bytes) -> dict[str, Any]:
    """The one JSON object in the bytes: UTF-8, no repeated names, no NaN."""
    if len(content) > LARGEST_BYTES:
        raise Rejected(Reason.TOO_LARGE, f"more than {LARGEST_BYTES} bytes")
    try:
        event = json.loads(content.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise Rejected(Reason.MALFORMED_JSON, str(error)[:200]) from error
    if not isinstance(event, dict):
        raise Rejected(Reason.MALFORMED_JSON, "is not a JSON object")
    return event


def claimed_reference(content: bytes) -> str:
    """The bank reference that the bytes name, for the records only: nothing of it was verified."""
    try:
        return _reference(read_json(content)["data"], "bank_reference")
    except (Rejected, KeyError, TypeError, AttributeError):
        return ""


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = dict(pairs)
    if len(names) != len(pairs):
        raise ValueError("a name is there twice in one object")
    return names


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")


def _check_envelope(event: Mapping[str, Any], bank: str) -> Kind:
    if _text(event, "specversion", 10) != "1.0":
        raise Rejected(Reason.BAD_FIELD, "specversion must be 1.0")
    if _text(event, "source", 200) != f"/banks/{bank}":
        raise Rejected(Reason.WRONG_SOURCE, f"source must be /banks/{bank}")
    kind = _text(event, "type", 200)
    if kind not in list(Kind):
        raise Rejected(Reason.UNKNOWN_TYPE, f"type must be one of {', '.join(Kind)}")
    if event.get("datacontenttype", "application/json") != "application/json":
        raise Rejected(Reason.BAD_FIELD, "datacontenttype must be application/json")
    return Kind(kind)


def _text(where: Mapping[str, Any], field: str, longest: int) -> str:
    value = where.get(field)
    if value is None or value == "":
        raise Rejected(Reason.MISSING_FIELD, f"{field} is missing")
    # NUL cannot be stored as text, and lone surrogates cannot be written as UTF-8.
    if not isinstance(value, str) or len(value) > longest or not value.isprintable():
        raise Rejected(Reason.BAD_FIELD, f"{field} must be a string of at most {longest} printable characters")
    return value


def _reference(data: Mapping[str, Any], field: str) -> str:
    reference = _text(data, field, 64)
    if not _REFERENCE.match(reference):
        raise Rejected(Reason.BAD_FIELD, f"{field} must be of letters, digits, '.', '_', ':', '/' and '-'")
    return reference


def _account(data: Mapping[str, Any]) -> str:
    found = _ACCOUNT.match(_text(data, "account", 200))
    if found is None:
        raise Rejected(Reason.BAD_FIELD, "account must be of the form accounts/ID")
    return found[1]


def _amount(data: Mapping[str, Any]) -> Money:
    amount = data.get("amount")
    if amount is None:
        raise Rejected(Reason.MISSING_FIELD, "amount is missing")
    if not isinstance(amount, str):
        raise Rejected(Reason.BAD_AMOUNT, 'amount must be a string such as "123.45", not a number')
    currency = _text(data, "currency", 10)
    if not is_currency(currency):
        raise Rejected(Reason.UNKNOWN_CURRENCY, f"{currency} is not a currency of ISO 4217")
    try:
        return parse_money(amount, currency).positive()
    except InvalidArgument as error:
        raise Rejected(Reason.BAD_AMOUNT, error.violations[0][1]) from error


def _time(data: Mapping[str, Any], field: str, now: datetime) -> datetime:
    text = _text(data, field, 40)
    try:
        if not _TIME.match(text):
            raise ValueError("not RFC 3339")
        at = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise Rejected(Reason.BAD_TIME, f"{field} must be a time such as 2026-01-15T09:00:00+08:00") from error
    if at < _EARLIEST:
        raise Rejected(Reason.BAD_TIME, f"{field} is before {_EARLIEST.year}")
    if at > now + CLOCK_TOLERANCE:
        raise Rejected(Reason.FUTURE_DATED, f"{field} has not come yet")
    return at
