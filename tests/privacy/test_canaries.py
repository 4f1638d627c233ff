"""What people are called and say is nowhere in clear: tables, topics, dead letters, logs and traces are searched (C9).

Canaries go in through the public APIs of six processes, in every personal field; then one repair goes its whole way.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import grpc
import psycopg
import pytest
from google.protobuf.message import Message
from psycopg import sql

from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import customers_pb2, interactions_pb2
from hearthline.notifications.v1 import notifications_pb2, templates_pb2
from hearthline.notifications.v1.templates_pb2_grpc import TemplateServiceStub
from hearthline.workorders.v1 import tickets_pb2
from hearthline_cli.laptop import SERVICES
from hearthline_cli.season.platform import trace_metadata
from servicekit.deadletters import list_dead_letters
from servicekit.telemetry import sampled_trace
from tests.e2e import story
from tests.e2e.conftest import Told, told
from tests.e2e.story import CUSTOMER, PREMISES
from tests.support.canaries import forms

__all__ = ["told"]
pytestmark = pytest.mark.parametrize("told", ["embedded"], indirect=True)

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
PHONE, OTHER_PHONE = "15912348765", "15912348766"
TEXTS = [f"canary-{n:02d}-of-a-person" for n in range(30)]
EMAIL = "canary.lei@people.example"
# Of the story: the customer's name and number, and what they said.
STORY = [story.NAME, story.NEW_NAME, story.PHONE, story.SAID]


def requests() -> list[tuple[str, str, Message]]:
    """(stub, method, request) of every call that brings personal data in; a text stands in one field alone."""
    text = iter(TEXTS)
    contact, channel = customers_pb2.Contact, customers_pb2.Contact.Channel
    contacts = [
        contact(channel=channel.CHANNEL_SMS, address=f"+86{PHONE}"),
        contact(channel=channel.CHANNEL_EMAIL, address=EMAIL),
        contact(channel=channel.CHANNEL_WECHAT, address=next(text)),
        contact(channel=channel.CHANNEL_LETTER, address=next(text)),
    ]
    person = customers_pb2.Customer(display_name=next(text), kind=customers_pb2.Customer.KIND_PERSON, contacts=contacts)
    interaction = interactions_pb2.RecordInteractionRequest(
        customer="customers/canary",
        channel="hotline",
        contact_address=f"+86{OTHER_PHONE}",
        agent="staff/1007",
        summary=next(text),
        confirmed_facts=[next(text), next(text)],
    )
    ticket = tickets_pb2.CreateTicketRequest(
        ticket_id="canary",
        customer="customers/canary",
        premises=PREMISES,
        commodity="heat",
        category="other",
        severity="minor",
        urgency="routine",
        channel="hotline",
        summary=next(text),
    )
    complaint = complaints_pb2.FileComplaintRequest(
        subject=next(text),
        description=next(text),
        complainant_display_name=next(text),
        complainant_contact=next(text),
        channel="hotline",
        severity="minor",
    )
    address = notifications_pb2.DirectAddress(channel="sms", address=f"+86{OTHER_PHONE}", display_name=next(text))
    notice = notifications_pb2.SendNotificationRequest(template_code="canary", address=address)
    notice.values["words"].text = next(text)
    return [
        ("customers", "CreateCustomer", customers_pb2.CreateCustomerRequest(customer_id="canary", customer=person)),
        ("interactions", "RecordInteraction", interaction),
        ("tickets", "CreateTicket", ticket),
        ("tickets", "CancelTicket", tickets_pb2.CancelTicketRequest(name="tickets/canary", reason=next(text))),
        ("complaints", "FileComplaint", complaint),
        ("notifications", "SendNotification", notice),
    ]


def refused() -> list[tuple[str, str, Message]]:
    """Calls whose refusal could repeat what they bring."""
    wrong = customers_pb2.Contact(channel=customers_pb2.Contact.CHANNEL_SMS, address=TEXTS[-1])
    person = customers_pb2.Customer(display_name=TEXTS[-2], contacts=[wrong])
    return [
        ("customers", "CreateCustomer", customers_pb2.CreateCustomerRequest(customer=person)),
        ("customers", "ListCustomers", customers_pb2.ListCustomersRequest(filter=f'create_time = "{TEXTS[-3]}"')),
        ("customers", "ListCustomers", customers_pb2.ListCustomersRequest(filter=f"{TEXTS[-4]}")),
        ("customers", "SearchCustomers", customers_pb2.SearchCustomersRequest(name_query=TEXTS[-5], page_token="?")),
    ]


def publish_template(told: Told) -> None:
    """One with a variable, to be filled by a canary."""
    pb, stub = templates_pb2, told.story.platform.channel("notifications")
    variable = pb.TemplateVariable(variable="words", kind=pb.TemplateVariable.KIND_TEXT)
    texts = [
        pb.TemplateText(language_code=code, subject="s {{ words }}", body="b {{ words }}") for code in ("zh-CN", "en")
    ]
    template = pb.Template(code="canary", variables=[variable], texts=texts)
    made = TemplateServiceStub(stub).CreateTemplate(pb.CreateTemplateRequest(template=template))
    TemplateServiceStub(stub).PublishTemplate(pb.PublishTemplateRequest(name=made.name, etag=made.etag))


def send(told: Told, calls: Sequence[tuple[str, str, Message]]) -> None:
    for stub, method, request in calls:
        call: Any = getattr(getattr(told.story.platform, stub), method)
        call(request, metadata=trace_metadata(sampled_trace()))
        # The next call may need what others make of this one.
        told.story.platform.settle()


def poison(told: Told) -> None:
    """The customer's own fact again, so that its consumers cannot take it."""
    facts = [f for f in told.facts() if f.key == "canary" and f.headers["ce_type"].endswith("CustomerRegistered")]
    spoiled = {**facts[0].headers, "ce_id": "poison", "ce_sequence": "many"}
    producer = told.log.producer()
    assert producer.publish([replace(facts[0], headers=spoiled)]) == [None]
    producer.close()


