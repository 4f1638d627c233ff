"""What a filter is made of: comparisons, what joins them, and what is wrong with it."""

from collections.abc import Iterator
from dataclasses import dataclass

from servicekit.errors import InvalidArgument


@dataclass(frozen=True, slots=True)
class Value:
    """What a field is compared with; `parts` are the texts between its wildcards, one where there is none."""

    parts: tuple[str, ...]
    is_quoted: bool
    at: int

    @property
    def text(self) -> str:
        return "*".join(self.parts)

    @property
    def has_wildcard(self) -> bool:
        return len(self.parts) > 1

    @property
    def is_star(self) -> bool:
        return self.parts == ("", "")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A field, an operator and a value."""

    field: str
    sign: str
    value: Value
    at: int


@dataclass(frozen=True, slots=True)
class Joined:
    """Parts of which all must hold, or any."""

    word: str
    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    part: "Node"


Node = Comparison | Joined | Not


def refusal(rule: str, at: int) -> InvalidArgument:
    """What is wrong with a filter, and where; characters are counted from 1."""
    return InvalidArgument("filter", f"{rule} (at character {at + 1})")


def leaves(node: Node | None) -> Iterator[Comparison]:
    """The comparisons of a tree, from left to right."""
    match node:
        case Comparison():
            yield node
        case Not(part):
            yield from leaves(part)
        case Joined(_, parts):
            for part in parts:
                yield from leaves(part)
