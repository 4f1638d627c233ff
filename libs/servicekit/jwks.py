"""The public keys that tokens are signed with, from a file or an HTTPS address, renewed without a restart (P4)."""

import threading
import time
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

import structlog

from servicekit.errors import Unavailable
from servicekit.keys import Key, parse

_log = structlog.get_logger()

_FRESH_S = 300.0
"""Keys older than this are looked up again, so that one that was taken away stops working."""
_LEAST_S = 5.0
"""Between two look-ups, whoever asks: tokens with invented key ids must not become traffic for others."""
_TIMEOUT_S = 5.0
_LARGEST = 256 * 1024


class KeySet:
    """An issuer's keys. `source` is a path or an address; a wrong file is an error at once (OSError, ValueError)."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lock = threading.Lock()
        self._keys: tuple[Key, ...] = ()
        self._looked = float("-inf")
        self._is_loaded = False
        self.edition = 0
        """Grows with every change, so that what was verified by older keys can be forgotten."""
        if not _is_address(source):
            self._look()

    def find(self, kid: str | None, algorithm: str) -> Key | None:
        """The one key that a token can be of, by its key id where it has one; None for none or several.

        Unavailable while no keys could be had yet.
        """
        found = self._fitting(kid, algorithm)
        if not found:
            self.refresh(_LEAST_S, wait=True)
            found = self._fitting(kid, algorithm)
        if not self._is_loaded:
            raise Unavailable("the keys that prove identities cannot be had", reason="KEYS_UNAVAILABLE")
        return found[0] if len(found) == 1 else None

    def _fitting(self, kid: str | None, algorithm: str) -> list[Key]:
        """Keys for this algorithm: those with the id, else those of which the set names none."""
        fitting = [key for key in self._keys if algorithm in key.algorithms]
        named = [key for key in fitting if key.kid == kid] if kid is not None else fitting
        return named or [key for key in fitting if key.kid is None]

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
        if found != self._keys:
            _log.info("keys were read", source=self._source, keys=[key.kid or "(no kid)" for key in found])
            self._keys = found
            self.edition += 1
        self._is_loaded = True


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
