"""`hearthline call` speaks to a running service with nothing but its reflection."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import workorders.bootstrap
from hearthline_cli.certificates.issuing import issue, new_authority
from hearthline_cli.main import app
from tests.support.running import RunningService, Starter

STANDARDS = "hearthline.workorders.v1.StandardService/ListServiceStandards"
TICKET = "hearthline.workorders.v1.TicketService/GetTicket"


@pytest.fixture
def desk(start: Starter) -> RunningService:
    return start(workorders.bootstrap.service, work=False)


def test_a_request_goes_in_and_an_answer_comes_out_as_json(desk: RunningService) -> None:
    answer = CliRunner().invoke(app, ["call", STANDARDS, '{"pageSize": 1}', "--target", desk.target])
    assert answer.exit_code == 0, answer.output
    assert len(json.loads(answer.stdout)["serviceStandards"]) == 1


def test_a_refusal_is_told_with_its_status(desk: RunningService) -> None:
    answer = CliRunner().invoke(app, ["call", TICKET, '{"name": "tickets/none"}', "--target", desk.target])
    assert answer.exit_code == 1
    assert answer.stderr.startswith("NOT_FOUND: ")
    assert "tickets/none" in answer.stderr


@pytest.mark.parametrize(
    ("method", "body"), [("GetTicket", "{}"), (TICKET, "{"), (TICKET, '{"nobody": 1}'), (TICKET + "s", "{}")]
)
def test_what_cannot_be_called_ends_with_two(desk: RunningService, method: str, body: str) -> None:
    answer = CliRunner().invoke(app, ["call", method, body, "--target", desk.target])
    assert answer.exit_code == 2
    assert answer.stderr


def test_a_service_of_every_server_is_called_at_its_target(desk: RunningService) -> None:
    progress = "hearthline.operations.v1.OperationsService/GetProgress"
    assert CliRunner().invoke(app, ["call", progress, "--target", desk.target]).exit_code == 0
    assert CliRunner().invoke(app, ["call", progress]).exit_code == 2


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """What a server with mTLS and its caller need, as PEM files."""
    now, day = datetime.now(UTC), timedelta(days=1)
    authority = new_authority("hearthline test", now, day)
    (tmp_path / "ca.crt").write_bytes(authority.certificate)
    for name, hosts in (("server", ["localhost"]), ("caller", [])):
        pair = issue(authority, name, hosts, now, day)
        (tmp_path / f"{name}.crt").write_bytes(pair.certificate)
        (tmp_path / f"{name}.key").write_bytes(pair.key)
    return tmp_path


def _guarded(start: Starter, files: Path, client_ca: Path | None = None) -> str:
    tls = {"tls_certificate": files / "server.crt", "tls_key": files / "server.key", "tls_client_ca": client_ca}
    return f"localhost:{start(workorders.bootstrap.service, work=False, **tls).running.port}"


def _call(target: str, *more: object, show: str = STANDARDS) -> Result:
    return CliRunner().invoke(app, ["call", show, "--target", target, *map(str, more)])


def test_a_server_with_tls_is_called_by_its_authority(start: Starter, files: Path) -> None:
    target = _guarded(start, files)
    assert _call(target, "--ca", files / "ca.crt").exit_code == 0
    assert _call(target, "--tls", "--ca", files / "ca.crt").exit_code == 0
    listed = _call(target, "--ca", files / "ca.crt", show="--list")
    assert STANDARDS in listed.stdout
    # Neither in plain text nor by the machine's own authorities.
    assert _call(target).exit_code == 1
    assert _call(target, "--tls").exit_code == 1


def test_a_server_that_asks_for_certificates_gets_one(start: Starter, files: Path) -> None:
    target = _guarded(start, files, files / "ca.crt")
    pair = ["--certificate", files / "caller.crt", "--key", files / "caller.key"]
    assert _call(target, "--ca", files / "ca.crt", *pair).exit_code == 0
    assert _call(target, "--ca", files / "ca.crt").exit_code == 1


@pytest.mark.parametrize("more", [["--ca", "none.crt"], ["--certificate", __file__], ["--key", __file__]])
def test_half_of_tls_is_told_before_anything_is_called(more: list[str]) -> None:
    answer = _call("localhost:1", *more)
    assert answer.exit_code == 2
    assert more[0] in answer.stderr


def test_help_says_how_to_call_with_tls() -> None:
    said = CliRunner().invoke(app, ["call", "--help"], env={"COLUMNS": "200"}).output
    for words in ("--tls", "--ca ca.crt --certificate tls.crt --key tls.key", "HEARTHLINE_CALLER_TLS", "--token-file"):
        assert words in said
