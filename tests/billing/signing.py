"""A bank's side of the format, written from docs/bank-guide.md and not from the service's code."""

import base64
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hearthline.billing.v1 import banks_pb2
from servicekit.eventlog import Record
from tests.support.running import MORNING

_offsets = count()


def base64url(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass(frozen=True)
class BankSide:
    """A bank with one key; the same key for the same id and kid."""

    id: str
    kid: str = "2026-01"

    @property
    def private_key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(f"{self.id}/{self.kid}".encode().ljust(32, b".")[:32])

    @property
    def jwk(self) -> str:
        public = base64url(self.private_key.public_key().public_bytes_raw())
        return json.dumps({"kty": "OKP", "crv": "Ed25519", "x": public})

    @property
    def key(self) -> banks_pb2.BankKey:
        return banks_pb2.BankKey(kid=self.kid, jwk=self.jwk)

    @property
    def topic(self) -> str:
        return f"hearthline.bank.{self.id}.payments.v1"

    def sign(self, content: bytes) -> str:
        header = base64url(json.dumps({"alg": "EdDSA", "kid": self.kid, "b64": False, "crit": ["b64"]}).encode())
        return f"{header}..{base64url(self.private_key.sign(header.encode() + b'.' + content))}"

    def record(self, content: bytes, jws: str | None = None, key: str = "k", **headers: str) -> Record:
        """A record at a place of its own, signed unless another signature is given."""
        signature = {"jws": self.sign(content) if jws is None else jws}
        return Record(self.topic, key, content, {**headers, **signature}, partition=0, offset=next(_offsets))

    def send(self, event: dict[str, Any]) -> Record:
        return self.record(
            json.dumps(event, ensure_ascii=False).encode(), key=str(event["data"].get("bank_reference", "k"))
        )

    def payment(self, reference: str, account: str = "accounts/a1", amount: str = "100.00", **changes: Any) -> Record:
        return self.send(self.payment_event(reference, account, amount, **changes))

    def payment_event(
        self, reference: str, account: str = "accounts/a1", amount: Any = "100.00", **changes: Any
    ) -> dict[str, Any]:
        """`changes` are members of data; None leaves one out."""
        data = {"bank_reference": reference, "account": account, "amount": amount, "currency": "CNY", **times()}
        return self._event("PaymentMade", {**data, **changes})

    def reversal(
        self, reference: str, reverses: str, account: str = "accounts/a1", amount: str = "100.00", **changes: Any
    ) -> Record:
        data = {"bank_reference": reference, "reverses": reverses, "account": account, "amount": amount}
        rest = {"currency": "CNY", "reversed_at": times()["paid_at"]}
        return self.send(self._event("PaymentReversed", {**data, **rest, **changes}))

    def _event(self, kind: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "id": f"id-{data.get('bank_reference')}",
            "source": f"/banks/{self.id}",
            "type": f"hearthline.bank.v1.{kind}",
            "time": MORNING.isoformat(),
            "datacontenttype": "application/json",
            "data": {name: value for name, value in data.items() if value is not None},
        }


def times(at: datetime = MORNING - timedelta(minutes=10)) -> dict[str, str]:
    return {"paid_at": at.isoformat()}
