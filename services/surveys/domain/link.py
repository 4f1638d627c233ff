"""Self-service links: a token only we can make, for one survey, until it expires (V3).

`survey.expiry.signature`: the survey's id, Unix seconds in hexadecimal, and HMAC-SHA256 of both in
base64url. Single use is the survey's own state, so that a stolen copy is as dead as the original.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from servicekit.errors import FailedPrecondition, InvalidArgument


@dataclass(frozen=True, slots=True)
class LinkKeys:
    """Secret keys, the newest first: it signs, all of them verify, so that keys can be replaced without dead links."""

    keys: Sequence[bytes]

    def __post_init__(self) -> None:
        if not self.keys or any(len(key) < 32 for key in self.keys):
            raise ValueError("survey link keys must be at least 32 bytes each, and there must be one")

    def sign(self, survey_id: str, expire_time: datetime) -> str:
        """The token of this survey's link; the same for the same survey, expiry (to the second) and key."""
        body = f"{survey_id}.{int(expire_time.timestamp()):x}"
        return f"{body}.{_signature(self.keys[0], body)}"

    def open(self, token: str, now: datetime) -> str:
        """The survey's id; InvalidArgument for a token we did not make, FailedPrecondition for one out of date."""
        body, _, signature = token.rpartition(".")
        genuine = [hmac.compare_digest(_signature(key, body).encode(), signature.encode()) for key in self.keys]
        if not any(genuine):
            raise InvalidArgument("link_token", "is not a token of ours, or was changed", reason="LINK_TOKEN_INVALID")
        survey_id, _, expiry = body.rpartition(".")
        if now >= datetime.fromtimestamp(int(expiry, 16), UTC):
            raise FailedPrecondition("LINK_TOKEN_EXPIRED", f"surveys/{survey_id}", "the link's time is over")
        return survey_id


def _signature(key: bytes, body: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, body.encode(), hashlib.sha256)).decode().rstrip("=")
