"""C9: a customer gets what all six services hold on them, is forgotten by all of them, and does not come back."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from types import ModuleType

import grpc
import psycopg
import pytest

from billing import bootstrap as billing
from complaints import bootstrap as complaints
from customers import bootstrap as customers
from hearthline.billing.v1 import accounts_pb2
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import agreements_pb2, customers_pb2, interactions_pb2, privacy_pb2
from hearthline.customers.v1.privacy_pb2_grpc import PrivacyServiceStub
from hearthline.privacy.v1 import personal_data_pb2
from hearthline.privacy.v1.personal_data_pb2_grpc import PersonalDataServiceStub
from hearthline.workorders.v1 import tickets_pb2
from notifications import bootstrap as notifications
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from surveys import bootstrap as surveys
from tests.e2e.story import ACCOUNT, CUSTOMER, NAME, NEW_NAME, PHONE, PREMISES, Story
from tests.e2e.tables import dump
from tests.support.identities import refused as refusal
from tests.support.running import Starter
from workorders import bootstrap as workorders

SERVICES: tuple[ModuleType, ...] = (customers, workorders, notifications, surveys, complaints, billing)
NAMES, SAID = (NAME, NEW_NAME), f"{NAME}说家里很冷"
Request = privacy_pb2.DataRequest
# What was published, and what was answered to a call, is dropped by its age (docs/security.md).
BY_AGE = {"alembic_version", "inbox", "outbox", "requests"}
# Tells of the erasure itself.
KEPT_BY_KIT = {"accesses", "audit", "erased_customers", "personal_data_records", "timers"}


class Told:
    """The story of one repair, told to six running services."""

    def __init__(self, start: Starter) -> None:
        self.start = start
        self.services = {module.__name__.partition(".")[0]: start(module.service) for module in SERVICES}
        self.story = Story({name: svc.target for name, svc in self.services.items()}, start.eventlog, start.clock)
        self.platform = self.story.platform
        self.privacy = PrivacyServiceStub(self.platform.channel("customers"))

    def ask(self, kind: Request.Kind.ValueType) -> Request:
        made = self.privacy.CreateDataRequest(privacy_pb2.CreateDataRequestRequest(customer=CUSTOMER, kind=kind))
        self.platform.settle()
        return self.get(made.name)

    def get(self, name: str) -> Request:
        return self.privacy.GetDataRequest(privacy_pb2.GetDataRequestRequest(name=name))

    def part(self, service: str, request: str) -> list[personal_data_pb2.PersonalDataRecord]:
        """All pages of a service's part."""
        stub = PersonalDataServiceStub(self.platform.channel(service))
        found: list[personal_data_pb2.PersonalDataRecord] = []
        token = ""
        while True:
            asked = personal_data_pb2.ListPersonalDataRecordsRequest(parent=request, page_size=3, page_token=token)
            page = stub.ListPersonalDataRecords(asked)
            found += page.records
            token = page.next_page_token
            if not token:
                return found

    def reads(self, service: str) -> list[str]:
        """How the customer's data was read."""
        asked = personal_data_pb2.ListAccessesRequest(resource=CUSTOMER)
        found = PersonalDataServiceStub(self.platform.channel(service)).ListAccesses(asked)
        return [access.method for access in found.accesses]

    def facts(self) -> list[Record]:
        return [r for name in self.services for r in self.start.eventlog.read(f"hearthline.{name}.v1", 10_000)]

    def remains(self) -> list[tuple[str, str]]:
        """Tables of services in which the person can still be found."""
        found = set()
        for name, svc in self.services.items():
            for table, rows in dump(svc.kit.settings.database_url, without=BY_AGE).items():
                if any(word in row for row in rows for word in (*NAMES, PHONE)):
                    found.add((name, table))
        return sorted(found)


def call() -> tickets_pb2.CreateTicketRequest:
    return tickets_pb2.CreateTicketRequest(
        customer=CUSTOMER,
        premises=PREMISES,
        commodity="heat",
        category="billing",
        severity="minor",
        urgency="routine",
        channel="hotline",
        summary=SAID,
    )


