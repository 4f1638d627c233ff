"""What a platform knows: messages that went through it, and the values in them by the names of their fields."""

from collections import defaultdict, deque
from collections.abc import Iterator

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

_MANY = 200
_LARGE = 4096
"""Bytes. Pages of a list grow with the campaign, and fifty of each list were most of what the process grew by."""


class Known:
    """Learned from requests, replies and facts; the latest of each kind, so that it does not grow."""

    def __init__(self) -> None:
        self._texts: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=_MANY))
        self._messages: dict[str, deque[bytes]] = defaultdict(lambda: deque(maxlen=_MANY // 4))

    def learn(self, message: Message) -> None:
        """This message unless it is large, those inside it, and their texts."""
        kind = message.DESCRIPTOR.full_name
        if message.ByteSize() <= _LARGE:
            self._messages[kind].append(message.SerializeToString())
        for field, value in message.ListFields():
            for each in _values(field, value):
                if isinstance(each, Message):
                    self.learn(each)
                elif isinstance(each, str):
                    self._texts[field.name].append(each)
                    if field.name == "name":
                        self._texts[f"{kind}.name"].append(each)

    def text(self, number: int, *names: str) -> str:
        """One of the texts of the first of these fields that has any, counted round; empty when none has."""
        found = next((texts for name in names if (texts := self._texts.get(name))), deque([""]))
        return found[number % len(found)]

    def message(self, number: int, kind: str) -> bytes:
        """One of the messages of this kind, counted round; empty when there is none."""
        found = self._messages.get(kind) or deque([b""])
        return found[number % len(found)]


def _values(field: FieldDescriptor, value: object) -> Iterator[object]:
    if isinstance(value, Message | str):
        yield value
    elif field.is_repeated and hasattr(value, "values"):
        yield from value.values()
    elif field.is_repeated:
        yield from value  # type: ignore[misc]
