"""Which fields an Update changes (AIP-134): those of its mask, `*` for all, without a mask those that are filled in."""

from collections.abc import Collection
from typing import Any

from google.protobuf.message import Message

from servicekit.errors import InvalidArgument


def resource_of(request: Any) -> str:
    """The field of an Update that holds the resource."""
    fields = request.DESCRIPTOR.fields
    found: str = next(f.name for f in fields if f.message_type is not None and f.name != "update_mask")
    return found


def filled_in(resource: Message) -> set[str]:
    """The fields that have another value than their default."""
    return {field.name for field, _ in resource.ListFields()}


def mask_of(request: Any, allowed: Collection[str]) -> frozenset[str]:
    """The fields that an Update changes, of those that can be; InvalidArgument names every path that cannot."""
    paths: Collection[str] = request.update_mask.paths
    resource: Message = getattr(request, resource_of(request))
    if not paths:
        chosen = frozenset(allowed) & filled_in(resource)
        if not chosen:
            rule = f"names nothing, and none of {', '.join(allowed)} is filled in"
            raise InvalidArgument("update_mask", rule, "BAD_UPDATE_MASK")
        return chosen
    if "*" in paths:
        if set(paths) != {"*"}:
            raise InvalidArgument("update_mask", "'*' stands for all fields, and so alone", "BAD_UPDATE_MASK")
        return frozenset(allowed)
    if wrong := [path for path in dict.fromkeys(paths) if path not in allowed]:
        known = {field.name for field in resource.DESCRIPTOR.fields}
        raise InvalidArgument.of([("update_mask", _why(path, known, allowed)) for path in wrong], "BAD_UPDATE_MASK")
    return frozenset(paths)


def _why(path: str, known: Collection[str], allowed: Collection[str]) -> str:
    whole = path.partition(".")[0]
    if whole != path and whole in allowed:
        return f"{path!r} is a part of {whole}, which is changed as a whole: name {whole}"
    what = "cannot be updated: it" if path in known else "is no field of it and"
    return f"{path!r} {what} is not one of {', '.join(allowed)}, or '*' for all of them"
