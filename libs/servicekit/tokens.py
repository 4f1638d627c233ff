"""Bearer tokens: whether one proves who is calling, and who that is (P4)."""

import time
from typing import Any

import jwt
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)

from servicekit.access import SCOPES, access_file
from servicekit.errors import Unauthenticated
from servicekit.identity import Identity
from servicekit.jwks import KeySet

_LONGEST = 4096
_LONGEST_SUBJECT = 200
_LEEWAY_S = 30
_KEPT = 4096

# Said in our own words, for those of the library may quote the token.
_REASONS: dict[type[PyJWTError], tuple[str, str]] = {
    ExpiredSignatureError: ("TOKEN_EXPIRED", "the token has expired"),
    ImmatureSignatureError: ("TOKEN_NOT_YET_VALID", "the token is not valid yet"),
    InvalidAudienceError: ("TOKEN_AUDIENCE", "the token is for another audience"),
    InvalidIssuerError: ("TOKEN_ISSUER", "the token is of another issuer"),
    InvalidSignatureError: ("TOKEN_SIGNATURE", "the token's signature is wrong"),
    MissingRequiredClaimError: ("TOKEN_INCOMPLETE", "the token lacks one of exp, iss, aud and sub"),
}


class Tokens:
    """Verifies tokens, each once: it is then known by its bytes until it expires or the keys change."""

    def __init__(self, keys: KeySet, issuer: str, audience: str) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._known: dict[str, tuple[Identity, float]] = {}
        self._edition = keys.edition

    def identity(self, token: str) -> Identity:
        """Whom the token names; Unauthenticated says why it proves nobody, and never what it says."""
        self._keys.refresh()
        if self._edition != self._keys.edition:
            self._edition, self._known = self._keys.edition, {}
        # What older keys prove while new ones come in goes to the memory that is forgotten.
        known = self._known
        if (found := known.get(token)) is not None and time.time() < found[1]:
            return found[0]
        if len(token) > _LONGEST:
            raise Unauthenticated(f"the token is longer than {_LONGEST} characters", reason="TOKEN_TOO_LONG")
        claims = self._verified(token)
        identity = _identity(claims)
        if len(known) >= _KEPT:
            known.clear()
        known[token] = identity, float(claims["exp"]) + _LEEWAY_S
        return identity

    def _verified(self, token: str) -> dict[str, Any]:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise Unauthenticated("the token's key is not one of the issuer's", reason="TOKEN_KEY")
            return jwt.decode(
                token,
                key.key,
                # The key's own, so that a header cannot choose `none`, or a public key as an HMAC's secret.
                algorithms=[str(key.algorithm_name)],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except (PyJWTError, ValueError, TypeError) as error:
            reason, words = _REASONS.get(type(error), ("TOKEN_INVALID", "this is no token that we can read"))  # type: ignore[arg-type]
            raise Unauthenticated(words, reason=reason) from None


def _identity(claims: dict[str, Any]) -> Identity:
    """Claims that are not as they must be prove nobody; roles that we do not know are somebody else's."""
    subject = claims["sub"]
    if not subject or len(subject) > _LONGEST_SUBJECT or not subject.isprintable():
        raise Unauthenticated("the token's sub is no name", reason="TOKEN_SUBJECT")
    roles = _names(claims, "roles") & access_file().roles.keys()
    scopes = {kind: _ids(claims, collection) for kind, collection in SCOPES.items() if collection in claims}
    return Identity(subject, frozenset(roles), scopes)


def _ids(claims: dict[str, Any], collection: str) -> frozenset[str]:
    return frozenset(name.removeprefix(f"{collection}/") for name in _names(claims, collection))


def _names(claims: dict[str, Any], claim: str) -> frozenset[str]:
    names = claims.get(claim, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise Unauthenticated(f"the token's {claim} are no list of names", reason="TOKEN_CLAIMS")
    return frozenset(names)
