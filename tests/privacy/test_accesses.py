"""Who read what of people is kept, and can be looked up (C9)."""

from datetime import timedelta
from pathlib import Path

import grpc
import pytest
from psycopg.sql import SQL, Identifier

from customers.bootstrap import service
from hearthline.complaints.v1.complaints_pb2 import ComplaintEntry, ListComplaintEntriesResponse
from hearthline.customers.v1 import customers_pb2, premises_pb2
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.options.v1.personal_pb2 import Personal
from hearthline.privacy.v1.personal_data_pb2 import Access, ListAccessesRequest
from hearthline.privacy.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from hearthline.workorders.v1.tickets_pb2 import ListTicketsResponse, Ticket
from servicekit.accesses import told_by
from servicekit.calls import is_read
from servicekit.database import raw_connection
from servicekit.personal.messages import fields_of
from tests.architecture.test_access import served
from tests.customers.calls import person
from tests.customers.test_places import place
from tests.support.identities import Guarded, answer
from tests.support.running import MORNING, RunningService, Starter

TEXT = Personal.PERSONAL_TEXT


class Desk:
    """A server with two customers and a home, that asks who calls."""

    def __init__(self, start: Starter, folder: Path) -> None:
        self.clock = start.clock
        self.trusted = start(service, work=False)
        for each in (person("c1"), person("c2", phone="13900139000")):
            CustomerServiceStub(self.trusted.channel).CreateCustomer(each)
        PremisesServiceStub(self.trusted.channel).CreatePremises(place("p1"))
        self.guarded = Guarded(start, service, self.trusted, folder)

    def customers(self, subject: str, role: str) -> CustomerServiceStub:
        return CustomerServiceStub(self.guarded.channel(subject, role))

    def get(self, customer: str, subject: str = "staff/1", role: str = "agent") -> customers_pb2.Customer:
        return self.customers(subject, role).GetCustomer(customers_pb2.GetCustomerRequest(name=customer))

    def accesses(self, **asked: object) -> list[Access]:
        stub = PersonalDataServiceStub(self.guarded.channel("staff/9", "auditor"))
        return list(stub.ListAccesses(ListAccessesRequest(**asked)).accesses)  # type: ignore[arg-type]


@pytest.fixture
def desk(start: Starter, tmp_path: Path) -> Desk:
    return Desk(start, tmp_path)


def test_who_read_what_is_kept(desk: Desk) -> None:
    desk.get("customers/c1")
    (access,) = desk.accesses()
    assert (access.reader, list(access.roles)) == ("staff/1", ["agent"])
    assert access.method == "hearthline.customers.v1.CustomerService/GetCustomer"
    assert (list(access.resources), access.resource_count) == (["customers/c1"], 1)
    assert list(access.kinds_in_clear) == [Personal.PERSONAL_NAME, Personal.PERSONAL_CONTACT]
    assert access.access_time.ToDatetime(MORNING.tzinfo) == MORNING


def test_a_read_is_found_by_its_trace(desk: Desk) -> None:
    trace = "0af7651916cd43dd8448eb211c80319c"
    asked = customers_pb2.GetCustomerRequest(name="customers/c1")
    traced = (("traceparent", f"00-{trace}-b7ad6b7169203331-01"),)
    desk.customers("staff/1", "agent").GetCustomer(asked, metadata=traced)
    assert [access.trace_id for access in desk.accesses()] == [trace]


def test_a_list_names_all_that_it_told_of(desk: Desk) -> None:
    desk.customers("staff/1", "agent").ListCustomers(customers_pb2.ListCustomersRequest())
    assert list(desk.accesses()[0].resources) == ["customers/c1", "customers/c2"]


def test_what_was_masked_is_not_said_to_be_clear(desk: Desk) -> None:
    desk.get("customers/c1", "staff/2", "dispatcher")
    desk.get("customers/c1", "staff/9", "auditor")
    assert [list(access.kinds_in_clear) for access in desk.accesses()] == [[Personal.PERSONAL_NAME], []]


