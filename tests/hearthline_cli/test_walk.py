"""`hearthline walk` tells whether a platform works together, and where it stops."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

import customers.bootstrap
import workorders.bootstrap
from hearthline_cli.certificates.issuing import issue, new_authority
from hearthline_cli.main import app
from tests.servicekit.test_tls import folder
from tests.support.identities import HOUR
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


def test_its_certificate_opens_every_step_of_it_and_no_name_does(start: Starter, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    authority = new_authority("hearthline test", now, HOUR)
    shown = folder(tmp_path / "server", authority, issue(authority, "hl-server-tls", ["localhost"], now, HOUR))
    caller = folder(tmp_path / "walk", authority, issue(authority, "hl-walk-tls", [], now, HOUR))
    settings: dict[str, Any] = {
        "tls_certificate": shown / "tls.crt",
        "tls_key": shown / "tls.key",
        "tls_client_ca": shown / "ca.crt",
    }
    started = [
        start(module.service, trust_callers=False, certificate_names="hl-{account}-tls", **settings)
        for module in (customers.bootstrap, workorders.bootstrap)
    ]
    records, desk = (f"localhost:{service.running.port}" for service in started)
    command = ["walk", "--customers", records, "--workorders", desk, "--tls"]
    walked = CliRunner().invoke(app, [*command, str(caller)])
    assert walked.exit_code == 0, walked.output
    other = folder(tmp_path / "other", authority, issue(authority, "hl-billing-tls", [], now, HOUR))
    refused = CliRunner().invoke(app, [*command, str(other)])
    assert (refused.exit_code, refused.stderr.split(": ")[:2]) == (1, ["walk", "PERMISSION_DENIED"])
