"""Calls to a server that asks for tokens, with whatever in their metadata."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import grpc
import pytest

from hearthline.surveys.v1.index_pb2 import ListFactorTreesRequest
from hearthline.surveys.v1.index_pb2_grpc import IndexServiceStub
from hearthline_cli.tokens.issuing import Issuer
from tests.support.identities import HOUR, refused
from tests.support.running import RunningService


def sign(keys: Issuer, now: datetime | None = None, **claims: Any) -> str:
    """A supervisor's token."""
    return keys.sign("staff/1001", ["supervisor"], {}, now or datetime.now(UTC), HOUR, claims)


def ask(running: RunningService, metadata: Mapping[str, str]) -> None:
    """A call with just this metadata."""
    with grpc.insecure_channel(running.target) as channel:
        IndexServiceStub(channel).ListFactorTrees(
            ListFactorTreesRequest(), metadata=tuple(metadata.items()), timeout=10
        )


def bearer(token: str) -> dict[str, str]:
    return {"authorization": f"Bearer {token}"}


def reason_of(running: RunningService, metadata: Mapping[str, str]) -> str:
    """Why an unproven caller was refused."""
    with pytest.raises(grpc.RpcError) as error:
        ask(running, metadata)
    code, reason = refused(error.value)
    assert code is grpc.StatusCode.UNAUTHENTICATED
    return reason
