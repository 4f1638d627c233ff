"""A customer and the ways to reach them (C1, C2)."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import FailedPrecondition

ERASED = "[erased]"
"""Stands for the name of a customer who was forgotten."""


class Kind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class Segment(StrEnum):
    RESIDENT = "resident"
    BUSINESS = "business"
    INDUSTRIAL = "industrial"
    VIP = "vip"


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    WECHAT = "wechat"
    APP = "app"
    VOICE = "voice"
    LETTER = "letter"


PHONES = frozenset({Channel.SMS, Channel.VOICE})


Violation = tuple[str, str]
"""A field, and the rule that it breaks."""

MOST_CONTACTS = 20


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a customer; `address` in its one normal form."""

    channel: Channel
    address: str
    language_code: str = "zh-CN"
    consented: bool = False
    preferred: bool = False
    extension: str = ""
    """What is dialled behind a telephone number."""
    written: str = ""
    """What the customer wrote, where that differs from `address`."""

    @property
    def key(self) -> str:
        """What it is compared by: two addresses of mail that differ by case are one."""
        if self.channel is Channel.EMAIL:
            local, _, domain = self.address.rpartition("@")
            return f"{unicodedata.normalize('NFKC', local).casefold()}@{domain.lower()}"
        return f"{self.address};ext={self.extension}" if self.extension else self.address

    @property
    def marked_by(self) -> tuple[str, ...]:
        """What finds it: a number with an extension also by the number alone, which is all that a caller shows."""
        return (self.key, f"{self.address};ext") if self.extension else (self.key,)

    @property
    def looked_up_by(self) -> tuple[str, ...]:
        """What to look for, to find whoever has this contact."""
        return tuple(dict.fromkeys((self.key, self.address, *(() if self.extension else (f"{self.address};ext",)))))


@dataclass(frozen=True, slots=True)
class Customer:
    """A person or organisation."""

    id: str
    display_name: str
    kind: Kind
    segment: Segment
    contacts: tuple[Contact, ...]
    create_time: datetime
    update_time: datetime
    version: int = 1
    erase_time: datetime | None = None
    """When they were forgotten, at their own wish (C9)."""

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"customers/{self.id}"

    def check_is_known(self) -> None:
        """FailedPrecondition for a customer who was forgotten."""
        if self.erase_time:
            raise FailedPrecondition("CUSTOMER_ERASED", self.name, "was erased and stays so")

    def erased(self, now: datetime) -> "Customer":
        """Forgotten: no name, no way to reach them."""
        self.check_is_known()
        return self.changed(now, display_name=ERASED, contacts=(), erase_time=now)

    def changed(self, now: datetime, **changes: object) -> "Customer":
        """With other fields, from `now` on."""
        return replace(self, **changes, update_time=now, version=self.version + 1)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Given:
    """A contact with its place among those that were given."""

    place: int
    contact: Contact
    was_moved: bool = False
    """True when its kind of number made it a call where a text message was asked for."""


def settled(given: Sequence[Given]) -> tuple[tuple[Contact, ...], list[Violation]]:
    """The contacts, each once and at most one preferred, and what was wrong with the others.

    A number may be given for text messages and for calls; when it takes calls only, the two are one.
    """
    kept: dict[tuple[Channel, str], Given] = {}
    wrong: list[Violation] = []
    preferred = False
    for each in given:
        contact, field = each.contact, f"contacts[{each.place}]"
        place = contact.channel, contact.key
        if place in kept:
            before = kept[place]
            if before.place != each.place and before.was_moved == each.was_moved:
                wrong.append((f"{field}.address", "stands there twice for this channel"))
            elif contact.preferred and not preferred:
                preferred = True
                kept[place] = replace(before, contact=replace(before.contact, preferred=True))
            continue
        if len(kept) == MOST_CONTACTS:
            wrong.append((f"{field}.address", f"is more than {MOST_CONTACTS} contacts, as each of two numbers counts"))
            continue
        if contact.preferred and preferred:
            if not any(k.place == each.place for k in kept.values()):
                wrong.append((f"{field}.preferred", "only one contact can be the preferred one"))
            contact = replace(contact, preferred=False)
        preferred = preferred or contact.preferred
        kept[place] = replace(each, contact=contact)
    return tuple(each.contact for each in kept.values()), wrong
