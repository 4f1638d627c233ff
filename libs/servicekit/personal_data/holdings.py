"""What a service says about the personal data it holds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.message import Message
from sqlalchemy import bindparam, select

from servicekit.tables import erased_customers
from servicekit.uow import UnitOfWork

ERASED = "[erased]"
"""Stands where a person's name or words stood."""

_ERASED = select(erased_customers.c.customer_id).where(erased_customers.c.customer_id == bindparam("customer"))


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


def is_erased(uow: UnitOfWork, customer_id: str) -> bool:
    """Whether a customer was erased; a fact from before must not bring them back."""
    return uow.row(_ERASED, {"customer": customer_id}) is not None
