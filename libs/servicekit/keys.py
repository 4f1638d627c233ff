"""Which keys of a set (RFC 7517) tokens are verified with, and by which algorithms."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

_log = structlog.get_logger()

_EDWARDS = ("EdDSA", "Ed25519")
"""One algorithm: RFC 9864 gave it a name that says the curve."""
_OF_TYPE: Mapping[str, tuple[str, ...]] = {"RSA": ("RS256", "PS256"), "EC": ("ES256",), "OKP": _EDWARDS}
ALGORITHMS = tuple(algorithm for names in _OF_TYPE.values() for algorithm in names)
"""A key is used with those of its type, or with the one that it names, whatever a token's header says."""
_LEAST_RSA_BITS = 2048


@dataclass(frozen=True, slots=True)
class Key:
    """A public key; `by` has it as the library takes it, bound to each algorithm that it verifies."""

    kid: str | None
    algorithms: tuple[str, ...]
    public: Any
    by: Mapping[str, PyJWK] = field(compare=False)


def parse(text: bytes) -> tuple[Key, ...]:
    """The usable keys of a set; ValueError without any. One that is not as it should be spoils no other."""
    try:
        entries = json.loads(text)["keys"]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError(f"is no JWKS: {type(error).__name__}: {error}") from error
    if not isinstance(entries, list):
        raise ValueError("is no JWKS: keys are no list")
    usable = _without_rivals(key for entry in entries if (key := _key_of(entry)))
    if not usable:
        raise ValueError(f"has no usable key for {', '.join(ALGORITHMS)}")
    return usable


def _key_of(entry: Any) -> Key | None:
    """A key of the set; None, with a line in the log, for one that is for something else or wrong."""
    try:
        return _usable(entry)
    except (PyJWTError, ValueError, TypeError, AttributeError, KeyError, ArithmeticError) as error:
        kid = entry.get("kid") if isinstance(entry, dict) else None
        _log.warning("a key of the set cannot be used", kid=str(kid)[:200], reason=type(error).__name__)
        return None


def _usable(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig" or "verify" not in _operations(entry):
        return None
    named, of_type = entry.get("alg"), _OF_TYPE.get(entry.get("kty", ""), ())
    algorithms = of_type if named is None or (named in _EDWARDS and named in of_type) else (named,)
    kid = entry.get("kid") or None
    if not set(algorithms) <= set(of_type) or not algorithms or not isinstance(kid, str | None):
        return None
    by = {algorithm: _bound(entry, algorithm) for algorithm in algorithms}
    public = by[algorithms[0]].key
    return Key(kid, algorithms, public, by) if _is_public(public) else None


def _operations(entry: Mapping[str, Any]) -> Iterable[str]:
    found: Iterable[str] = entry.get("key_ops") or ["verify"]
    return found


def _bound(entry: Mapping[str, Any], algorithm: str) -> PyJWK:
    # The library does not know the new name of the old algorithm.
    bound = PyJWK(dict(entry), "EdDSA" if algorithm in _EDWARDS else algorithm)
    bound.algorithm_name = algorithm
    return bound


def _is_public(key: Any) -> bool:
    """Whether it is public and strong enough: a private key is none that a server should hold, let alone take."""
    if isinstance(key, RSAPublicKey):
        return key.key_size >= _LEAST_RSA_BITS
    if isinstance(key, EllipticCurvePublicKey):
        return isinstance(key.curve, SECP256R1)
    return isinstance(key, Ed25519PublicKey)


def _without_rivals(keys: Iterable[Key]) -> tuple[Key, ...]:
    """Each key once, and none of those that share an id and an algorithm: who knows which of them the issuer means?"""
    once: list[Key] = []
    for key in keys:
        if key not in once:
            once.append(key)
    claimed = Counter((key.kid, algorithm) for key in once if key.kid for algorithm in key.algorithms)
    rivals = {kid for (kid, _), count in claimed.items() if count > 1}
    if rivals:
        _log.warning("keys of the set share an id, and none of them is used", kids=sorted(map(str, rivals)))
    return tuple(key for key in once if key.kid not in rivals or key.kid is None)
