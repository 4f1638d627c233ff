"""Tickets of older systems: each is judged on its own, however often and by how many they are brought (W1, C12)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.workorders.v1 import tickets_pb2
from servicekit.times import to_timestamp
from tests.support.running import MORNING, Starter
from tests.workorders.calls import Desk

Outcome = tickets_pb2.BatchImportTicketsResponse.Outcome
CREATED, EXISTS, REFUSED = Outcome.RESULT_CREATED, Outcome.RESULT_EXISTS, Outcome.RESULT_REFUSED


def old(identifier: str, **values: Any) -> tickets_pb2.ImportedTicket:
    given = {
        "ticket_id": identifier,
        "commodity": "heat",
        "category": "no_heat",
        "severity": "minor",
        "urgency": "routine",
        "channel": "hotline",
        "summary": "old",
        "report_time": to_timestamp(MORNING - timedelta(days=300)),
        **values,
    }
    return tickets_pb2.ImportedTicket(**given)


def batch(*tickets: tickets_pb2.ImportedTicket) -> tickets_pb2.BatchImportTicketsRequest:
    return tickets_pb2.BatchImportTicketsRequest(tickets=tickets)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("ticket_id", "a\0b"),
        ("ticket_id", "x" * 129),
        ("customer", "customers/\0"),
        ("customer", "c1"),
        ("premises", "premises/\0"),
        ("premises", "premises/"),
        ("commodity", "heat\0"),
        ("category", "no_heat\n"),
        ("severity", "MINOR"),
        ("urgency", ""),
        ("channel", "\0"),
        ("summary", "cold\0"),
        ("summary", "x" * 4001),
        ("outcome", "\0"),
        ("report_time", None),
        ("report_time", Timestamp(seconds=10**15)),
        ("report_time", Timestamp(seconds=-1)),
        ("resolve_time", Timestamp(seconds=-(10**15))),
        ("resolve_time", to_timestamp(MORNING + timedelta(days=2))),
    ],
)
def test_a_malformed_ticket_refuses_no_other(start: Starter, field: str, value: object) -> None:
    desk = Desk(start, work=False, crews=0)
    outcomes = desk.tickets.BatchImportTickets(batch(old("good"), old("bad", **{field: value}), old("too"))).outcomes
    assert [o.result for o in outcomes] == [CREATED, REFUSED, CREATED]
    assert outcomes[1].field == field
    assert outcomes[1].rule


def test_an_id_twice_in_a_batch_is_stored_once(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    outcomes = desk.tickets.BatchImportTickets(batch(old("one"), old("one", summary="again"))).outcomes
    assert [o.result for o in outcomes] == [CREATED, EXISTS]


def test_identical_imports_at_once_bring_every_ticket_once(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    request = batch(*(old(f"old-{n}") for n in range(200)))
    with ThreadPoolExecutor(6) as importers:
        answers = list(importers.map(lambda _: desk.tickets.BatchImportTickets(request).outcomes, range(6)))
    for number in range(200):
        assert sorted(answer[number].result for answer in answers) == [CREATED] + [EXISTS] * 5
    assert desk.tickets.GetTicketStatistics(tickets_pb2.GetTicketStatisticsRequest()).total == 200


def test_history_keeps_the_references_it_came_with(start: Starter) -> None:
    desk = Desk(start)
    stray = old("stray", customer="customers/gone", premises="premises/torn-down")
    assert desk.tickets.BatchImportTickets(batch(stray)).outcomes[0].result == CREATED
    desk.svc.settle()
    kept = desk.tickets.GetTicket(tickets_pb2.GetTicketRequest(name="tickets/stray"))
    assert (kept.customer, kept.premises, kept.incident) == ("customers/gone", "premises/torn-down", "")