@pytest.fixture
def told(start: Starter) -> Iterator[Told]:
    it = Told(start)
    it.story.tell()
    it.platform.interactions.RecordInteraction(
        interactions_pb2.RecordInteractionRequest(
            channel="hotline", contact_address=PHONE, agent="1007", summary=SAID, confirmed_facts=[SAID]
        )
    )
    it.platform.tickets.CreateTicket(call())
    it.platform.settle()
    yield it
    it.story.close()


def move_out(told: Told) -> None:
    now = to_timestamp(told.start.clock.now())
    end = agreements_pb2.EndServiceAgreementRequest(name="serviceAgreements/li", end_time=now)
    told.platform.agreements.EndServiceAgreement(end)
    told.platform.settle()


def withdraw(told: Told, obstacles: Iterable[Request.Obstacle]) -> None:
    """The open tickets of the customer come to their end."""
    for each in obstacles:
        assert each.rule == "TICKET_OPEN"
        told.platform.tickets.CancelTicket(tickets_pb2.CancelTicketRequest(name=each.resource, reason="moved out"))
    told.platform.settle()


def erase(told: Told) -> Request:
    """Everything is settled, and the erasure is done."""
    move_out(told)
    request = told.ask(Request.KIND_ERASURE)
    withdraw(told, request.obstacles)
    told.start.advance(timedelta(days=1))
    return told.get(request.name)


def test_an_export_has_the_part_of_every_service_until_it_expires(told: Told) -> None:
    request = told.ask(Request.KIND_EXPORT)

    parts = {service: told.part(service, request.name) for service in told.services}

    assert request.state == Request.STATE_DONE
    assert {part.service: part.record_count for part in request.parts} == {s: len(parts[s]) for s in parts}
    types = {service: {record.type.rpartition(".")[2] for record in records} for service, records in parts.items()}
    assert types == {
        "customers": {"Customer", "ServiceAgreement", "Interaction", "TimelineEntry"},
        "workorders": {"Ticket", "WorkOrder"},
        "notifications": {"CustomerUpdated", "Notification", "SandboxMessage"},
        "surveys": {"Survey"},
        "complaints": {"Complaint", "ComplaintEntry"},
        "billing": {"Account", "Charge", "Payment"},
    }
    assert parts["customers"][0].data["displayName"] == NEW_NAME
    # What was handed over was never published.
    told_of_it = [r for r in told.facts() if r.headers["ce_type"].startswith("hearthline.privacy.")]
    assert len(told_of_it) == 1 + len(SERVICES)
    assert not [r for r in told_of_it if PHONE.encode() in r.value or any(name.encode() in r.value for name in NAMES)]

    # Who fetched it is known.
    assert {method.rpartition("/")[2] for method in told.reads("billing")} == {"ListPersonalDataRecords"}

    told.start.advance(timedelta(days=7))
    assert told.get(request.name).state == Request.STATE_EXPIRED
    assert [told.part(service, request.name) for service in told.services] == [[]] * len(SERVICES)


