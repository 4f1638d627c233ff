"""Detached JWS with Ed25519 over the exact bytes (B2): RFC 7515 appendix F, RFC 7797, RFC 8037."""

import base64
import json
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from jwt import PyJWK, PyJWS
from jwt.algorithms import OKPAlgorithm
from jwt.exceptions import DecodeError, InvalidSignatureError, PyJWTError

from billing.domain.bank import Bank
from billing.domain.rejection import Reason, Rejected
from servicekit.errors import InvalidArgument

_ALGORITHMS = ["EdDSA", "Ed25519"]
"""RFC 8037 has the first name, RFC 9864 the second; a key of ours makes them one."""
_JWS = PyJWS(algorithms=["EdDSA"])
_JWS.register_algorithm("Ed25519", OKPAlgorithm())
_LONGEST = 2000


def verify(content: bytes, jws: str, bank: Bank, now: datetime) -> None:
    """Returns when one of the bank's keys signed exactly these bytes; Rejected says why not."""
    if not jws:
        raise Rejected(Reason.BAD_SIGNATURE, "the record has no header of the name jws, in small letters")
    if "," in jws:
        raise Rejected(Reason.BAD_SIGNATURE, "the record must have one jws header, not several")
    kid = _kid(jws)
    key = bank.key(kid)
    if key is None:
        raise Rejected(Reason.UNKNOWN_KEY, f"{bank.name} has no key of the kid {kid}")
    if not key.is_valid(now):
        raise Rejected(Reason.KEY_NOT_VALID, f"the key of the kid {kid} is not accepted at this time")
    try:
        check(content, jws, public_key(key.jwk, "jwk"))
    except PyJWTError as error:
        raise _bad(error) from error


def check(content: bytes, jws: str, key: Ed25519PublicKey) -> None:
    """PyJWTError unless the key's owner signed the content.

    Both forms of detachment are taken: `"b64": false` signs the bytes as they are (RFC 7797), without it
    their base64url form is signed (RFC 7515 appendix F).
    """
    header, _, rest = jws.partition(".")
    if _JWS.get_unverified_header(jws).get("b64", True) is False:
        _JWS.decode_complete(jws, key, _ALGORITHMS, detached_payload=content)
    elif rest.startswith("."):
        payload = base64.urlsafe_b64encode(content).rstrip(b"=").decode()
        _JWS.decode_complete(f"{header}.{payload}{rest}", key, _ALGORITHMS)
    else:
        raise PyJWTError("the payload must be detached: header..signature")


def public_key(jwk: str, field: str) -> Ed25519PublicKey:
    """The key in a JWK; InvalidArgument naming `field` for any other kind, and for one with its private part."""
    try:
        members = json.loads(jwk)
        if not isinstance(members, dict) or (members.get("kty"), members.get("crv")) != ("OKP", "Ed25519"):
            raise InvalidArgument(field, 'must be a JWK with "kty": "OKP" and "crv": "Ed25519"', reason="BAD_KEY")
        if "d" in members:
            raise InvalidArgument(field, "holds a private key: send the public part only", reason="PRIVATE_KEY")
        key = PyJWK.from_dict({**members, "alg": "EdDSA"}).key
    except (ValueError, RecursionError, PyJWTError) as error:
        raise InvalidArgument(field, f"is not a JWK: {error}", reason="BAD_KEY") from error
    if not isinstance(key, Ed25519PublicKey):
        raise InvalidArgument(field, "is not an Ed25519 key", reason="BAD_KEY")
    return key


def _kid(jws: str) -> str:
    if len(jws) > _LONGEST:
        raise Rejected(Reason.BAD_SIGNATURE, f"the jws header is longer than {_LONGEST} characters")
    try:
        header = _JWS.get_unverified_header(jws)
    except PyJWTError as error:
        raise _bad(error) from error
    kid = header.get("kid")
    if header.get("alg") not in _ALGORITHMS or not isinstance(kid, str):
        raise Rejected(Reason.BAD_SIGNATURE, "the protected header of the jws must name the alg EdDSA and a kid")
    return kid


def _bad(error: PyJWTError) -> Rejected:
    """In our words: those of the library tell of its own code."""
    if isinstance(error, InvalidSignatureError):
        return Rejected(Reason.BAD_SIGNATURE, "the signature in the jws header is not of this key over these bytes")
    if isinstance(error, DecodeError):
        return Rejected(Reason.BAD_SIGNATURE, "the jws header must be base64url(header)..base64url(signature)")
    return Rejected(Reason.BAD_SIGNATURE, f"the jws header: {error}"[:200])
