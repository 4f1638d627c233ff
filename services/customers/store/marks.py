"""What customers are found by, though it is sealed: whole texts, each in its one normal form (C2, C9)."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from customers.domain.customer import Channel, Contact
from servicekit.contacts.phones import takes_texts


def name_texts(display_name: str) -> list[str]:
    """The whole name, and each of its words."""
    whole = normal_name(display_name)
    return [whole, *whole.split()]


def normal_name(text: str) -> str:
    """A name or a word of it, whatever its case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def contact_texts(contacts: Sequence[Mapping[str, Any]]) -> list[str]:
    """What each contact is found by."""
    return [text for contact in contacts for text in contact_of(contact).marked_by]


def contact_of(stored: Mapping[str, Any]) -> Contact:
    """A contact as it is stored; an older version told no extension, and took land lines for mobile phones."""
    channel, extension = Channel(stored["channel"]), stored.get("extension", "")
    if channel is Channel.SMS and not takes_texts(stored["address"]):
        channel = Channel.VOICE
    return Contact(
        channel,
        stored["address"],
        stored["language_code"],
        stored["consented"],
        stored["preferred"],
        extension,
        stored.get("written", ""),
    )
