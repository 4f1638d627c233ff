"""What a bank's event asks for, read from its exact bytes, or why it cannot be taken (B2).

The format is CloudEvents 1.0 in structured JSON; docs/bank-guide.md is its contract, example by example.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from billing.domain import bank_fields as fields
from billing.domain.bank_json import read_json
from billing.domain.money import Money
from billing.domain.rejection import Reason, Rejected

LATE_AFTER = timedelta(days=1)


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
    if not isinstance(data, dict) or event.get("data_base64") is not None:
        raise Rejected(Reason.MISSING_FIELD, "data must be a JSON object, and data_base64 not be there")
    reference = fields.reference(data, "bank_reference")
    reverses = fields.reference(data, "reverses") if kind is Kind.REVERSAL else ""
    if reverses == reference:
        raise Rejected(Reason.BAD_FIELD, "reverses must be the reference of a payment, not the reversal's own")
    return Instruction(
        kind=kind,
        bank=bank,
        reference=reference,
        event_id=fields.text(event, "id", 200),
        account_id=fields.account(data),
        amount=fields.amount(data),
        time=fields.past_time(data, "paid_at" if kind is Kind.PAYMENT else "reversed_at", now),
        reverses=reverses,
    )


def claimed_reference(content: bytes) -> str:
    """The bank reference that the bytes name, for the records only: nothing of it was verified."""
    try:
        return fields.reference(read_json(content)["data"], "bank_reference")
    except (Rejected, KeyError, TypeError, AttributeError):
        return ""


def _check_envelope(event: Mapping[str, Any], bank: str) -> Kind:
    if fields.text(event, "specversion", 10) != "1.0":
        raise Rejected(Reason.BAD_FIELD, "specversion must be 1.0")
    if fields.text(event, "source", 200) != f"/banks/{bank}":
        raise Rejected(Reason.WRONG_SOURCE, f"source must be /banks/{bank}")
    kind = fields.text(event, "type", 200)
    if kind not in list(Kind):
        raise Rejected(Reason.UNKNOWN_TYPE, f"type must be one of {', '.join(Kind)}")
    fields.check_is_json(event)
    if event.get("time") is not None:
        fields.instant(event, "time")
    return Kind(kind)