def test_what_is_still_running_stands_against_an_erasure(told: Told) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        told.ask(Request.KIND_ERASURE)
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "AGREEMENT_RUNNING")
    told.platform.accounts.PostCharge(
        accounts_pb2.PostChargeRequest(
            account=ACCOUNT,
            kind=accounts_pb2.Charge.KIND_SERVICE,
            amount=MinorUnits(amount=100, currency_code="CNY"),
            description="换锁",
        )
    )
    complaint = told.platform.complaints.FileComplaint(
        complaints_pb2.FileComplaintRequest(subject="又冷", customer=CUSTOMER, channel="hotline", severity="minor")
    )
    told.platform.complaints.FileComplaint(
        complaints_pb2.FileComplaintRequest(
            subject="态度", customer=CUSTOMER, channel="hotline", severity="minor", confidential=True
        )
    )
    move_out(told)

    request = told.ask(Request.KIND_ERASURE)

    assert request.state == Request.STATE_DEFERRED
    found = {(each.service, each.rule, each.resource) for each in request.obstacles}
    assert ("billing", "ACCOUNT_UNSETTLED", ACCOUNT) in found
    assert ("complaints", "COMPLAINT_OPEN", complaint.name) in found
    assert ("complaints", "COMPLAINT_OPEN", "complaints/-") in found, "a confidential one is not named"
    assert {rule for _, rule, _ in found} == {"ACCOUNT_UNSETTLED", "COMPLAINT_OPEN", "TICKET_OPEN"}
    with pytest.raises(grpc.RpcError) as refused:
        told.ask(Request.KIND_ERASURE)
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "DATA_REQUEST_OPEN")

    # Nobody settles it: after fifteen working days everybody can see that the answer is owed.
    told.start.advance(timedelta(days=40))
    late = told.privacy.ListDataRequests(privacy_pb2.ListDataRequestsRequest(filter="overdue = true")).data_requests
    assert [each.name for each in late] == [request.name]
    cancelled = told.privacy.CancelDataRequest(privacy_pb2.CancelDataRequestRequest(name=request.name))
    assert cancelled.state == Request.STATE_CANCELLED
    told.start.advance(timedelta(days=2))
    assert told.get(request.name).state == Request.STATE_CANCELLED
    assert told.remains(), "nothing was erased"


def test_an_erased_customer_is_found_nowhere_and_does_not_come_back(told: Told) -> None:
    assert {service for service, _ in told.remains()} >= {"customers", "workorders", "notifications"}
    told.ask(Request.KIND_EXPORT)
    books = dump(told.services["billing"].kit.settings.database_url, without={*BY_AGE, *KEPT_BY_KIT})

    request = erase(told)

    assert request.state == Request.STATE_DONE
    assert told.remains() == []
    customer = told.platform.customers.GetCustomer(customers_pb2.GetCustomerRequest(name=CUSTOMER))
    assert (customer.display_name, list(customer.contacts)) == ("[erased]", [])
    assert customer.HasField("erase_time")
    looked_up = customers_pb2.FindCustomersByContactRequest(address=PHONE)
    assert not told.platform.customers.FindCustomersByContact(looked_up).customers
    assert dump(told.services["billing"].kit.settings.database_url, without={*BY_AGE, *KEPT_BY_KIT}) == books

    facts = told.facts()
    for service in told.services.values():
        with psycopg.connect(service.kit.settings.database_url) as connection:
            connection.execute("DELETE FROM inbox")
        service.deliver(facts)
    told.platform.settle()
    assert told.remains() == []
    assert told.get(request.name) == request
    assert not told.platform.customers.FindCustomersByContact(looked_up).customers


def test_what_came_while_everybody_erased_goes_a_day_later_and_tells_nobody(told: Told) -> None:
    erase(told)
    told.platform.tickets.CreateTicket(call())
    told.platform.settle()
    assert told.remains() == [("workorders", "tickets")]
    told.start.advance(timedelta(days=1))
    assert told.remains() == []


def test_nothing_is_changed_or_asked_of_an_erased_customer(told: Told) -> None:
    erase(told)
    for kind in (Request.KIND_EXPORT, Request.KIND_ERASURE):
        with pytest.raises(grpc.RpcError) as refused:
            told.ask(kind)
        assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_ERASED")
    again = customers_pb2.Customer(name=CUSTOMER, display_name=NAME)
    with pytest.raises(grpc.RpcError) as refused:
        told.platform.customers.UpdateCustomer(customers_pb2.UpdateCustomerRequest(customer=again))
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_ERASED")
    talk = interactions_pb2.RecordInteractionRequest(customer=CUSTOMER, channel="hotline", agent="1007", summary=SAID)
    with pytest.raises(grpc.RpcError) as refused:
        told.platform.interactions.RecordInteraction(talk)
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_ERASED")
    contract = agreements_pb2.StartServiceAgreementRequest(customer=CUSTOMER, premises=PREMISES, commodity="gas")
    with pytest.raises(grpc.RpcError) as refused:
        told.platform.agreements.StartServiceAgreement(contract)
    assert refusal(refused.value) == (grpc.StatusCode.FAILED_PRECONDITION, "CUSTOMER_ERASED")
