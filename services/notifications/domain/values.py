"""What is filled into a template: values of a declared kind (N2)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias


class Kind(StrEnum):
    """Kinds of variables."""

    TEXT = "text"
    INTEGER = "integer"
    TIME = "time"
    """An instant, shown in the operator's time zone."""
    MONEY = "money"
    TERM = "term"
    """A code that the catalogue has words for, such as "heat" or "no_heat"."""
    LINK = "link"
    """An https address."""


@dataclass(frozen=True, slots=True)
class Money:
    """Minor units of an ISO 4217 currency."""

    amount: int
    currency: str


@dataclass(frozen=True, slots=True)
class Term:
    """A code to be shown in words."""

    code: str


@dataclass(frozen=True, slots=True)
class Link:
    """An address to be followed."""

    url: str


Value: TypeAlias = str | int | datetime | Money | Term | Link

_TYPES: dict[Kind, type] = {
    Kind.TEXT: str,
    Kind.INTEGER: int,
    Kind.TIME: datetime,
    Kind.MONEY: Money,
    Kind.TERM: Term,
    Kind.LINK: Link,
}


def kind_of(value: Value) -> Kind:
    """The kind a value is of."""
    return next(kind for kind, python in _TYPES.items() if isinstance(value, python))
