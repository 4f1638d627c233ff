"""An issuer of tokens with its keys in a folder: what an identity provider is elsewhere."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from servicekit.ids import new_id

ISSUER = "hearthline-development"
AUDIENCE = "hearthline"
ALGORITHMS = ("EdDSA", "RS256")


class Issuer:
    """Signs with its newest key; `jwks.json` in its folder has the public part of all of them."""

    def __init__(self, folder: Path, name: str = ISSUER) -> None:
        self.name = name
        self.jwks = folder / "jwks.json"
        self._folder = folder

    def add_key(self, algorithm: str = "EdDSA") -> str:
        """Makes a key pair and signs with it from now on; its id. Tokens of older keys stay good."""
        kid = new_id()
        key = Ed25519PrivateKey.generate() if algorithm == "EdDSA" else generate_private_key(65537, 2048)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_private(
            self._folder / f"{kid}.pem", key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        )
        self._publish()
        return kid

    def drop_key(self, kid: str) -> None:
        """Forgets a key: tokens that it signed prove nothing any more."""
        (self._folder / f"{kid}.pem").unlink()
        self._publish()

    def sign(
        self,
        subject: str,
        roles: Sequence[str],
        own: Mapping[str, Sequence[str]],
        now: datetime,
        life: timedelta,
        claims: Mapping[str, Any] | None = None,
    ) -> str:
        """A token; `own` are names by collection, {"cells": ["cells/3"]}, and `claims` take the place of the usual."""
        kid = self._kids()[-1]
        key = self._key(kid)
        usual = {"iss": self.name, "aud": AUDIENCE, "sub": subject, "iat": now, "nbf": now, "exp": now + life}
        body = {**usual, "roles": list(roles), **{name: list(names) for name, names in own.items()}, **(claims or {})}
        return jwt.encode(
            body, key, algorithm="RS256" if isinstance(key, RSAPrivateKey) else "EdDSA", headers={"kid": kid}
        )

    def has_keys(self) -> bool:
        """False for a new folder."""
        return bool(self._kids())

    def _kids(self) -> list[str]:
        # They are UUIDv7: the last one by name is the newest.
        return sorted(path.stem for path in self._folder.glob("*.pem"))

    def _key(self, kid: str) -> RSAPrivateKey | Ed25519PrivateKey:
        key = load_pem_private_key((self._folder / f"{kid}.pem").read_bytes(), None)
        if not isinstance(key, RSAPrivateKey | Ed25519PrivateKey):
            raise ValueError(f"{kid}.pem is no key of ours")
        return key

    def _publish(self) -> None:
        """Servers see the old file or the new one, never a half of it."""
        fresh = self.jwks.with_suffix(".new")
        fresh.write_text(json.dumps({"keys": [_public(kid, self._key(kid)) for kid in self._kids()]}, indent=2))
        fresh.replace(self.jwks)


def _public(kid: str, key: RSAPrivateKey | Ed25519PrivateKey) -> dict[str, Any]:
    if isinstance(key, RSAPrivateKey):
        return {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "RS256", "use": "sig"}
    return {**OKPAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid, "alg": "EdDSA", "use": "sig"}


def _write_private(path: Path, text: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text)
