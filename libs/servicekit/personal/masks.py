"""What of people is shown to whom need not know it: enough to recognise them by, and no more (C9)."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from hearthline.options.v1 import personal_pb2 as pb
from servicekit.personal.messages import Field, change

_HIDDEN = "****"
_DIGITS = 8
"""From so many digits on it is a number that somebody is called by."""


def mask(reply: Any, fields: tuple[Field, ...], kinds: Collection[int]) -> None:
    """Masks what a reply tells of people, in place, as far as it is of these kinds."""
    change(reply, fields, lambda field, text: _MASKS[field.kind](text) if field.kind in kinds else text)


def masked_contact(text: str) -> str:
    """+86138****5678, l****@example.org, wx****."""
    if "@" in text:
        local, _, domain = text.rpartition("@")
        return f"{local[:1]}{_HIDDEN}@{domain}"
    if sum(letter.isdigit() for letter in text) >= _DIGITS:
        return f"{text[:-8]}{_HIDDEN}{text[-4:]}"
    return text[:2] + _HIDDEN


def masked_name(text: str) -> str:
    """王**, and of each word its first letter: B** L**."""
    return " ".join(f"{word[0]}**" for word in text.split())


def masked_address(text: str) -> str:
    """Its beginning, which is the town or the street, and never more than half."""
    return text[: min(6, len(text) // 2)] + _HIDDEN


def masked_text(_: str) -> str:
    """Nothing of it: what people say cannot be told in part."""
    return _HIDDEN


_MASKS: Mapping[int, Callable[[str], str]] = {
    pb.PERSONAL_NAME: masked_name,
    pb.PERSONAL_CONTACT: masked_contact,
    pb.PERSONAL_ADDRESS: masked_address,
    pb.PERSONAL_TEXT: masked_text,
}
