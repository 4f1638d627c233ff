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

from servicekit.claims import Claims, identity_of
from servicekit.errors import Unauthenticated
from servicekit.identity import Identity
from servicekit.jose import read_header
from servicekit.jwks import KeySet

_LONGEST = 4096
_LEEWAY_S = 30
_KEPT = 4096

# Said in our own words, for those of the library may quote the token.
_REASONS: dict[type[PyJWTError], tuple[str, str]] = {
    ExpiredSignatureError: ("TOKEN_EXPIRED", "the token has expired"),
    ImmatureSignatureError: ("TOKEN_NOT_YET_VALID", "the token is not valid yet"),
    InvalidAudienceError: ("TOKEN_AUDIENCE", "the token is for another audience"),
    InvalidIssuerError: ("TOKEN_ISSUER", "the token is of another issuer"),
    InvalidSignatureError: ("TOKEN_SIGNATURE", "the token's signature is wrong"),
    MissingRequiredClaimError: ("TOKEN_INCOMPLETE", "the token lacks one of exp, iss and aud"),
}


class Tokens:
    """Verifies tokens, each once: it is then known by its bytes until it expires or the keys change."""

    def __init__(self, keys: KeySet, issuer: str, audience: str, claims: Claims | None = None) -> None:
        self._keys, self._issuer, self._audience = keys, issuer, audience
        self._claims = claims or Claims()
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
        identity = identity_of(claims, self._claims)
        if len(known) >= _KEPT:
            known.clear()
        known[token] = identity, float(claims["exp"]) + _LEEWAY_S
        return identity

    def _verified(self, token: str) -> dict[str, Any]:
        header = read_header(token)
        key = self._keys.find(header.kid, header.algorithm)
        if key is None:
            raise Unauthenticated("the token's key is not one of the issuer's", reason="TOKEN_KEY")
        try:
            return jwt.decode(
                token,
                # Bound to one of the key's own algorithms, so that a header cannot choose `none`, or a public key as an
                # HMAC's secret.
                key.by[header.algorithm],
                algorithms=[header.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=_LEEWAY_S,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (PyJWTError, ValueError, TypeError, ArithmeticError) as error:
            reason, words = _REASONS.get(type(error), ("TOKEN_INVALID", "this is no token that we can read"))  # type: ignore[arg-type]
            raise Unauthenticated(words, reason=reason) from None
