"""The public keys that tokens are signed with, from a file or an HTTPS address, renewed without a restart (P4)."""

import json
import threading
import time
from collections.abc import Mapping
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from servicekit.errors import Unavailable

_log = structlog.get_logger()

ALGORITHMS = ("RS256", "EdDSA")
"""A key is used with the one of these that is its own, whatever a token's header says."""

_FRESH_S = 300.0
"""Keys older than this are looked up again, so that one that was taken away stops working."""
_LEAST_S = 5.0
"""Between two look-ups, whoever asks: tokens with invented key ids must not become traffic for others."""
_TIMEOUT_S = 5.0
_LARGEST = 256 * 1024
_LEAST_RSA_BITS = 2048


class KeySet:
    """Keys by their id. `source` is a path or an address; a wrong file is an error at once (OSError, ValueError)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._keys: Mapping[str, PyJWK] = {}
        self._looked = float("-inf")
        self._is_loaded = False
        self.edition = 0
        """Grows with every change, so that what was verified by older keys can be forgotten."""
        if not _is_address(source):
            self._look()

    def find(self, kid: str) -> PyJWK | None:
        """The key with this id, or None; Unavailable while no keys could be had yet."""
        if kid not in self._keys:
            self.refresh(_LEAST_S, wait=True)
        if not self._is_loaded:
            raise Unavailable("the keys that prove identities cannot be had", reason="KEYS_UNAVAILABLE")
        return self._keys.get(kid)

    def refresh(self, age_s: float | None = None, wait: bool = False) -> None:
        """Looks the keys up again when that is long ago; what cannot be read leaves the last ones.

        While somebody else is at it, only who asks to `wait` does.
        """
        age_s = _FRESH_S if age_s is None else age_s
        if time.monotonic() - self._looked < age_s or not self._lock.acquire(blocking=wait):
            return
        try:
            if time.monotonic() - self._looked >= age_s:
                self._look()
        except (OSError, ValueError, HTTPException) as error:
            _log.warning("keys cannot be read, the last ones stay", source=self._source, reason=str(error))
        finally:
            self._lock.release()

    def _look(self) -> None:
        try:
            found = parse(_read(self._source))
        finally:
            self._looked = time.monotonic()
        if {kid: key.key for kid, key in found.items()} != {kid: key.key for kid, key in self._keys.items()}:
            _log.info("keys were read", source=self._source, keys=sorted(found))
            self._keys = found
            self.edition += 1
        self._is_loaded = True


def parse(text: bytes) -> dict[str, PyJWK]:
    """The usable keys of a JWKS: those with an id, of a kind and size that we take; ValueError without any."""
    try:
        keys = PyJWKSet.from_dict(json.loads(text)).keys
    except (PyJWTError, ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"is no JWKS with a usable key: {error}") from error
    usable = {key.key_id: key for key in keys if key.key_id and _is_usable(key)}
    if not usable:
        raise ValueError(f"has no key with a kid for {' or '.join(ALGORITHMS)}")
    return usable


def _is_usable(key: PyJWK) -> bool:
    if key.algorithm_name not in ALGORITHMS or key.public_key_use not in (None, "sig"):
        return False
    public: Any = key.key
    if isinstance(public, RSAPublicKey):
        return public.key_size >= _LEAST_RSA_BITS
    # A private key is none that a server should hold, let alone take for the issuer's.
    return isinstance(public, Ed25519PublicKey)


def _is_address(source: str) -> bool:
    return source.startswith(("https://", "http://"))


def _read(source: str) -> bytes:
    if not _is_address(source):
        return Path(source).read_bytes()
    request = Request(source, headers={"Accept": "application/json"})  # noqa: S310  # the settings' own address
    with urlopen(request, timeout=_TIMEOUT_S) as answer:  # noqa: S310
        text: bytes = answer.read(_LARGEST + 1)
    if len(text) > _LARGEST:
        raise ValueError(f"is larger than {_LARGEST} bytes")
    return text
