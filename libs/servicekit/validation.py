"""What a request must keep to, as its proto file says it (P1)."""

from collections.abc import Collection, Iterator
from functools import cache
from typing import Any

import protovalidate
from buf.validate import validate_pb2
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from servicekit.errors import InvalidArgument
from servicekit.update_masks import filled_in, resource_of

_MOST_PATHS = 100
_ALWAYS = ("name", "etag")
"""What an update needs of its resource besides the fields that it changes."""


def validate(request: Message) -> None:
    """InvalidArgument naming every broken field; what an update's mask leaves out is dropped, and not judged."""
    # Protovalidate tells of a list that is too long, too, but only with all that is wrong with each of its elements.
    if broken := list(_too_many(request)):
        raise InvalidArgument.of(broken, reason="INVALID_FIELD")
    resource, kept = _masked(request)
    if resource:
        _drop_others(getattr(request, resource), kept)
    try:
        protovalidate.validate(request)
    except protovalidate.ValidationError as error:
        broken = [
            (".".join(path) or "request", violation.proto.message or violation.proto.rule_id)
            for violation in error.violations
            if not _is_left_out(path := _path(violation), resource, kept)
        ]
        if broken or not error.violations:
            raise InvalidArgument.of(broken or [("request", str(error))], reason="INVALID_FIELD") from error


def _too_many(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    """The lists and maps that have more in them than their rules allow."""
    for field, most in _limited(message.DESCRIPTOR):
        found, place = getattr(message, field.name), f"{path}{field.name}"
        if not field.is_repeated:
            if message.HasField(field.name):
                yield from _too_many(found, f"{place}.")
        elif len(found) > most:
            yield place, f"must contain no more than {most} item(s)"
        elif field.message_type is not None and not field.message_type.GetOptions().map_entry:
            for number, each in enumerate(found):
                yield from _too_many(each, f"{place}[{number}].")


@cache
def _limited(kind: Descriptor) -> tuple[tuple[FieldDescriptor, int], ...]:
    """Fields with a limit to what is in them, and those with such fields further in; no message is in itself."""
    found = []
    for field in kind.fields:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        most = rules.repeated.max_items or rules.map.max_pairs
        if field.full_name == "google.protobuf.FieldMask.paths":
            most = _MOST_PATHS
        if most or (not field.is_repeated and field.message_type is not None and _limited(field.message_type)):
            found.append((field, most))
    return tuple(found)


def _masked(request: Any) -> tuple[str, Collection[str]]:
    """The resource of an update, and its fields that count (AIP-134); nothing where all do."""
    if "update_mask" not in request.DESCRIPTOR.fields_by_name or "*" in request.update_mask.paths:
        return "", ()
    resource = resource_of(request)
    named = {path.partition(".")[0] for path in request.update_mask.paths}
    return resource, {*(named or filled_in(getattr(request, resource))), *_ALWAYS}


def _drop_others(resource: Message, kept: Collection[str]) -> None:
    for field, _ in resource.ListFields():
        if field.name not in kept:
            resource.ClearField(field.name)


def _is_left_out(path: list[str], resource: str, kept: Collection[str]) -> bool:
    return len(path) > 1 and path[0] == resource and path[1].partition("[")[0] not in kept


def _path(violation: Any) -> list[str]:
    """The way to a field, with indexes: `contacts[1]`, `address`."""
    parts = []
    for element in violation.proto.field.elements:
        index = getattr(element.subscript, "value", None) if element.subscript is not None else None
        parts.append(element.field_name + (f"[{index}]" if index is not None else ""))
    return parts
