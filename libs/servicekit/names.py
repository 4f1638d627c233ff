"""Resource names as AIP-122 has them: `collection/id`."""

import re

from servicekit.errors import InvalidArgument

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,127}\Z")


def resource_id(name: str, collection: str, field: str = "name") -> str:
    """The id part of `collection/id`; InvalidArgument naming `field` when the name is of another form."""
    prefix, _, identifier = name.partition("/")
    if prefix != collection or not _ID.match(identifier):
        raise InvalidArgument(field, f"must be a resource name of the form {collection}/ID", reason="BAD_RESOURCE_NAME")
    return identifier


def optional_id(name: str, collection: str, field: str = "name") -> str | None:
    """As `resource_id`, and None for an empty name."""
    return resource_id(name, collection, field) if name else None


def chosen_id(identifier: str, field: str) -> str:
    """An id the caller chose (AIP-133), checked: letters, digits, `.`, `_`, `~`, `-`, 1 to 128 characters."""
    if not _ID.match(identifier):
        raise InvalidArgument(field, "must be 1 to 128 letters, digits, '.', '_', '~' or '-'", reason="BAD_RESOURCE_ID")
    return identifier
