"""The timeline is made of everyone's facts, whatever order they come in (C6)."""

import importlib
import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from customers.domain.timeline import KINDS, kept_fields, line
from customers.events import SUBSCRIPTIONS
from customers.store.tables import timeline
from hearthline.billing.v1 import events_pb2 as billing
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.eventlog import Record
from tests.customers.calls import Desk, open_desk, person
from tests.support.running import MORNING, Starter, fact

FACTS = workorders.WorkOrderFacts(customers=["customers/c1", "customers/c2"])

PAID = billing.PaymentReceived(
    customer="customers/c1", bank_reference="R7", amount=billing.MinorUnits(amount=123456, currency_code="CNY")
)


def history() -> list[Record]:
    messages = [
        (
            "workorders",
            workorders.TicketCreated(customer="customers/c1", category="no_heat", summary="不热"),
            "tickets/1",
        ),
        ("workorders", workorders.WorkOrderDispatched(facts=FACTS, crew_display_name="一班"), "workOrders/1"),
        ("workorders", workorders.WorkOrderCompleted(facts=FACTS, resolution="换阀门"), "workOrders/1"),
        ("billing", PAID, "payments/1"),
        (
            "complaints",
            complaints.ComplaintFiled(facts=complaints.ComplaintFacts(customer="customers/c2"), subject="太慢"),
            "complaints/1",
        ),
    ]
    return [
        fact(message, service, subject, n, MORNING + timedelta(minutes=n), id=f"event-{n}")
        for n, (service, message, subject) in enumerate(messages)
    ]


def stored(desk: Desk) -> list[tuple[object, ...]]:
    with desk.svc.kit.unit() as uow:
        return [tuple(row) for row in uow.rows(select(timeline).order_by(timeline.c.id))]


def test_every_fact_is_a_line_for_each_customer_it_concerns(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.svc.deliver(history())
    entries = desk.customers.ListTimelineEntries(
        pb.ListTimelineEntriesRequest(parent="customers/c1", language_code="en")
    ).timeline_entries
    assert [e.kind for e in entries] == [
        "PaymentReceived",
        "WorkOrderCompleted",
        "WorkOrderDispatched",
        "TicketCreated",
    ]
    summaries = [e.summary for e in entries]
    assert summaries == [
        "Paid CN¥1,234.56, reference R7",
        "Work done: 换阀门",
        "Crew sent: 一班",
        "Reported no heat: 不热",
    ]
    assert (entries[0].source, entries[0].subject) == ("billing", "payments/1")


def test_nobody_reads_there_who_complained_confidentially(start: Starter) -> None:
    desk = open_desk(start)
    said = complaints.ComplaintFacts(complaint="complaints/1", customer="customers/c1", confidential=True)
    openly = complaints.ComplaintFacts(complaint="complaints/2", customer="customers/c1")
    desk.svc.deliver(
        [
            fact(complaints.ComplaintFiled(facts=said, subject="太慢"), "complaints", "complaints/1", 1),
            fact(complaints.ComplaintClosed(facts=said), "complaints", "complaints/1", 2),
            fact(complaints.ComplaintFiled(facts=openly, subject="太贵"), "complaints", "complaints/2", 1),
        ]
    )
    assert [row[5] for row in stored(desk)] == ["complaints/2"]


def test_doubled_and_shuffled_facts_leave_the_same_bytes(start: Starter) -> None:
    once, wild = open_desk(start), open_desk(start)
    once.svc.deliver(history())
    records = history() * 2
    random.Random(7).shuffle(records)
    wild.svc.deliver(records)
    assert stored(once) == stored(wild)
    assert len(stored(once)) == 7


def test_pages_of_one_kind_come_newest_first(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.svc.deliver(history())
    request = pb.ListTimelineEntriesRequest(parent="customers/c1", page_size=1, filter='source = "workorders"')
    kinds: list[str] = []
    while not kinds or request.page_token:
        page = desk.customers.ListTimelineEntries(request)
        kinds += [e.kind for e in page.timeline_entries]
        request.page_token = page.next_page_token
    assert kinds == ["WorkOrderCompleted", "WorkOrderDispatched", "TicketCreated"]


@pytest.mark.parametrize("topic", [s.topic for s in SUBSCRIPTIONS])
def test_every_fact_about_a_customer_has_a_line(topic: str) -> None:
    package = importlib.import_module(f"{topic}.events_pb2")
    for name, descriptor in package.DESCRIPTOR.message_types_by_name.items():
        told = {"customer", "facts"} & set(descriptor.fields_by_name)
        if told and not name.endswith("Facts"):
            assert name in KINDS
            assert set(kept_fields(name)) <= set(descriptor.fields_by_name)


def test_lines_can_be_written_in_both_languages() -> None:
    for kind in KINDS:
        assert line(kind, {}, "en")
        assert line(kind, {}, "zh-CN")


def test_own_facts_reach_the_timeline_through_the_log(start: Starter) -> None:
    desk = open_desk(start, work=True)
    desk.customers.CreateCustomer(person("c1"))
    desk.svc.settle()
    request = pb.ListTimelineEntriesRequest(parent="customers/c1")
    entries = desk.customers.ListTimelineEntries(request).timeline_entries
    assert [e.summary for e in entries] == ["客户建档"]


def test_history_of_a_customer_who_is_not_known_yet_waits_for_them(start: Starter) -> None:
    desk = open_desk(start)
    old = workorders.TicketCreated(customer="customers/late", category="no_heat", summary="cold", imported=True)
    desk.svc.deliver([fact(old, "workorders", "tickets/old")])
    desk.customers.CreateCustomer(person("late"))
    entries = desk.customers.ListTimelineEntries(
        pb.ListTimelineEntriesRequest(parent="customers/late")
    ).timeline_entries
    assert "TicketCreated" in [entry.kind for entry in entries]
