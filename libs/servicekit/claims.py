"""Whom the claims of a token name, in the places where an identity provider puts them (P4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.access import SCOPES, access_file
from servicekit.errors import Unauthenticated
from servicekit.identity import Identity

_LONGEST_SUBJECT = 200


@dataclass(frozen=True, slots=True)
class Claims:
    """Where in a token things are: paths with dots between names, which may have dots themselves."""

    subject: str = "sub"
    roles: tuple[str, ...] = ("roles",)
    scope_prefix: str = ""
    """Stands before the names of the claims with a caller's own: cells, units, customers, crews, banks."""


def identity_of(claims: Mapping[str, Any], places: Claims) -> Identity:
    """Claims that are not as they must be prove nobody; roles that we do not know are somebody else's."""
    subject = _at(claims, places.subject)
    if subject is None:
        raise Unauthenticated(f"the token lacks {places.subject}", reason="TOKEN_INCOMPLETE")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT or not subject.isprintable():
        raise Unauthenticated(f"the token's {places.subject} is no name", reason="TOKEN_SUBJECT")
    roles = frozenset().union(*(_names(claims, path) for path in places.roles)) & access_file().roles.keys()
    claimed = {kind: (collection, f"{places.scope_prefix}{collection}") for kind, collection in SCOPES.items()}
    scopes = {
        kind: frozenset(name.removeprefix(f"{collection}/") for name in _names(claims, path))
        for kind, (collection, path) in claimed.items()
        if _at(claims, path) is not None
    }
    return Identity(subject, frozenset(roles), scopes)


def _names(claims: Mapping[str, Any], path: str) -> frozenset[str]:
    """A list of names, or a text with spaces between them as `scope` has it; none where the claim is not there."""
    names = _at(claims, path)
    if isinstance(names, str):
        names = names.split()
    if names is None:
        return frozenset()
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unauthenticated(f"the token's {path} are no list of names", reason="TOKEN_CLAIMS")
    return frozenset(names)


def _at(claims: Any, path: str) -> Any:
    """What a path leads to, None for nothing: `realm_access.roles`, and `https://example.org/roles` in one step."""
    return _within(claims, path.split("."))


def _within(found: Any, names: Sequence[str]) -> Any:
    if not names:
        return found
    if not isinstance(found, Mapping):
        return None
    for count in range(len(names), 0, -1):
        if (name := ".".join(names[:count])) in found:
            return _within(found[name], names[count:])
    return None
