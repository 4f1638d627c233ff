"""Payment events as a bank writes them: CloudEvents 1.0 in structured JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hearthline_cli.bank.keys import SigningKey
from servicekit.eventlog import Record


@dataclass(frozen=True, slots=True)
class Order:
    """Money that a customer pays: which account, how much as decimal text, in which ISO 4217 currency."""

    account: str
    amount: str
    currency: str = "CNY"


def payment(bank: str, reference: str, order: Order, paid_at: datetime) -> dict[str, Any]:
    """The event of a payment."""
    data = {"bank_reference": reference, **_money(order), "paid_at": paid_at.isoformat()}
    return _event(bank, "PaymentMade", reference, paid_at, data)


def reversal(bank: str, reference: str, reverses: str, order: Order, at: datetime) -> dict[str, Any]:
    """The event of a payment taken back."""
    data = {"bank_reference": reference, "reverses": reverses, **_money(order), "reversed_at": at.isoformat()}
    return _event(bank, "PaymentReversed", reference, at, data)


def record(key: SigningKey, account: str, content: bytes) -> Record:
    """A signed record for the bank's topic; those of one account stay in order."""
    headers = {"jws": key.sign(content), "content-type": "application/cloudevents+json; charset=UTF-8"}
    return Record(f"hearthline.bank.{key.bank}.payments.v1", account, content, headers)


def encode(event: Mapping[str, Any]) -> bytes:
    """The bytes that are signed and sent."""
    return json.dumps(event, ensure_ascii=False).encode()


def malformed(bank: str, reference: str, order: Order, now: datetime, choice: int) -> tuple[bytes, str, str]:
    """One of several wrong events: its bytes, the reason it must be refused for, the reference that can be read."""
    good = payment(bank, reference, order, now)
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"amount": 12.5}, "BAD_AMOUNT"),
        ({"amount": "12.345"}, "BAD_AMOUNT"),
        ({"amount": "-5.00"}, "BAD_AMOUNT"),
        ({"currency": "RMB"}, "UNKNOWN_CURRENCY"),
        ({"paid_at": (now + timedelta(days=40)).isoformat()}, "FUTURE_DATED"),
        ({"paid_at": "31.12.2025"}, "BAD_TIME"),
        ({"account": ""}, "MISSING_FIELD"),
    ]
    kind = choice % (len(wrong) + 2)
    if kind == len(wrong):
        return encode(good)[:-7], "MALFORMED_JSON", ""
    if kind == len(wrong) + 1:
        return encode({**good, "type": "hearthline.bank.v1.PaymentGuessed"}), "UNKNOWN_TYPE", reference
    changes, reason = wrong[kind]
    return encode({**good, "data": {**good["data"], **changes}}), reason, reference


def _money(order: Order) -> dict[str, str]:
    return {"account": order.account, "amount": order.amount, "currency": order.currency}


def _event(bank: str, kind: str, reference: str, at: datetime, data: dict[str, str]) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": f"{bank}/{reference}",
        "source": f"/banks/{bank}",
        "type": f"hearthline.bank.v1.{kind}",
        "time": at.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }
