"""Channels to Hearthline's services: deadlines, retries of idempotent calls, keepalive, tracing (P1)."""

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import structlog

from servicekit.telemetry import current_traceparent
from servicekit.tls import caller_credentials

_log = structlog.get_logger()

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


class _Token:
    """A token in a file, which whoever keeps it replaces before it expires."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[int, ...] = ()
        self._read()

    def header(self) -> str:
        """As servers want it; the last token when the file is away for a moment."""
        try:
            self._read()
        except OSError as error:
            _log.warning("the caller's token cannot be read, the last one stays", reason=str(error))
        return self._header

    def _read(self) -> None:
        found = self._path.stat()
        seen = found.st_mtime_ns, found.st_ino, found.st_size
        if seen != self._seen:
            self._header = f"Bearer {self._path.read_text().strip()}"
            self._seen = seen


class _Defaults(grpc.UnaryUnaryClientInterceptor):
    """Adds a deadline where the caller set none, who is calling, and the trace."""

    def __init__(self, actor: str, roles: Sequence[str], token: _Token | None) -> None:
        self._metadata = [("x-hearthline-actor", actor), ("x-hearthline-roles", ",".join(roles))]
        self._token = token

    def intercept_unary_unary(self, continuation: Callable[..., Any], details: Any, request: Any) -> Any:
        """See grpc.UnaryUnaryClientInterceptor."""
        metadata = [*(details.metadata or ()), *self._metadata]
        if self._token is not None:
            metadata.append(("authorization", self._token.header()))
        if traceparent := current_traceparent():
            metadata.append(("traceparent", traceparent))
        timeout = DEFAULT_DEADLINE_S if details.timeout is None else details.timeout
        return continuation(
            _Details(
                details.method, timeout, metadata, details.credentials, details.wait_for_ready, details.compression
            ),
            request,
        )


def connect(
    target: str,
    actor: str,
    roles: Sequence[str] = (),
    tls: Path | None = None,
    token: Path | None = None,
    credentials: grpc.ChannelCredentials | None = None,
) -> grpc.Channel:
    """A channel to `target` (`host:port` or `dns:///name:port`) for callers named `actor`; connects when used.

    `tls` is a folder with `ca.crt`, the authority of the server's certificate, and for servers that ask for
    one, the caller's own `tls.crt` and `tls.key`; by default the one that HEARTHLINE_CALLER_TLS names, if any.
    `credentials` are TLS that the caller made itself.
    `token` is a file with the token that proves who is calling, by default HEARTHLINE_CALLER_TOKEN_FILE, if any; it is
    read again when it was replaced. Servers believe `actor` and `roles` only where they trust their callers (P4).
    """
    file = token or os.environ.get("HEARTHLINE_CALLER_TOKEN_FILE")
    folder = tls or os.environ.get("HEARTHLINE_CALLER_TLS")
    options = [
        ("grpc.service_config", _SERVICE_CONFIG),
        ("grpc.keepalive_time_ms", 60_000),
        # A pod that replaces another has another address; by default nobody would ask for it within 30 seconds.
        ("grpc.dns_min_time_between_resolutions_ms", 1_000),
        ("grpc.primary_user_agent", "hearthline"),
        ("grpc.max_receive_message_length", 16 * 1024 * 1024),
    ]
    if credentials is None and folder:
        credentials = caller_credentials(Path(folder))
    if credentials is not None:
        channel = grpc.secure_channel(target, credentials, options)
    else:
        channel = grpc.insecure_channel(target, options)
    return grpc.intercept_channel(channel, _Defaults(actor, roles, _Token(Path(file)) if file else None))
