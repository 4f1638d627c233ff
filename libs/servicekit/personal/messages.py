"""Personal fields of messages: found once for each type by their option, sealed in events, and changed for masks (C9).

An event is sealed field by field, so its other fields are read as ever, and one without personal fields is left alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from hearthline.options.v1 import personal_pb2
from servicekit.personal.columns import open_text, seal_text
from servicekit.personal.keyring import Keyring

M = TypeVar("M", bound=Message)
Change = Callable[["Field", str], str]
"""What becomes of a text in a field."""


@dataclass(frozen=True, slots=True)
class Field:
    """A personal field, or one whose message has some within."""

    name: str
    full_name: str
    kind: int
    """Of hearthline.options.v1.Personal; 0 for a message."""
    is_repeated: bool
    is_map: bool
    within: tuple["Field", ...] = ()


def kind_of(field: FieldDescriptor) -> int:
    """What a field tells of a person, as its option says."""
    return int(field.GetOptions().Extensions[personal_pb2.personal])


@cache
def fields_of(message: Descriptor) -> tuple[Field, ...]:
    """The way to every personal field of a message; empty when it has none."""
    return _fields(message, ())


def _fields(message: Descriptor, above: tuple[Descriptor, ...]) -> tuple[Field, ...]:
    if message in above or not message.full_name.startswith("hearthline."):
        return ()
    found = []
    for field in message.fields:
        inner = field.message_type
        is_map = bool(inner and inner.GetOptions().map_entry)
        value = inner.fields_by_name["value"].message_type if inner and is_map else inner
        kind = kind_of(field)
        within = _fields(value, (*above, message)) if value is not None else ()
        if kind not in (personal_pb2.PERSONAL_UNSPECIFIED, personal_pb2.PERSONAL_NONE) or within:
            found.append(Field(field.name, field.full_name, kind, field.is_repeated, is_map, within))
    return tuple(found)


def parts_of(message: Any, field: Field) -> Iterable[Any]:
    """The messages that a field holds: one, several, or none."""
    value = getattr(message, field.name)
    if field.is_map:
        return cast(Iterable[Any], value.values())
    return cast(Iterable[Any], value) if field.is_repeated else (value,) if message.HasField(field.name) else ()


def change(message: Any, fields: tuple[Field, ...], to: Change) -> None:
    """Changes the texts of personal fields in place; empty ones stay empty."""
    for field in fields:
        value = getattr(message, field.name)
        if field.within:
            for part in parts_of(message, field):
                change(part, field.within, to)
        elif field.is_map:
            for name in value:
                value[name] = to(field, value[name])
        elif field.is_repeated:
            value[:] = [to(field, text) for text in value]
        elif value:
            setattr(message, field.name, to(field, value))


def sealed_event(keyring: Keyring, message: M) -> M:
    """The fact as others may carry it: without a personal text in clear."""
    fields = fields_of(message.DESCRIPTOR)
    if not fields or not keyring.sealing:
        return message
    sealed = type(message)()
    sealed.CopyFrom(message)
    change(sealed, fields, lambda field, text: seal_text(keyring, keyring.events, text, field.full_name))
    return sealed


def opened_event(keyring: Keyring, message: M) -> M:
    """The fact in clear, whether or not it was sealed; it is changed in place."""
    if fields := fields_of(message.DESCRIPTOR):
        change(message, fields, lambda field, text: open_text(keyring, keyring.events, text, field.full_name))
    return message
