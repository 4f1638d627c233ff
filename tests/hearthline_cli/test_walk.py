"""`hearthline walk` tells whether a platform works together, and where it stops."""

from typer.testing import CliRunner

import customers.bootstrap
import workorders.bootstrap
from hearthline_cli.main import app
from tests.support.running import Starter


def test_a_repair_is_walked_from_the_call_to_the_timeline(start: Starter) -> None:
    records, desk = start(customers.bootstrap.service), start(workorders.bootstrap.service)
    walked = CliRunner().invoke(app, ["walk", "--customers", records.target, "--workorders", desk.target])
    assert walked.exit_code == 0, walked.output
    assert "mended and closed" in walked.stdout
    assert "WorkOrderCompleted" in walked.stdout.splitlines()[-1]


def test_a_platform_whose_events_do_not_flow_is_found_out(start: Starter) -> None:
    records, desk = start(customers.bootstrap.service, work=False), start(workorders.bootstrap.service)
    command = ["walk", "--customers", records.target, "--workorders", desk.target, "--patience", "1"]
    walked = CliRunner().invoke(app, command)
    assert walked.exit_code == 1
    assert "do the events of customers reach it?" in walked.stderr
