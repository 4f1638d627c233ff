"""Callers who prove who they are, with an issuer of tokens of the test's own."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
from google.rpc.error_details_pb2 import ErrorInfo
from grpc_status import rpc_status

from hearthline_cli.tokens.issuing import Issuer
from servicekit.client import connect
from tests.support.running import MakeService, RunningService, Starter

HOUR = timedelta(hours=1)


class Guarded:
    """A server that asks for tokens, beside one on the same database that trusts its callers and sets things up."""

    def __init__(self, start: Starter, make: MakeService, trusted: RunningService, folder: Path) -> None:
        self._folder = folder
        self.issuer = issuer(folder)
        self.running = start.beside(make, trusted, **proof(self.issuer))

    def channel(self, subject: str, *roles: str, **own: list[str]) -> grpc.Channel:
        """A channel for a caller with these roles, and these names as its own: `cells=["cells/one"]`."""
        file = self._folder / f"{subject.replace('/', '-')}.token"
        file.write_text(self.token(subject, *roles, **own))
        return connect(self.running.target, "nobody", token=file)

    def token(self, subject: str, *roles: str, **own: list[str]) -> str:
        """Good for an hour."""
        return self.issuer.sign(subject, roles, own, datetime.now(UTC), HOUR)


def issuer(folder: Path, algorithm: str = "EdDSA") -> Issuer:
    """A new one with one key."""
    made = Issuer(folder / "keys")
    made.add_key(algorithm)
    return made


def proof(issuer: Issuer) -> dict[str, Any]:
    """Settings of a server that takes this issuer's tokens, and nobody at their word."""
    return {"trust_callers": False, "jwks": str(issuer.jwks), "token_issuer": issuer.name}


def refused(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Status and reason of a refusal."""
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    info = ErrorInfo()
    assert status is not None
    assert status.details[0].Unpack(info)
    return error.code(), str(info.reason)


def answer(call: Callable[[], object]) -> tuple[grpc.StatusCode, str] | None:
    """How a call was refused; None for one that was answered."""
    try:
        call()
    except grpc.RpcError as error:
        return refused(error)
    return None
