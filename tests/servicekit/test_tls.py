"""Who may connect, and that renewed certificates need no restart (P4)."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub

from hearthline.operations.v1.operations_pb2 import GetProgressRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from hearthline_cli.certificates.issuing import Pair, issue, new_authority
from servicekit.client import connect
from surveys.bootstrap import service as surveys
from tests.support.ports import free_port
from tests.support.running import RunningService, Starter

NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def authority() -> Pair:
    """The installation's own."""
    return new_authority("hearthline test", NOW, DAY)


@pytest.fixture
def server(tmp_path: Path, authority: Pair) -> Path:
    """A folder with what a server needs."""
    return folder(tmp_path / "server", authority, issue(authority, "surveys", ["localhost"], NOW, DAY))


@pytest.fixture
def caller(tmp_path: Path, authority: Pair) -> Path:
    """A folder with what a caller needs."""
    return folder(tmp_path / "caller", authority, issue(authority, "agent", [], NOW, DAY))


def test_caller_with_a_certificate_is_served(start: Starter, server: Path, caller: Path) -> None:
    call(serve(start, server), caller)


def test_caller_without_a_certificate_is_refused(start: Starter, server: Path, tmp_path: Path, authority: Pair) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        call(serve(start, server), folder(tmp_path / "nobody", authority, None))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_caller_of_another_authority_is_refused(start: Starter, server: Path, tmp_path: Path, authority: Pair) -> None:
    stranger = issue(new_authority("somebody else", NOW, DAY), "agent", [], NOW, DAY)
    with pytest.raises(grpc.RpcError) as refused:
        call(serve(start, server), folder(tmp_path / "stranger", authority, stranger))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_caller_whose_certificate_is_over_is_refused(
    start: Starter, server: Path, tmp_path: Path, authority: Pair
) -> None:
    over = issue(authority, "agent", [], NOW - 2 * DAY, DAY)
    with pytest.raises(grpc.RpcError) as refused:
        call(serve(start, server), folder(tmp_path / "over", authority, over))
    assert refused.value.code() is grpc.StatusCode.UNAVAILABLE


def test_plain_text_is_refused(start: Starter, server: Path) -> None:
    running = serve(start, server)
    with pytest.raises(grpc.RpcError), connect(running.target, "staff/1") as channel:
        OperationsServiceStub(channel).GetProgress(GetProgressRequest(), timeout=5)


def test_renewed_certificates_serve_the_next_caller(start: Starter, server: Path, caller: Path, tmp_path: Path) -> None:
    running = serve(start, server)
    call(running, caller)
    other = new_authority("the next one", NOW, DAY)
    folder(server, other, issue(other, "surveys", ["localhost"], NOW, DAY))
    call(running, folder(tmp_path / "renewed", other, issue(other, "agent", [], NOW, DAY)))
    with pytest.raises(grpc.RpcError):
        call(running, caller)


def test_half_replaced_files_leave_the_last_pair(start: Starter, server: Path, caller: Path, authority: Pair) -> None:
    running = serve(start, server)
    (server / "tls.key").write_bytes(issue(authority, "surveys", ["localhost"], NOW, DAY).key)
    call(running, caller)
    (server / "tls.key").unlink()
    call(running, caller)


def test_probes_need_no_certificate_and_get_nothing_else(start: Starter, server: Path) -> None:
    probed = f"127.0.0.1:{free_port()}"
    serve(start, server, health_listen=probed)
    with grpc.insecure_channel(probed) as channel:
        health: Any = HealthStub(channel)
        answer = health.Check(HealthCheckRequest(service="readiness"), timeout=5)
        assert answer.status == HealthCheckResponse.SERVING
        with pytest.raises(grpc.RpcError) as refused:
            OperationsServiceStub(channel).GetProgress(GetProgressRequest(), timeout=5)
        assert refused.value.code() is grpc.StatusCode.UNIMPLEMENTED


def folder(path: Path, authority: Pair, pair: Pair | None) -> Path:
    """The files as a secret's volume has them."""
    path.mkdir(exist_ok=True)
    (path / "ca.crt").write_bytes(authority.certificate)
    if pair is not None:
        (path / "tls.crt").write_bytes(pair.certificate)
        (path / "tls.key").write_bytes(pair.key)
    return path


def serve(start: Starter, files: Path, **settings: str) -> RunningService:
    """A service that asks for certificates."""
    names = {"tls_certificate": "tls.crt", "tls_key": "tls.key", "tls_client_ca": "ca.crt"}
    return start(surveys, work=False, **{name: files / file for name, file in names.items()}, **settings)


def call(running: RunningService, files: Path) -> None:
    """Any call, on a connection of its own."""
    with connect(f"localhost:{running.running.port}", "staff/1", tls=files) as channel:
        OperationsServiceStub(channel).GetProgress(GetProgressRequest(), timeout=5)
