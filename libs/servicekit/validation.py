"""What a request must keep to, as its proto file says it (P1)."""

from collections.abc import Collection
from typing import Any

import protovalidate
from google.protobuf.message import Message

from servicekit.errors import InvalidArgument

_ALWAYS = ("name", "etag")
"""What an update needs of its resource besides the fields that it changes."""


def validate(request: Message) -> None:
    """InvalidArgument naming every broken field; what an update's mask leaves out is dropped, and not judged."""
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


def _masked(request: Any) -> tuple[str, Collection[str]]:
    """The resource of an update with a mask, and its fields that count (AIP-134); else nothing."""
    fields = request.DESCRIPTOR.fields
    if "update_mask" not in request.DESCRIPTOR.fields_by_name or not request.update_mask.paths:
        return "", ()
    if "*" in request.update_mask.paths:
        return "", ()
    resource = next(f.name for f in fields if f.message_type is not None and f.name != "update_mask")
    return resource, {*(path.partition(".")[0] for path in request.update_mask.paths), *_ALWAYS}


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
