"""A simulated bank's signing key."""

import base64
import hashlib
import json
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt import PyJWS

_JWS = PyJWS(algorithms=["EdDSA"])


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An Ed25519 key made from a seed: the same for the same bank, kid and seed. For simulations only."""

    bank: str
    kid: str
    seed: int

    @property
    def jwk(self) -> str:
        """The public part as JWK text (RFC 8037)."""
        public = self._private().public_key().public_bytes_raw()
        x = base64.urlsafe_b64encode(public).rstrip(b"=").decode()
        return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": x})

    def sign(self, content: bytes) -> str:
        """A detached JWS over exactly these bytes (RFC 7797)."""
        headers = {"kid": self.kid, "typ": ""}
        return _JWS.encode(content, self._private(), "EdDSA", headers, is_payload_detached=True)

    def _private(self) -> Ed25519PrivateKey:
        secret = hashlib.sha256(f"{self.seed}/{self.bank}/{self.kid}".encode()).digest()
        return Ed25519PrivateKey.from_private_bytes(secret)
