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
from tests.fuzz.drawing import Hand
from tests.fuzz.known import Known
from tests.support.lists import filters, listing_of, orders
from tests.support.running import MORNING

_CHANCES = 64
_ODD, _OTHER, _UNSET, _RARELY = 63, 60, 24, 4
"""Of 64: from which chance on a field has an odd value, another that could be meant, and none if it need not."""
_DEEPEST = 5
_MANY = 2**16
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
            self._of[key] = _messages(self, kind, key[1])
        return self._of[key]

    def make(self, hand: Hand, kind: Descriptor, resource: str, depth: int = 0) -> Message:
        """One of them, begun with one that was seen or with none."""
        message = GetMessageClass(kind)()
        if hand.below(2):
            message.MergeFromString(self.known.message(hand.below(_MANY), kind.full_name))
        self._fill(hand, message, resource, depth)
        return message

    def _fill(self, hand: Hand, message: Message, resource: str, depth: int) -> None:
        """Goes through the fields of a message."""
        present = {field.name for field, _ in message.ListFields()}
        for field in message.DESCRIPTOR.fields:
            chance = hand.below(_CHANCES)
            missing = field.name not in present
            likely = _RARELY if field.name in _RARE else _UNSET
            if chance >= _ODD:
                self._set(hand, message, field, resource, depth, is_odd=True)
            elif chance >= _OTHER or field.name == "request_id" or (missing and (chance < likely or _is_needed(field))):
                self._set(hand, message, field, resource, depth, is_odd=False)

    def _set(self, hand: Hand, message: Message, field: Any, resource: str, depth: int, is_odd: bool) -> None:
        message.ClearField(field.name)
        if field.message_type is not None and depth >= _DEEPEST:
            return
        if field.is_repeated:
            self._set_many(hand, message, field, depth, is_odd)
        elif field.message_type is not None:
            getattr(message, field.name).CopyFrom(self._part(hand, field.message_type, depth, is_odd))
        else:
            setattr(message, field.name, self._scalar(hand, field, resource, is_odd))

    def _set_many(self, hand: Hand, message: Message, field: F, depth: int, is_odd: bool) -> None:
        into = getattr(message, field.name)
        count = hand.below(4) or int(not is_odd and _is_needed(field))
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            for _ in range(count):
                entry = self._part(hand, field.message_type, depth, is_odd)
                if isinstance(value := entry.value, Message):  # type: ignore[attr-defined]
                    into[entry.key].CopyFrom(value)  # type: ignore[attr-defined]
                else:
                    into[entry.key] = value  # type: ignore[attr-defined]
            return
        for _ in range(count):
            part = field.message_type
            into.append(self._part(hand, part, depth, is_odd) if part else self._scalar(hand, field, "", is_odd))
        if is_odd and count:
            # The same again and again, for a limit, or for whoever thinks that things are there once.
            into.extend(list(into)[:1] * hand.one_of([1, _TOO_MANY]))

    def _part(self, hand: Hand, kind: Descriptor, depth: int, is_odd: bool) -> Message:
        part: Any = GetMessageClass(kind)()
        if kind.full_name in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
            is_time = kind.name == "Timestamp"
            part.seconds = hand(odd.seconds) if is_odd else hand.below(180_000) - 90_000 + _NOW * is_time
            part.nanos = hand(odd.nanos) if is_odd else 0
        elif is_odd:
            self._fill(hand, part, kind.full_name, depth + 1)
        else:
            part = self.make(hand, kind, kind.full_name, depth + 1)
        return part  # type: ignore[no-any-return]

    def _scalar(self, hand: Hand, field: F, resource: str, is_odd: bool) -> object:
        if is_odd:
            return hand(odd.scalar(field))
        if (fitting := _fitting(field)) is not None:
            return hand(fitting)
        if field.type == F.TYPE_STRING:
            name = f"{resource}.name" if field.name == "name" else field.name
            known = self.known.text(hand.below(_MANY), name, *_ALIASES.get(field.name, []))
            return known or ("x" if _is_needed(field) else "")
        return hand(odd.scalar(field))


@st.composite
def _messages(draw: DrawFn, messages: Messages, kind: Descriptor, resource: str) -> Message:
    return messages.make(Hand(draw), kind, resource)


_RARE = frozenset({"etag", "filter", "order_by", "page_token", "update_mask"})
"""Most of their values fit no other request than the one that they are of."""
_ALIASES = {
    "parent": ["customer", "account"],
    "recipient": ["customer"],
    "sensor": ["hearthline.workorders.v1.Sensor.name"],
    "page_token": ["next_page_token"],
    "name": ["name"],
}
"""Other fields whose texts may fit."""


@cache
def _is_needed(field: F) -> bool:
    """Whether its rules refuse a message without it."""
    rules = field.GetOptions().Extensions[validate_pb2.field]
    if rules.ignore == validate_pb2.IGNORE_IF_ZERO_VALUE:
        return False
    chosen = getattr(rules.string, "in")
    return bool(
        rules.required
        or rules.string.min_len
        or (chosen and "" not in chosen)
        or rules.repeated.min_items
        or getattr(rules.enum, "in")
        or rules.enum.not_in
    )


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


def _fitting_text(field: Any, rules: Any) -> SearchStrategy[str] | None:
    if field.name == "filter":
        return st.just("") | filters(listing_of(field.containing_type.full_name))
    if field.name == "order_by":
        return orders(listing_of(field.containing_type.full_name))
    if field.name.endswith("_id"):
        return st.uuids().map(str)
    chosen: Mapping[str, SearchStrategy[str]] = {
        "uuid": st.uuids().map(str),
        "in": st.sampled_from(list(getattr(rules, "in")) or [""]),
    }
    if rules.pattern and "/" not in rules.pattern:
        return st.from_regex(rules.pattern, fullmatch=False)
    return next((made for name, made in chosen.items() if getattr(rules, name)), None)