def test_a_reply_that_tells_of_nobody_is_not_kept(desk: Desk) -> None:
    agent = desk.customers("staff/1", "agent")
    nobody = customers_pb2.FindCustomersByContactRequest(address="13999999999")
    assert not agent.FindCustomersByContact(nobody).customers
    assert answer(lambda: desk.get("customers/nobody")) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert desk.accesses() == []


def test_a_command_is_accounted_for_by_the_audit_alone(desk: Desk) -> None:
    desk.customers("staff/1", "agent").CreateCustomer(person("c3", phone="13800138003"))
    assert desk.accesses() == []


def test_accesses_are_found_by_resource_reader_method_and_time(desk: Desk) -> None:
    desk.get("customers/c1")
    desk.clock.advance(timedelta(hours=1))
    desk.get("customers/c2")
    home = premises_pb2.GetPremisesRequest(name="premises/p1")
    PremisesServiceStub(desk.guarded.channel("staff/2", "dispatcher")).GetPremises(home)
    first, second, third = desk.accesses()
    assert desk.accesses(resource="customers/c2") == [second]
    assert desk.accesses(filter='reader = "staff/2"') == [third]
    assert desk.accesses(filter=f'method = "{first.method}"') == [first, second]
    assert desk.accesses(filter=f'access_time < "{(MORNING + timedelta(minutes=1)).isoformat()}"') == [first]
    assert desk.accesses(resource="customers/c1", filter='reader = "staff/2"') == []


def test_accesses_come_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        desk.get("customers/c1")
    stub = PersonalDataServiceStub(desk.guarded.channel("staff/9", "auditor"))
    first = stub.ListAccesses(ListAccessesRequest(page_size=2))
    rest = stub.ListAccesses(ListAccessesRequest(page_size=2, page_token=first.next_page_token))
    assert [*first.accesses, *rest.accesses] == desk.accesses()
    assert (len(first.accesses), rest.next_page_token) == (2, "")


def test_who_looks_at_customers_does_not_see_who_else_did(desk: Desk) -> None:
    agent = PersonalDataServiceStub(desk.guarded.channel("staff/1", "agent"))
    refusal = answer(lambda: agent.ListAccesses(ListAccessesRequest()))
    assert refusal == (grpc.StatusCode.PERMISSION_DENIED, "ROLE_MISSING")


def test_nobody_sees_what_cannot_be_accounted_for(desk: Desk) -> None:
    desk.get("customers/c1")
    make_read_only(desk.guarded.running)
    assert answer(lambda: desk.get("customers/c1")) == (grpc.StatusCode.UNAVAILABLE, "ACCESS_NOT_KEPT")
    # What tells of nobody needs no account.
    nobody = customers_pb2.FindCustomersByContactRequest(address="13999999999")
    assert not desk.customers("staff/1", "agent").FindCustomersByContact(nobody).customers
    assert len(desk.accesses()) == 1


def make_read_only(running: RunningService) -> None:
    """As a standby is: what is there can be read, and nothing added."""
    with running.kit.engine.connect() as connection:
        setting = SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(Identifier(running.database))
        raw_connection(connection).execute(setting)
    running.kit.engine.dispose()


def test_parts_of_a_resource_are_reads_of_it() -> None:
    entries = [ComplaintEntry(name=f"complaints/k1/entries/{n}", details={"reason": "冷"}) for n in (1, 2)]
    assert told(ListComplaintEntriesResponse(entries=entries)) == (["complaints/k1"], {TEXT})


def test_a_resource_is_named_with_the_customer_whose_it_is() -> None:
    tickets = [Ticket(name="tickets/t1", customer="customers/c1", summary="冷"), Ticket(name="tickets/t2")]
    assert told(ListTicketsResponse(tickets=tickets)) == (["tickets/t1", "customers/c1"], {TEXT})


def told(reply: ListComplaintEntriesResponse | ListTicketsResponse) -> tuple[list[str], set[int]]:
    resources, kinds = told_by(reply, fields_of(reply.DESCRIPTOR))
    return list(resources), kinds


def test_every_reading_rpc_is_taken_for_one() -> None:
    reading = ("Get", "List", "Search", "Find", "Preview", "Wait")
    taken = {method for method in served() if is_read(method)}
    assert taken == {method for method in served() if method.partition("/")[2].startswith(reading)}
