"""What a certificate alone gives: what its account does, and nothing else (P4)."""

from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from customers.bootstrap import service as customers
from hearthline.customers.v1.cells_pb2 import Cell, CreateCellRequest, GetCellRequest
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline_cli.certificates.issuing import issue, new_authority
from servicekit.client import connect
from tests.servicekit.test_tls import folder
from tests.support.identities import HOUR, refused
from tests.support.running import Starter

DENIED = grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING"
UNKNOWN = grpc.StatusCode.UNAUTHENTICATED, "CERTIFICATE_UNKNOWN"


def test_an_account_may_do_what_stands_under_its_name(start: Starter, tmp_path: Path) -> None:
    cells = CellServiceStub(channel(start, tmp_path, "hl-walk-tls"))
    request = CreateCellRequest(cell_id="one", cell=Cell(display_name="One"))
    assert cells.CreateCell(request, timeout=10).name == "cells/one"
    with pytest.raises(grpc.RpcError) as error:
        cells.GetCell(GetCellRequest(name="cells/one"), timeout=10)
    assert refused(error.value) == DENIED


@pytest.mark.parametrize(
    ("name", "refusal"),
    [("hl-workorders-tls", DENIED), ("hl-caller-tls", DENIED), ("somebody", UNKNOWN), ("hl-tls", UNKNOWN)],
)
def test_other_certificates_give_nothing(
    start: Starter, tmp_path: Path, name: str, refusal: tuple[grpc.StatusCode, str]
) -> None:
    request = CreateCellRequest(cell_id="one", cell=Cell(display_name="One"))
    with pytest.raises(grpc.RpcError) as error:
        CellServiceStub(channel(start, tmp_path, name)).CreateCell(request, timeout=10)
    assert refused(error.value) == refusal


def channel(start: Starter, path: Path, name: str) -> grpc.Channel:
    """To a server with mTLS, for a caller whose certificate has this common name, and who says more than that."""
    now = datetime.now(UTC)
    authority = new_authority("hearthline test", now, HOUR)
    files = folder(path / "server", authority, issue(authority, "hl-customers-tls", ["localhost"], now, HOUR))
    settings = {"tls_certificate": files / "tls.crt", "tls_key": files / "tls.key", "tls_client_ca": files / "ca.crt"}
    running = start(customers, work=False, trust_callers=False, certificate_names="hl-{account}-tls", **settings)
    caller = folder(path / "caller", authority, issue(authority, name, [], now, HOUR))
    return connect(f"localhost:{running.running.port}", "staff/1", ["admin", "supervisor"], tls=caller)
