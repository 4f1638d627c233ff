"""Comparing what was sent with what was answered."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hearthline_cli.bank.plan import Sent
from servicekit.eventlog import Record


@dataclass(frozen=True, slots=True)
class Answer:
    """A bank's reply, or the one that a sent record must get."""

    bank: str
    reply: str
    reason: str
    reference: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Counts of what was sent and answered, and every difference."""

    sent: Counter[str]
    """Records by mischief."""
    answered: Counter[str]
    """Replies by their type, or their reason where there is one."""
    missing: Sequence[Answer]
    unexpected: Sequence[Answer]

    @property
    def is_complete(self) -> bool:
        """True when every record got the one answer it must get, and nothing else was answered."""
        return not self.missing and not self.unexpected


def reconcile(sent: Iterable[Sent], replies: Iterable[Answer]) -> Reconciliation:
    """The comparison, answer by answer."""
    records, got = list(sent), Counter(replies)
    expected = Counter(_expected(each) for each in records)
    return Reconciliation(
        sent=Counter(each.mischief.value for each in records),
        answered=Counter(answer.reason or answer.reply for answer in got.elements()),
        missing=sorted((expected - got).elements(), key=repr),
        unexpected=sorted((got - expected).elements(), key=repr),
    )


def answer_in(record: Record) -> Answer:
    """The answer that a record of a replies topic holds."""
    reply = json.loads(record.value)
    data = reply["data"]
    return Answer(_bank(record), reply["type"].rpartition(".")[2], data["reason"], data["bank_reference"])


def _expected(sent: Sent) -> Answer:
    return Answer(_bank(sent.record), sent.reply, sent.reason, sent.reference)


def _bank(record: Record) -> str:
    return record.topic.split(".")[2]
