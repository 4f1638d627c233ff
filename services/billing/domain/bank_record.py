"""A record of a bank's topic and what became of it; every record ends in one of four states (B2)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from billing.domain.rejection import Reason, Rejected


class RecordState(StrEnum):
    """What became of it so far."""

    POSTED = "POSTED"
    DUPLICATE = "DUPLICATE"
    WAITING = "WAITING"  # for its account, or for the payment that it reverses
    QUARANTINED = "QUARANTINED"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a record was judged."""

    state: RecordState
    payment_id: str = ""
    awaiting: str = ""
    late: bool = False
    reason: str = ""
    detail: str = ""

    @classmethod
    def of(cls, rejected: Rejected) -> "Verdict":
        """The verdict on a record that cannot be taken."""
        return cls(RecordState.QUARANTINED, reason=rejected.reason, detail=storable(rejected.detail, 500))


@dataclass(frozen=True, slots=True)
class BankRecord:
    """One record, byte for byte, with its latest verdict."""

    id: str
    bank: str
    place: str
    """topic/partition/offset"""
    key: str
    content: bytes
    jws: str
    bank_reference: str
    """As the content claims."""
    receive_time: datetime
    judge_time: datetime
    verdict: Verdict
    quarantined: bool = False
    """True once it was ever set aside."""
    version: int = 1

    @property
    def name(self) -> str:
        return f"quarantinedEvents/{self.id}"

    @property
    def can_be_judged_again(self) -> bool:
        """A record that was too large was not kept whole."""
        return self.verdict.state is RecordState.QUARANTINED and self.verdict.reason != Reason.TOO_LARGE

    def judged(self, verdict: Verdict, now: datetime) -> "BankRecord":
        """The record with a verdict."""
        quarantined = self.quarantined or verdict.state is RecordState.QUARANTINED
        return replace(self, verdict=verdict, judge_time=now, quarantined=quarantined)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who has a bank's reference; without a record it is kept for a payment whose reversal came first."""

    bank: str
    reference: str
    record_id: str = ""
    fingerprint: str = ""
    payment_id: str = ""
    version: int = 1


def storable(text: str, longest: int) -> str:
    """Text from outside as a database can keep it: no NUL, no lone surrogates, not too long."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")[:longest]
