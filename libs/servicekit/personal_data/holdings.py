"""What a service says about the personal data it holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message

from servicekit.uow import UnitOfWork

ERASED = "[erased]"
"""Stands where a person's name or words stood."""


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why a customer cannot be erased yet: the rule, and the resource that has to be settled first."""

    rule: str
    resource: str


def nothing(uow: UnitOfWork, customer_id: str) -> Sequence[Obstacle]:
    """Of a service where nothing can stand against an erasure."""
    return ()


@dataclass(frozen=True, slots=True)
class Holdings:
    """How a service finds and erases what it holds on a customer, given as the id part of their name."""

    gather: Callable[[UnitOfWork, str], Iterable[Message]]
    """Everything it holds, as the messages of its API."""
    erase: Callable[[UnitOfWork, str], object]
    """Overwrites it; done again it changes nothing."""
    obstacles: Callable[[UnitOfWork, str], Sequence[Obstacle]] = nothing
