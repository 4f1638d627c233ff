"""Calls Hearthline's services: `connect` gives a channel, the stubs come with this wheel as `hearthline.*.v1`."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import grpc

__all__ = ["connect"]

# Changes carry a request_id and reads change nothing: any call may be repeated (AIP-155).
_SERVICE_CONFIG = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
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


class _Defaults(grpc.UnaryUnaryClientInterceptor):
    def __init__(self, deadline_s: float, token: Path | None, actor: str) -> None:
        self._deadline_s = deadline_s
        self._token = token
        self._actor = actor

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """Adds the deadline where the caller set none, and who is calling."""
        metadata = list(details.metadata or ())
        if self._token is not None:
            # Read at each call: whoever keeps the file replaces it before the token expires.
            metadata.append(("authorization", f"Bearer {self._token.read_text().strip()}"))
        if self._actor:
            metadata.append(("x-hearthline-actor", self._actor))
        timeout = self._deadline_s if details.timeout is None else details.timeout
        return continuation(
            _Details(
                details.method, timeout, metadata, details.credentials, details.wait_for_ready, details.compression
            ),
            request,
        )


def _credentials(folder: Path) -> grpc.ChannelCredentials:
    authority = (folder / "ca.crt").read_bytes()
    chain = folder / "tls.crt"
    if not chain.exists():
        return grpc.ssl_channel_credentials(authority)
    return grpc.ssl_channel_credentials(authority, (folder / "tls.key").read_bytes(), chain.read_bytes())


def connect(
    target: str, *, tls: Path | None = None, token: Path | None = None, actor: str = "", deadline_s: float = 10.0
) -> grpc.Channel:
    """A channel to `target` (`host:port` or `dns:///name:port`); it connects when it is used.

    `tls` is a folder with `ca.crt` and, for servers that ask for a certificate, `tls.crt` and `tls.key`; without it the
    channel is not encrypted. `token` is a file with the token that proves who is calling. `actor` is believed only
    where servers trust their callers, as in development. A call that finds nobody is tried up to four times.
    """
    options = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.primary_user_agent", "hearthline-client"),
        ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ]
    if tls is None:
        channel = grpc.insecure_channel(target, options)
    else:
        channel = grpc.secure_channel(target, _credentials(tls), options)
    return grpc.intercept_channel(channel, _Defaults(deadline_s, token, actor))
