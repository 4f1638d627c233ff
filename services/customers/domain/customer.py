"""A customer and the ways to reach them (C1, C2)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import FailedPrecondition, InvalidArgument

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


@dataclass(frozen=True, slots=True)
class Contact:
    """A way to reach a customer; `address` in its one normal form."""

    channel: Channel
    address: str
    language_code: str = "zh-CN"
    consented: bool = False
    preferred: bool = False


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


def check_contacts(contacts: Sequence[Contact]) -> None:
    """InvalidArgument when one stands there twice, or more than one is preferred."""
    seen: set[tuple[Channel, str]] = set()
    preferred = 0
    for number, contact in enumerate(contacts):
        if (contact.channel, contact.address) in seen:
            raise InvalidArgument(f"contacts[{number}].address", "stands there twice for this channel")
        seen.add((contact.channel, contact.address))
        preferred += contact.preferred
        if preferred > 1:
            raise InvalidArgument(f"contacts[{number}].preferred", "only one contact can be the preferred one")
