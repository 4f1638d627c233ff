"""How our services are called, by this wheel and by the platform itself: retries, keepalive, what a call carries."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import grpc

DEFAULT_DEADLINE_S = 10.0

# Every mutating request carries a request id, and reads change nothing, so any call may be repeated (AIP-155).
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "waitForReady": False,
                "retryPolicy": {
                    "maxAttempts": 4,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "2s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)


class _Details(NamedTuple):
    method: str
    timeout: float | None
    metadata: Sequence[tuple[str, str | bytes]] | None
    credentials: grpc.CallCredentials | None
    wait_for_ready: bool | None
    compression: Any


class _Carrying(grpc.UnaryUnaryClientInterceptor):
    def __init__(self, metadata: Callable[[], Sequence[tuple[str, str]]], deadline_s: float) -> None:
        self._metadata = metadata
        self._deadline_s = deadline_s

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """Adds the deadline where the caller set none, and the metadata of this moment."""
        metadata = [*(details.metadata or ()), *self._metadata()]
        timeout = self._deadline_s if details.timeout is None else details.timeout
        credentials, waits = details.credentials, details.wait_for_ready
        return continuation(
            _Details(details.method, timeout, metadata, credentials, waits, details.compression), request
        )


def caller_credentials(folder: Path) -> grpc.ChannelCredentials:
    """`ca.crt` names the servers' authority; `tls.crt` and `tls.key`, if there, say who is calling."""
    chain, key = folder / "tls.crt", folder / "tls.key"
    pair = (key.read_bytes(), chain.read_bytes()) if chain.exists() else (None, None)
    return grpc.ssl_channel_credentials((folder / "ca.crt").read_bytes(), *pair)


def channel(
    target: str,
    credentials: grpc.ChannelCredentials | None,
    metadata: Callable[[], Sequence[tuple[str, str]]],
    user_agent: str,
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> grpc.Channel:
    """A channel whose calls carry what `metadata` gives at their moment; it connects when it is used."""
    options = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.keepalive_time_ms", 60_000),
        # A pod that replaces another has another address; by default nobody would ask for it within 30 seconds.
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.primary_user_agent", user_agent),
        ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ]
    if credentials is None:
        plain = grpc.insecure_channel(target, options)
    else:
        plain = grpc.secure_channel(target, credentials, options)
    return grpc.intercept_channel(plain, _Carrying(metadata, deadline_s))
