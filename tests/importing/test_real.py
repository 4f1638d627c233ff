"""Real service requests and real buildings, compared with their files field by field and sum by sum."""

import csv
import gzip
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

import customers.bootstrap
import workorders.bootstrap
from hearthline.customers.v1 import premises_pb2
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1 import tickets_pb2 as pb
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from servicekit.times import from_timestamp
from tests.importing.desk import HEAT, MAPPINGS, REQUESTS, needs_real_data, report_of, run
from tests.support.running import RunningService, Starter

pytestmark = needs_real_data
NEW_YORK = ZoneInfo("America/New_York")
PATIENCE_S = 60


@pytest.fixture
def desk(start: Starter) -> RunningService:
    return start(workorders.bootstrap.service, work=False)


def source(file: Path) -> list[dict[str, str]]:
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as content:
        return list(csv.DictReader(content))


def tickets(desk: RunningService) -> Iterator[pb.Ticket]:
    stub, token = TicketServiceStub(desk.channel), ""
    while True:
        page = stub.ListTickets(pb.ListTicketsRequest(page_size=1000, page_token=token))
        yield from page.tickets
        token = page.next_page_token
        if not token:
            return


def instant(text: str) -> datetime | None:
    return datetime.strptime(text, "%m/%d/%Y %H:%M").replace(tzinfo=NEW_YORK) if text else None


def assert_like_the_file(desk: RunningService) -> None:
    """Every request is one ticket, with its own times and outcome."""
    rows = {f"tickets/nyc311-{row['Unique Key']}": row for row in source(REQUESTS)}
    found = list(tickets(desk))
    assert sorted(ticket.name for ticket in found) == sorted(rows)
    for ticket in found:
        row = rows[ticket.name]
        assert from_timestamp(ticket.report_time) == instant(row["Created Date"])
        assert from_timestamp(ticket.resolve_time) == instant(row["Closed Date"])
        assert ticket.outcome == row["Status"]
        assert ticket.imported
    states = Counter(ticket.state == pb.Ticket.STATE_RESOLVED for ticket in found)
    assert states[True] == sum(bool(row["Closed Date"]) for row in rows.values())


def test_service_requests_become_tickets(desk: RunningService, tmp_path: Path) -> None:
    file = Path(shutil.copy(REQUESTS, tmp_path))
    answer = run("tickets", file, MAPPINGS / "nyc-311.yaml", "--target", desk.target)
    assert (answer.exit_code, answer.stdout.splitlines()[0]) == (
        0,
        "3,922 rows: 3,922 created, 0 there already, 0 skipped, 0 refused, 0 empty",
    )
    assert_like_the_file(desk)


def test_a_killed_import_goes_on_and_brings_nothing_twice(desk: RunningService, tmp_path: Path) -> None:
    report = tmp_path / "errors.csv"
    checkpoint = tmp_path / "errors.csv.checkpoint"
    command = [sys.executable, "-m", "hearthline_cli.main", "import", "tickets", str(REQUESTS), "--mapping"]
    command += [str(MAPPINGS / "nyc-311.yaml"), "--target", desk.target, "--errors", str(report), "--batch-size", "50"]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + PATIENCE_S
    while not (checkpoint.exists() and json.loads(checkpoint.read_bytes())["rows"]["created"] >= 500):
        assert first.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < end, "it is not getting on"
        time.sleep(0.01)
    os.kill(first.pid, signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL
    first.communicate()
    done = json.loads(checkpoint.read_bytes())["rows"]["created"]
    second = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
    assert f"going on after row {done:,}" in second.stderr
    # The batch under way at the kill is sent by the same request id: it counts as created, once.
    assert second.stdout.splitlines()[0] == "3,922 rows: 3,922 created, 0 there already, 0 skipped, 0 refused, 0 empty"
    assert not checkpoint.exists()
    assert_like_the_file(desk)


def test_buildings_become_premises_and_complaints_their_history(start: Starter, tmp_path: Path) -> None:
    registry = start(customers.bootstrap.service, work=False)
    file = Path(shutil.copy(HEAT, tmp_path))
    answer = run("customers", file, MAPPINGS / "nyc-heat.yaml", "--target", registry.target)
    rows = source(HEAT)
    # Four rows of the file say something else of a building and year that it has told before.
    counts: dict[tuple[str, ...], int] = {}
    contradicted = []
    for number, row in enumerate(rows, 1):
        key = tuple(row[name] for name in ("year", "borough", "zip", "incident_address", "lat", "long"))
        if counts.setdefault(key, int(row["num_complaints"])) != int(row["num_complaints"]):
            contradicted.append((str(number), row["num_complaints"]))
    assert (answer.exit_code, len(rows), len(contradicted)) == (1, 48_324, 4)
    assert (
        answer.stdout.splitlines()[0] == "48,324 rows: 48,320 created, 0 there already, 0 skipped, 4 refused, 0 empty"
    )
    with report_of(file).open(newline="", encoding="utf-8-sig") as report:
        assert [(told["row"], told["value"]) for told in csv.DictReader(report)] == contradicted
    stub = PremisesServiceStub(registry.channel)
    totals = stub.GetPremisesHistoryTotals(premises_pb2.GetPremisesHistoryTotalsRequest(kind="heat_complaints"))
    assert {str(y.year): (y.premises_count, y.total) for y in totals.years} == {
        year: (sum(k[0] == year for k in counts), sum(n for k, n in counts.items() if k[0] == year))
        for year in ("2020", "2021")
    }
    grand = premises_pb2.SearchPremisesRequest(query="1020 GRAND CONCOURSE")
    (building,) = stub.SearchPremises(grand).premises
    assert (building.address, building.latitude) == ("1020 GRAND CONCOURSE, BRONX, 10451", 40.83031416456497)
