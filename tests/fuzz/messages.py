"""Messages of any kind from their descriptors: mostly what could be meant, with something odd here and there.

What is odd throughout would never come past the first rule. So a message begins with one that was seen before, or with
values that keep the rules of its proto and name what exists; then each field has a small chance of an odd one.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.descriptor import FieldDescriptor as F
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from tests.fuzz import odd
from tests.fuzz.known import Known
from tests.support.running import MORNING

_NUMBERS = st.integers(0, 2**16)
_CHANCES = st.integers(0, 63)
_ODD, _OTHER, _UNSET = 62, 56, 44
"""Of 64: what chance a field has of an odd value, of another that could be meant, and of none."""
_DEEPEST = 5
_TOO_MANY = 1100
_NOW = int(MORNING.timestamp())


class Messages:
    """Strategies that draw on what is known."""

    def __init__(self, known: Known) -> None:
        self.known = known
        self._of: dict[tuple[str, str], SearchStrategy[Message]] = {}

    def of(self, kind: Any, resource: str = "") -> SearchStrategy[Message]:
        """Messages of a descriptor; `resource` is what its field `name` names, when it is not its own kind."""
        key = (kind.full_name, resource or kind.full_name)
        if key not in self._of:
            self._of[key] = _messages(self, kind, key[1], 0)
        return self._of[key]

    def fill(self, draw: DrawFn, message: Message, resource: str, depth: int) -> None:
        """Goes through the fields of a message."""
        for field in message.DESCRIPTOR.fields:
            chance = draw(_CHANCES)
            is_set = bool(getattr(message, field.name)) if field.is_repeated else field in dict(message.ListFields())
            if chance >= _ODD:
                self._set(draw, message, field, resource, depth, is_odd=True)
            elif (
                field.name == "request_id"
                or (chance < _UNSET and not is_set and field.name != "etag")
                or chance >= _OTHER
            ):
                self._set(draw, message, field, resource, depth, is_odd=False)

    def _set(self, draw: DrawFn, message: Message, field: Any, resource: str, depth: int, is_odd: bool) -> None:
        message.ClearField(field.name)
        if field.message_type is not None and depth >= _DEEPEST:
            return
        if field.is_repeated:
            self._set_many(draw, message, field, depth, is_odd)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(self._part(draw, field.message_type, depth, is_odd))
        else:
            setattr(message, field.name, self._scalar(draw, field, resource, is_odd))

    def _set_many(self, draw: DrawFn, message: Message, field: F, depth: int, is_odd: bool) -> None:
        into = getattr(message, field.name)
        count = draw(st.integers(0, 3))
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for _ in range(count):
                entry = self._part(draw, field.message_type, depth, is_odd)
                if isinstance(value := entry.value, Message):  # type: ignore[attr-defined]
                    into[entry.key].CopyFrom(value)  # type: ignore[attr-defined]
                else:
                    into[entry.key] = value  # type: ignore[attr-defined]
            return
        for _ in range(count):
            part = field.message_type
            into.append(self._part(draw, part, depth, is_odd) if part else self._scalar(draw, field, "", is_odd))
        if is_odd and count:
            # The same again and again, for a limit, or for whoever thinks that things are there once.
            into.extend(list(into)[:1] * draw(st.sampled_from([1, _TOO_MANY])))

    def _part(self, draw: DrawFn, kind: Descriptor, depth: int, is_odd: bool) -> Message:
        part: Any = GetMessageClass(kind)()
        if kind.full_name in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
            is_time = kind.name == "Timestamp"
            part.seconds = draw(odd.seconds if is_odd else st.integers(-90_000, 90_000)) + (
                _NOW if is_time and not is_odd else 0
            )
            part.nanos = draw(odd.nanos) if is_odd else 0
        elif is_odd:
            self.fill(draw, part, kind.full_name, depth + 1)
        else:
            part = draw(_messages(self, kind, kind.full_name, depth + 1))
        return part  # type: ignore[no-any-return]

    def _scalar(self, draw: DrawFn, field: F, resource: str, is_odd: bool) -> object:
        if is_odd:
            return draw(odd.scalar(field))
        if (fitting := _fitting(field)) is not None:
            return draw(fitting)
        if field.type == F.TYPE_STRING:
            name = f"{resource}.name" if field.name == "name" else field.name
            return self.known.text(draw(_NUMBERS), name, *_ALIASES.get(field.name, []))
        return draw(odd.scalar(field))


@st.composite
def _messages(draw: DrawFn, messages: Messages, kind: Descriptor, resource: str, depth: int) -> Message:
    message = GetMessageClass(kind)()
    if draw(st.booleans()):
        message.MergeFromString(messages.known.message(draw(_NUMBERS), kind.full_name))
    messages.fill(draw, message, resource, depth)
    return message


_ALIASES = {
    "parent": ["customer", "account"],
    "recipient": ["customer"],
    "page_token": ["next_page_token"],
    "name": ["name"],
}
"""Other fields whose texts may fit."""
_LISTS = {
    "filter": ["", 'create_time > "2026-01-01T00:00:00Z"', 'customer = "customers/li"', 'state = "OPEN"', "channel:a"],
    "order_by": ["", "create_time", "create_time desc", "update_time,create_time desc"],
}


@cache
def _fitting(field: F) -> SearchStrategy[Any] | None:
    """Values that keep the rules of a field; None where only what is known helps."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    if field.is_repeated:
        rules = rules.repeated.items
    if field.enum_type is not None:
        return st.sampled_from([value.number for value in field.enum_type.values if value.number] or [0])
    if field.type == F.TYPE_BOOL:
        return st.booleans()
    if field.type == F.TYPE_STRING:
        return _fitting_text(field, rules.string)
    if field.type in (F.TYPE_DOUBLE, F.TYPE_FLOAT):
        return st.floats(0, 5)
    return None if field.type == F.TYPE_BYTES else st.integers(1, 9)


def _fitting_text(field: F, rules: Any) -> SearchStrategy[str] | None:
    if field.name in _LISTS:
        return st.sampled_from(_LISTS[field.name])
    if field.name.endswith("_id"):
        return st.uuids().map(str)
    chosen: Mapping[str, SearchStrategy[str]] = {
        "uuid": st.uuids().map(str),
        "in": st.sampled_from(list(getattr(rules, "in")) or [""]),
    }
    if rules.pattern and "/" not in rules.pattern:
        return st.from_regex(rules.pattern, fullmatch=False)
    return next((made for name, made in chosen.items() if getattr(rules, name)), None)
