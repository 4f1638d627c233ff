"""Batches: each entry judged on its own, all that are good stored in one transaction (AIP-231, C12)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, TypeVar

from servicekit.errors import InvalidArgument
from servicekit.ids import new_id
from servicekit.names import chosen_id


class Result(StrEnum):
    CREATED = "created"
    EXISTS = "exists"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one entry."""

    name: str
    result: Result
    field: str = ""
    rule: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    """Fields of an entry that was taken without them, each with the rule that it breaks."""


@dataclass(frozen=True, slots=True)
class Taken:
    """An entry of which a part was left out."""

    left_out: tuple[tuple[str, str], ...]


class Entry(Protocol):
    """A command to create something, with a chosen id or none."""

    @property
    def id(self) -> str: ...


E = TypeVar("E", bound=Entry)


def take_each(
    entries: Sequence[E], existing: set[str], collection: str, take: Callable[[E, str], object]
) -> list[Outcome]:
    """Takes what is new; an id that is there already, or earlier in the batch, is left alone.

    `take` tells by a `Taken` what it left out.
    """
    seen = set(existing)
    outcomes = []
    for entry in entries:
        try:
            identifier = entry_id(entry, collection)
            if identifier in seen:
                outcomes.append(Outcome(f"{collection}/{identifier}", Result.EXISTS))
                continue
            taken = take(entry, identifier)
        except InvalidArgument as error:
            outcomes.append(Outcome("", Result.REFUSED, *error.violations[0]))
            continue
        seen.add(identifier)
        left_out = taken.left_out if isinstance(taken, Taken) else ()
        outcomes.append(Outcome(f"{collection}/{identifier}", Result.CREATED, left_out=left_out))
    return outcomes


def entry_id(entry: Entry, collection: str) -> str:
    """The chosen id, checked, or a new one."""
    field = {"premises": "premises_id", "networkNodes": "network_node_id", "serviceAgreements": "service_agreement_id"}
    return chosen_id(entry.id, field.get(collection, "customer_id")) if entry.id else new_id()
