"""Channels to Hearthline's services: deadlines, retries of idempotent calls, keepalive, tracing (P1)."""

import os
from collections.abc import Sequence
from pathlib import Path

import grpc
import structlog

from hearthline_client.channels import caller_credentials, channel
from servicekit.telemetry import current_traceparent

_log = structlog.get_logger()


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
    if credentials is None and folder:
        credentials = caller_credentials(Path(folder))
    kept = _Token(Path(file)) if file else None

    def metadata() -> list[tuple[str, str]]:
        proof = [("authorization", kept.header())] if kept else []
        trace = [("traceparent", traceparent)] if (traceparent := current_traceparent()) else []
        return [("x-hearthline-actor", actor), ("x-hearthline-roles", ",".join(roles)), *proof, *trace]

    return channel(target, credentials, metadata, "hearthline")
