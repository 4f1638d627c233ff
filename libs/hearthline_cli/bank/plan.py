"""What a simulated bank sends for an order: the payment itself, and now and then mischief around it."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from hearthline_cli.bank.events import Order, encode, malformed, payment, record, reversal
from hearthline_cli.bank.keys import SigningKey
from servicekit.eventlog import Record

__all__ = ["SHARES", "Mischief", "Order", "Sent", "records_for"]


class Mischief(StrEnum):
    """What may happen to an order; whatever it is, the order's good payment is among what is sent."""

    NONE = "good"
    DOUBLED = "doubled"
    LATE = "late"
    OUT_OF_ORDER = "out of order"
    FORGED = "forged"
    MALFORMED = "malformed"
    CONFLICTING = "conflicting"
    STRANGER = "unknown account"  # answered only after the service has waited a day for the account


SHARES: Mapping[Mischief, float] = {
    Mischief.DOUBLED: 0.04,
    Mischief.LATE: 0.04,
    Mischief.OUT_OF_ORDER: 0.02,
    Mischief.FORGED: 0.02,
    Mischief.MALFORMED: 0.02,
    Mischief.CONFLICTING: 0.01,
}
"""Share of the orders that meet each; the rest go well."""

ACCEPTED, DUPLICATE, REJECTED = "PaymentAccepted", "PaymentDuplicate", "PaymentRejected"


@dataclass(frozen=True, slots=True)
class Sent:
    """A record, and the answer that it must get."""

    mischief: Mischief
    record: Record
    reply: str
    reason: str = ""
    reference: str = ""
    """As the answer names it; empty where the event cannot be read."""


def records_for(
    key: SigningKey, number: str, order: Order, now: datetime, mischief: Mischief, rng: random.Random
) -> Iterator[Sent]:
    """The records of one order, in the order they are sent; `number` makes its references unique."""
    reference = f"P{number}"
    paid_at = now - timedelta(days=3 if mischief is Mischief.LATE else 0, seconds=rng.randrange(60, 3600))
    good = _sent(key, order, mischief, encode(payment(key.bank, reference, order, paid_at)), ACCEPTED, reference)
    match mischief:
        case Mischief.DOUBLED:
            yield good
            yield replace(good, reply=DUPLICATE)
            return
        case Mischief.OUT_OF_ORDER:
            yield from _bounced(key, number, order, now)
        case Mischief.FORGED:
            yield _forged(key, f"F{number}", order, now, rng)
        case Mischief.MALFORMED:
            content, reason, named = malformed(key.bank, f"M{number}", order, now, rng.randrange(1000))
            yield _sent(key, order, mischief, content, REJECTED, named, reason)
        case Mischief.CONFLICTING:
            yield good
            other = encode(payment(key.bank, reference, order, paid_at - timedelta(seconds=1)))
            yield _sent(key, order, mischief, other, REJECTED, reference, "CONFLICTING_DUPLICATE")
            return
        case Mischief.STRANGER:
            nobody = replace(order, account=f"accounts/nobody-{number}")
            lost = encode(payment(key.bank, f"S{number}", nobody, paid_at))
            yield _sent(key, nobody, mischief, lost, REJECTED, f"S{number}", "UNKNOWN_ACCOUNT")
    yield good


def _bounced(key: SigningKey, number: str, order: Order, now: datetime) -> Iterator[Sent]:
    """A first try that bounced, told backwards: the reversal before its payment."""
    first, back = f"B{number}", f"R{number}"
    kind = Mischief.OUT_OF_ORDER
    yield _sent(key, order, kind, encode(reversal(key.bank, back, first, order, now)), ACCEPTED, back)
    yield _sent(key, order, kind, encode(payment(key.bank, first, order, now)), ACCEPTED, first)


def _forged(key: SigningKey, reference: str, order: Order, now: datetime, rng: random.Random) -> Sent:
    """Signed by somebody else, under the bank's kid or under one of his own."""
    content = encode(payment(key.bank, reference, order, now))
    knows_kid = rng.random() < 0.5
    thief = SigningKey(key.bank, key.kid if knows_kid else "thief", key.seed + 1)
    reason = "BAD_SIGNATURE" if knows_kid else "UNKNOWN_KEY"
    return _sent(thief, order, Mischief.FORGED, content, REJECTED, reference, reason)


def _sent(
    key: SigningKey, order: Order, mischief: Mischief, content: bytes, reply: str, reference: str, reason: str = ""
) -> Sent:
    return Sent(mischief, record(key, order.account, content), reply, reason, reference)
