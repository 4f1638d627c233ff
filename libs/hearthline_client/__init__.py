"""Calls Hearthline's services: `connect` gives a channel, the stubs come with this wheel as `hearthline.*.v1`."""

from pathlib import Path

import grpc

from hearthline_client.channels import DEFAULT_DEADLINE_S, caller_credentials, channel

__all__ = ["connect"]


def connect(
    target: str,
    *,
    tls: Path | None = None,
    token: Path | None = None,
    actor: str = "",
    deadline_s: float = DEFAULT_DEADLINE_S,
) -> grpc.Channel:
    """A channel to `target` (`host:port` or `dns:///name:port`); it connects when it is used.

    `tls` is a folder with `ca.crt` and, for servers that ask for a certificate, `tls.crt` and `tls.key`; without it the
    channel is not encrypted. `token` is a file with the token that proves who is calling. `actor` is believed only
    where servers trust their callers, as in development. A call that finds nobody is tried up to four times.
    """

    def metadata() -> list[tuple[str, str]]:
        # The token is read at each call: whoever keeps the file replaces it before it expires.
        proof = [("authorization", f"Bearer {token.read_text().strip()}")] if token is not None else []
        return [*proof, *([("x-hearthline-actor", actor)] if actor else [])]

    credentials = None if tls is None else caller_credentials(tls)
    return channel(target, credentials, metadata, "hearthline-client", deadline_s)
