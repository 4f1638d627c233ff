"""What customers are found by, though it is sealed: whole texts, each in its one normal form (C2, C9)."""

import unicodedata
from collections.abc import Mapping, Sequence


def name_texts(display_name: str) -> list[str]:
    """The whole name, and each of its words."""
    whole = normal_name(display_name)
    return [whole, *whole.split()]


def normal_name(text: str) -> str:
    """A name or a word of it, whatever its case, width and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def contact_texts(contacts: Sequence[Mapping[str, str]]) -> list[str]:
    """The addresses, which are stored in their normal form."""
    return [contact["address"] for contact in contacts]
