"""The keys of personal data, and the one form that sealed values have (C9).

A sealed value is AES-256-GCM under a random nonce and names its key: `hl1.<key id>.<base64>` as text, and the same
behind a byte that begins no protobuf message as bytes. What it belongs to is authenticated with it, so that it can be
read nowhere else. A value of another form was never sealed and is read as it is: rows from before stay readable.
"""

import hashlib
import hmac
import os
import re
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import Base64Bytes, BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

_TEXT = "hl1."
_BYTES = b"\xffhl1."
_SEALED = re.compile(r"hl1\.([A-Za-z0-9_-]{1,40})\.([A-Za-z0-9_=-]{38,})\Z")
_NONCE = 12
_KEY = 32
_MARK = 16


class Unreadable(Exception):
    """A sealed value that cannot be opened: its key is missing, or it was changed or moved."""


class Ring(BaseModel):
    """Keys for one purpose by their ids; new values get the `current` one."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    current: str
    keys: dict[Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,40}$")], Base64Bytes] = Field(repr=False)

    @field_validator("keys")
    @classmethod
    def _are_of_256_bits(cls, keys: dict[str, bytes]) -> dict[str, bytes]:
        if wrong := [name for name, key in keys.items() if len(key) != _KEY]:
            raise ValueError(f"key {wrong[0]} is not base64 of {_KEY} bytes")
        return keys

    @model_validator(mode="after")
    def _has_current(self) -> "Ring":
        if self.current not in self.keys:
            raise ValueError(f"the current key {self.current} is not among the keys")
        return self

    @cached_property
    def ciphers(self) -> Mapping[str, AESGCM]:
        """The keys, ready for use."""
        return {name: AESGCM(key) for name, key in self.keys.items()}


class Keyring(BaseModel):
    """What HEARTHLINE_KEYRING names: keys of rows, of events, and of the blind index."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    data: Ring
    """Of columns; each service may have its own."""
    events: Ring
    """Of events; the same for all services."""
    index: Ring
    """Of the blind index (HMAC-SHA-256); each service may have its own."""
    sealing: bool = True
    """False while a version still runs that cannot read sealed values: what is new is then written in clear."""

    def seal(self, ring: Ring, clear: bytes, belongs_to: str) -> str:
        """The value as text, readable only as what it belongs to."""
        return f"{_TEXT}{ring.current}.{urlsafe_b64encode(_sealed(ring, clear, belongs_to)).decode()}"

    def open(self, ring: Ring, sealed: str, belongs_to: str) -> bytes | None:
        """What was sealed; None for a text that never was. Unreadable names the key."""
        if not sealed.startswith(_TEXT) or (found := _SEALED.match(sealed)) is None:
            return None
        return _opened(ring, found[1], urlsafe_b64decode(found[2]), belongs_to)

    def seal_bytes(self, ring: Ring, clear: bytes, belongs_to: str) -> bytes:
        """As `seal`, a third shorter."""
        return _BYTES + ring.current.encode() + b"." + _sealed(ring, clear, belongs_to)

    def open_bytes(self, ring: Ring, sealed: bytes, belongs_to: str) -> bytes | None:
        """As `open`."""
        if not sealed.startswith(_BYTES):
            return None
        key, _, content = sealed[len(_BYTES) :].partition(b".")
        return _opened(ring, key.decode(), content, belongs_to)

    def mark(self, text: str, belongs_to: str) -> str:
        """What finds a text without showing it, by the current key of the blind index."""
        return _mark(self.index.current, self.index, text, belongs_to)

    def marks(self, text: str, belongs_to: str) -> list[str]:
        """All marks that a text may have in rows, by the current key and by those before."""
        return [_mark(key, self.index, text, belongs_to) for key in self.index.keys]


def prefix(ring: Ring) -> tuple[str, bytes]:
    """How values begin that are sealed with the current key, as text and as bytes."""
    return f"{_TEXT}{ring.current}.", _BYTES + ring.current.encode() + b"."


def mark_prefix(keyring: Keyring) -> str:
    """How marks begin that are made with the current key."""
    return f"{keyring.index.current}."


def edition_mark(keyring: Keyring, edition: int) -> str:
    """How the marks of a row begin that are of a later edition than the first, and made with the current key."""
    return f"{mark_prefix(keyring)}~{edition}" if edition > 1 else mark_prefix(keyring)


def load_keyring(path: Path | None, environment: str) -> Keyring:
    """The keys of a file; without one those that everybody knows, which production refuses. ValueError says why."""
    if path is None:
        if environment == "production":
            raise ValueError("HEARTHLINE_KEYRING: must name the file with the keys of personal data in production")
        return _well_known()
    try:
        return Keyring.model_validate_json(path.read_bytes())
    except ValidationError as error:
        # Where and what, never the input: it is a secret.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"])) or "it"
        raise ValueError(f"HEARTHLINE_KEYRING: {path}: {where}: {first['msg']}") from None
    except OSError as error:
        raise ValueError(f"HEARTHLINE_KEYRING: {path}: {error.strerror}") from error


def _well_known() -> Keyring:
    """For laptops and tests, where the key would lie beside the data anyway."""
    keys = {
        purpose: Ring(current="dev", keys={"dev": b64encode(hashlib.sha256(f"hearthline {purpose}".encode()).digest())})
        for purpose in ("data", "events", "index")
    }
    return Keyring(data=keys["data"], events=keys["events"], index=keys["index"])


def _sealed(ring: Ring, clear: bytes, belongs_to: str) -> bytes:
    nonce = os.urandom(_NONCE)
    return nonce + ring.ciphers[ring.current].encrypt(nonce, clear, belongs_to.encode())


def _opened(ring: Ring, key: str, content: bytes, belongs_to: str) -> bytes:
    cipher = ring.ciphers.get(key)
    if cipher is None:
        raise Unreadable(f"{belongs_to}: HEARTHLINE_KEYRING has no key {key}")
    try:
        return cipher.decrypt(content[:_NONCE], content[_NONCE:], belongs_to.encode())
    except InvalidTag:
        raise Unreadable(f"{belongs_to}: was changed, or belongs elsewhere") from None


def _mark(key: str, ring: Ring, text: str, belongs_to: str) -> str:
    digest = hmac.digest(ring.keys[key], f"{belongs_to}\0{text}".encode(), hashlib.sha256)
    return f"{key}.{urlsafe_b64encode(digest[:_MARK]).decode().rstrip('=')}"
