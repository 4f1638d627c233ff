"""`hearthline audit verify` looks at the chains of all services; so does each service at its own."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

import complaints.bootstrap
import workorders.bootstrap
from hearthline.workorders.v1.crews_pb2 import CreateCrewRequest, Crew
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline_cli.laptop import postgres_in
from hearthline_cli.postgres import WORTHLESS_DATA, embedded_postgres_server
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from servicekit.sealing import Sealer
from tests.complaints.calls import decide, filing, stub
from tests.support.running import RunningService, Starter

NOWHERE = "postgresql://somebody:canary-9d1c@127.0.0.1:1/none"


def seal(running: RunningService) -> None:
    sealer = Sealer(running.service.sealed)
    sealer.run_once(running.kit)
    sealer.close()


def tamper(running: RunningService, sql: str) -> None:
    """As the owner of the tables, who can take triggers away."""
    with psycopg.connect(running.kit.settings.database_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(sql.encode())


def run(module: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command as an operator does who has set nothing else."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HEARTHLINE_")}
    command = [sys.executable, "-m", module, *words]
    return subprocess.run(
        command, env=inherited | environment, capture_output=True, text=True, timeout=120, check=False
    )


def verify(*words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return run("hearthline_cli.main", "audit", "verify", *words, **environment)


@pytest.fixture
def desk(start: Starter) -> RunningService:
    """The complaints of one who got a decision, sealed."""
    desk = start(complaints.bootstrap.service, work=False)
    calls = stub(desk, roles=("supervisor",))
    decide(calls, calls.FileComplaint(filing()).name)
    seal(desk)
    return desk


@pytest.fixture
def yard(start: Starter) -> RunningService:
    """Work orders with a crew, sealed."""
    yard = start(workorders.bootstrap.service, work=False)
    CrewServiceStub(yard.channel).CreateCrew(
        CreateCrewRequest(crew=Crew(display_name="1", skills=["heat"], max_load=1))
    )
    seal(yard)
    return yard


@pytest.fixture
def named(desk: RunningService, yard: RunningService) -> dict[str, str]:
    """Environment that names both."""
    return {
        "HEARTHLINE_COMPLAINTS_DATABASE_URL": desk.kit.settings.database_url,
        "HEARTHLINE_WORKORDERS_DATABASE_URL": yard.kit.settings.database_url,
        "HEARTHLINE_EVENTLOG_URL": desk.kit.settings.eventlog_url,
    }


def chains(done: "subprocess.CompletedProcess[str]") -> dict[str, str]:
    """What is said of each chain."""
    return dict(line.split(": ", 1) for line in done.stdout.splitlines())


def test_chains_that_are_whole_are_told_with_their_length(named: dict[str, str]) -> None:
    done = verify("complaints", "workorders", **named)
    assert (done.returncode, done.stderr) == (0, "")
    told = {chain: words.partition(" are as")[0] for chain, words in chains(done).items()}
    assert told == {
        "complaints audit": "6 rows",
        "complaints complaint_entries": "6 rows",
        "workorders audit": "1 rows",
    }


def test_a_broken_chain_is_named_with_its_first_row_that_is(named: dict[str, str], desk: RunningService) -> None:
    tamper(desk, "UPDATE complaint_entries SET actor = 'staff/9' WHERE position >= 4")
    with psycopg.connect(desk.kit.settings.database_url) as connection:
        row = connection.execute("SELECT complaint_id, number FROM complaint_entries WHERE position = 4").fetchone()
    assert row is not None
    broken = f"BROKEN at position 4, row {row[0]}/{row[1]}: the row is not the one that was sealed"

    done = verify("complaints", "workorders", **named)
    assert done.returncode == 1
    assert chains(done)["complaints complaint_entries"] == broken
    assert "6 rows are as they were sealed" in chains(done)["complaints audit"]
    assert "1 rows are as they were sealed" in chains(done)["workorders audit"]

    own = {"HEARTHLINE_DATABASE_URL": desk.kit.settings.database_url}
    alone = run("complaints", "audit", "verify", **own, HEARTHLINE_EVENTLOG_URL=desk.kit.settings.eventlog_url)
    assert (alone.returncode, chains(alone)["complaints complaint_entries"]) == (1, broken)


def test_a_chain_that_is_cut_off_is_named_with_the_first_place_that_is_missing(
    named: dict[str, str], desk: RunningService
) -> None:
    tamper(desk, "DELETE FROM audit WHERE position > 2")
    done = verify("complaints", **named)
    assert done.returncode == 1
    assert chains(done)["complaints audit"] == "BROKEN at position 3: the row is missing: 6 rows were sealed"


def test_a_database_that_cannot_be_reached_is_no_broken_chain(named: dict[str, str], desk: RunningService) -> None:
    named["HEARTHLINE_WORKORDERS_DATABASE_URL"] = NOWHERE
    done = verify("workorders", "complaints", **named)
    assert done.returncode == 2
    assert done.stderr.startswith("workorders: ")
    assert "canary" not in done.stdout + done.stderr
    assert list(chains(done)) == ["complaints audit", "complaints complaint_entries"]
    tamper(desk, "DELETE FROM audit WHERE position = 1")
    assert verify("workorders", "complaints", **named).returncode == 1, "what was found weighs more"


def test_a_database_without_our_tables_is_no_broken_chain(named: dict[str, str], database: str) -> None:
    done = verify("workorders", **named | {"HEARTHLINE_WORKORDERS_DATABASE_URL": database})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("workorders: the database has not this version's schema: ")


def test_an_event_log_without_the_topic_is_no_broken_chain(named: dict[str, str], database: str) -> None:
    named["HEARTHLINE_EVENTLOG_URL"] = database
    done = verify("workorders", **named)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("workorders: ")
    assert verify("workorders", "--no-published", **named).returncode == 0


def test_what_is_not_named_is_asked_for(named: dict[str, str], tmp_path: Path) -> None:
    forgotten = verify(**named)
    assert (forgotten.returncode, forgotten.stdout) == (2, "")
    assert "HEARTHLINE_BILLING_DATABASE_URL" in forgotten.stderr
    eventlog = named.pop("HEARTHLINE_EVENTLOG_URL")
    assert "HEARTHLINE_EVENTLOG_URL" in verify("complaints", **named).stderr
    assert verify("payroll", HEARTHLINE_EVENTLOG_URL=eventlog).returncode == 2
    nothing_runs = verify("complaints", "--home", str(tmp_path))
    assert nothing_runs.returncode == 2
    assert "hearthline up" in nothing_runs.stderr


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a platform keeps its data; outside of pytest's directories, which PostgreSQL's own user may not enter."""
    with tempfile.TemporaryDirectory(prefix="hearthline-", ignore_cleanup_errors=True) as home:
        yield Path(home)


def test_without_names_the_databases_of_the_laptop_are_looked_at(home: Path) -> None:
    with embedded_postgres_server(postgres_in(home), WORTHLESS_DATA) as server:
        with psycopg.connect(server.get_uri(), autocommit=True) as connection:
            connection.execute("CREATE DATABASE billing")
            connection.execute("CREATE DATABASE eventlog")
        with connect_eventlog(server.get_uri(database="eventlog")) as log:
            log.ensure_topics(load_topics(banks=["icbc"], partitions=1))
        assert run("billing", "migrate", HEARTHLINE_DATABASE_URL=server.get_uri(database="billing")).returncode == 0
        done = verify("billing", "--home", str(home))
        assert (done.returncode, done.stderr) == (0, "")
        assert chains(done)["billing audit"].startswith("0 rows are as they were sealed")
    assert verify("billing", "--home", str(home)).returncode == 2, "nothing runs any more"
