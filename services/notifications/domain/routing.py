"""Which address a message goes to first, and which come after it (N1, N4)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from notifications.domain.channel import Channel, Language

_ORDER = {channel: place for place, channel in enumerate(Channel)}


@dataclass(frozen=True, slots=True)
class ContactPoint:
    """An address of a customer, with what they allowed (C2)."""

    channel: Channel
    address: str
    language: Language
    consented: bool
    preferred: bool


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of a customer: how to address them and where."""

    display_name: str
    points: tuple[ContactPoint, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One channel, address and language that a message may take."""

    channel: Channel
    address: str
    language: Language

    def is_same_address(self, other: "Route") -> bool:
        """True when both lead to the same place, whatever the language."""
        return (self.channel, self.address) == (other.channel, other.address)


def routes(points: Iterable[ContactPoint], offered: Collection[Channel]) -> tuple[Route, ...]:
    """The consented addresses on channels that are offered, preferred ones first, each once."""
    usable = [p for p in points if p.consented and p.address and p.channel in offered]
    usable.sort(key=lambda p: (not p.preferred, _ORDER[p.channel]))
    by_address = {(p.channel, p.address): Route(p.channel, p.address, p.language) for p in reversed(usable)}
    return tuple(dict.fromkeys(by_address[p.channel, p.address] for p in usable))