def places(told: Told) -> Iterator[tuple[str, str]]:
    """Everything that rests somewhere, as text, and where."""
    for name, url in told.laptop.database_urls.items():
        with psycopg.connect(url) as connection:
            for (table,) in connection.execute(_TABLES).fetchall():
                for (row,) in connection.execute(sql.SQL("SELECT t::text FROM {} t").format(sql.Identifier(table))):
                    yield f"{name}.{table}", row
    for service in SERVICES:
        yield f"log of {service}", told.laptop.log_file(service).read_text()
        for record in told.log.read(f"hearthline.{service}.v1", 10_000):
            yield f"topic of {service}", f"{record.key} {record.headers} {record.value!r} {record.value.hex()}"
        for letter in list_dead_letters(told.log, f"hearthline.{service}.v1"):
            yield f"dead letters of {service}", f"{letter.record.headers} {letter.record.value.hex()}"
    for span in told.spans.spans():
        yield f"span {span.service} {span.name}", repr(span)


def test_no_canary_is_found(told: Told) -> None:
    publish_template(told)
    send(told, requests())
    for call in refused():
        with suppress(grpc.RpcError):
            send(told, [call])
    told.story.platform.settle()
    poison(told)
    told.story.platform.settle()
    get = told.story.platform.customers.GetCustomer
    kept = get(customers_pb2.GetCustomerRequest(name="customers/canary"))
    assert [contact.address for contact in kept.contacts][:2] == [f"+86{PHONE}", EMAIL]
    assert get(customers_pb2.GetCustomerRequest(name=CUSTOMER)).display_name == story.NEW_NAME
    told.spans.wait_for(lambda spans: any("FileComplaint" in span.name for span in spans.spans()))

    canaries = {canary: forms(canary) for canary in (PHONE, OTHER_PHONE, EMAIL, *TEXTS, *STORY)}
    found, seen = set[tuple[str, str]](), set[str]()
    for place, content in places(told):
        seen.add(place.partition(".")[0] if place.startswith(SERVICES) else place.partition(" ")[0])
        found |= {(place, canary) for canary, written in canaries.items() if any(form in content for form in written)}

    assert found == set()
    assert {*SERVICES, "log", "topic", "dead", "span"} <= seen, "there was nothing to search"
