"""`hearthline call` speaks to a running service with nothing but its reflection."""

import json

import pytest
from typer.testing import CliRunner

import workorders.bootstrap
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
