"""Who may read and write which topic, out of `proto/topics.yaml` (P4).

A service writes its own topics, reads those that it consumes, and does both with their dead letters. A bank writes
its own payments, reads its own replies, and sees nothing of another bank. Everybody joins groups of their own only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from servicekit.eventlog.topics import DEAD_LETTERS, TopicEntry, read_topics_file, topic_names

BANK = "bank"
"""Producer or consumer that stands for each partner bank."""


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One thing that one user may do; the name of a group is what names of its groups begin with."""

    user: str
    verb: Literal["read", "write"]
    kind: Literal["topic", "group"]
    name: str


@dataclass(frozen=True, slots=True)
class Access:
    """Everything that our users may do; a right of theirs that is not in it is taken away."""

    rights: frozenset[Right]
    banks: str
    """What names of banks' users begin with, those of banks that left included."""

    def is_about(self, user: str) -> bool:
        """True for a user whose rights are all said here."""
        return user.startswith(self.banks) or user in {right.user for right in self.rights}


def load_access(banks: Sequence[str], prefix: str = "", path: Path | None = None) -> Access:
    """What the file says; users are called like the services, and `bank-ID`, each after `prefix`."""
    entries = read_topics_file(path).topics
    rights = {right for entry in entries for bank in _banks(entry, banks) for right in _rights(entry, bank, prefix)}
    groups = {Right(user, "read", "group", f"{user.removeprefix(prefix)}.") for user in {r.user for r in rights}}
    return Access(frozenset(rights | groups), f"{prefix}{BANK}-")


def _banks(entry: TopicEntry, banks: Sequence[str]) -> Sequence[str]:
    return banks if "{bank}" in entry.name else [""]


def _rights(entry: TopicEntry, bank: str, prefix: str) -> Iterator[Right]:
    (name,) = topic_names(entry.name, [bank])
    for role in entry.consumers:
        user = _user(role, bank, prefix)
        yield Right(user, "read", "topic", name)
        if entry.dead_letters and role != BANK:
            yield Right(user, "read", "topic", name + DEAD_LETTERS)
            yield Right(user, "write", "topic", name + DEAD_LETTERS)
    yield Right(_user(entry.producer, bank, prefix), "write", "topic", name)


def _user(role: str, bank: str, prefix: str) -> str:
    return f"{prefix}{BANK}-{bank}" if role == BANK else f"{prefix}{role}"
