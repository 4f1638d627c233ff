"""The header of a token (RFC 7515), before anything is believed of it."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from servicekit.errors import Unauthenticated
from servicekit.keys import ALGORITHMS

_BRINGS_A_KEY = ("jwk", "jku", "x5u")


@dataclass(frozen=True, slots=True)
class Header:
    """By which key, and how, a token says that it is signed."""

    algorithm: str
    kid: str | None


def read_header(token: str) -> Header:
    """Unauthenticated for what is no header of a token that we take; it says why, and nothing of the token."""
    try:
        parts = token.split(".")
        if len(parts) != 3:
            raise ValueError("no token has another number of parts")
        whole = json.loads(base64.b64decode(_padded(parts[0]), altchars=b"-_", validate=True), object_pairs_hook=_once)
        if not isinstance(whole, dict):
            raise ValueError("no object")
    except (ValueError, binascii.Error, RecursionError):
        raise _refused("this is no token that we can read") from None
    return _header(whole)


def _header(whole: dict[str, Any]) -> Header:
    algorithm, kid = whole.get("alg"), whole.get("kid")
    if algorithm not in ALGORITHMS:
        raise _refused(f"the token's alg is none of {', '.join(ALGORITHMS)}")
    if "crit" in whole:
        raise _refused("the token's crit asks for extensions that we do not have")
    if any(name in whole for name in _BRINGS_A_KEY):
        raise _refused(f"the token brings its own key, by {', '.join(_BRINGS_A_KEY)}: only the issuer's set counts")
    if kid is not None and not isinstance(kid, str):
        raise _refused("the token's kid is no text")
    return Header(algorithm, kid)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """A name that is there twice is read in one way here and in another elsewhere."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name is there twice")
    return found


def _padded(text: str) -> bytes:
    return text.encode("ascii") + b"=" * (-len(text) % 4)


def _refused(words: str) -> Unauthenticated:
    return Unauthenticated(words, reason="TOKEN_INVALID")
