"""Tickets corrected by agents and withdrawn by callers (W1, W2, W3)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import grpc
import pytest
from sqlalchemy import select

from hearthline.workorders.v1 import incidents_pb2, tickets_pb2
from hearthline.workorders.v1.events_pb2 import TicketCreated, TicketTriaged, WorkOrderCancelled
from servicekit import tables
from servicekit.personal.messages import opened_event
from servicekit.times import to_timestamp
from tests.support.running import MORNING, Starter, fact
from tests.workorders.calls import Desk, WorkOrder, refusal
from tests.workorders.test_flow import published
from tests.workorders.test_imports import batch, old
from tests.workorders.test_reopening import incident, mended, ticket

Ticket = tickets_pb2.Ticket


def triage(desk: Desk, name: str, **values: str) -> tickets_pb2.Ticket:
    request = tickets_pb2.TriageTicketRequest(name=name, **{"reason": "smell of gas", **values})
    changed: tickets_pb2.Ticket = desk.tickets.TriageTicket(request)
    return changed


def withdraw(desk: Desk, name: str, **values: str) -> tickets_pb2.Ticket:
    request = tickets_pb2.CancelTicketRequest(name=name, **{"reason": "warm again", **values})
    changed: tickets_pb2.Ticket = desk.tickets.CancelTicket(request)
    return changed


def called_off(desk: Desk) -> list[WorkOrderCancelled]:
    """The facts about jobs that were cancelled."""
    with desk.svc.kit.unit() as uow:
        rows = uow.rows(select(tables.outbox).order_by(tables.outbox.c.seq))
    facts = [WorkOrderCancelled.FromString(r.value) for r in rows if r.headers["ce_type"].endswith("OrderCancelled")]
    return [opened_event(desk.svc.kit.keyring, each) for each in facts]


def told(desk: Desk, name: str, kind: type[TicketCreated] | type[TicketTriaged]) -> None:
    """The fact about a ticket comes to the intake."""
    found = ticket(desk, name)
    desk.svc.deliver([fact(kind(ticket=name, category=found.category), "workorders", name)])


def test_a_corrected_ticket_gets_the_job_of_its_correction(start: Starter) -> None:
    desk = Desk(start, work=False)
    asked = desk.report(premises="premises/p2")
    corrected = triage(
        desk,
        asked.name,
        commodity="gas",
        category="leak",
        severity="major",
        urgency="emergency",
        premises="premises/p1",
        etag=asked.etag,
    )
    assert (corrected.state, corrected.summary, corrected.report_time) == (1, asked.summary, asked.report_time)
    assert corrected.etag != asked.etag
    told(desk, asked.name, TicketTriaged)
    told(desk, asked.name, TicketCreated)
    (opened,) = desk.incidents.ListIncidents(incidents_pb2.ListIncidentsRequest()).incidents
    assert (opened.commodity, opened.category, opened.severity, opened.urgency, opened.premises) == (
        "gas",
        "leak",
        "major",
        "emergency",
        "premises/p1",
    )
    assert ticket(desk, asked.name).incident == opened.name
    assert published(desk).count("TicketTriaged") == 1


def test_what_is_not_corrected_stays(start: Starter) -> None:
    desk = Desk(start, work=False)
    asked = desk.report()
    corrected = triage(desk, asked.name, severity="minor")
    same = ("commodity", "category", "urgency", "premises", "customer", "channel")
    assert all(getattr(corrected, name) == getattr(asked, name) for name in same)
    assert corrected.severity == "minor"


def test_a_stuck_ticket_is_taken_in_by_its_correction(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    with pytest.raises(grpc.RpcError) as refused:
        triage(desk, job.tickets[0], category="leak")
    assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION
    assert "LINKED" in refusal(refused.value)[1]


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({}, grpc.StatusCode.INVALID_ARGUMENT, "category"),
        ({"category": "recovery"}, grpc.StatusCode.INVALID_ARGUMENT, "category"),
        ({"category": "No Heat"}, grpc.StatusCode.INVALID_ARGUMENT, "category"),
        ({"commodity": "water"}, grpc.StatusCode.INVALID_ARGUMENT, "commodity"),
        ({"severity": "huge"}, grpc.StatusCode.INVALID_ARGUMENT, "severity"),
        ({"urgency": "now"}, grpc.StatusCode.INVALID_ARGUMENT, "urgency"),
        ({"premises": "p1"}, grpc.StatusCode.INVALID_ARGUMENT, "premises"),
        ({"premises": "premises/none"}, grpc.StatusCode.NOT_FOUND, "premises/none"),
        ({"name": "tickets/none", "category": "leak"}, grpc.StatusCode.NOT_FOUND, "tickets/none"),
        ({"name": "jobs/1", "category": "leak"}, grpc.StatusCode.INVALID_ARGUMENT, "name"),
        ({"category": "leak", "reason": ""}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ({"category": "leak", "reason": "x" * 1001}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ({"category": "leak", "reason": "\0"}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ({"category": "leak", "etag": '"7"'}, grpc.StatusCode.ABORTED, "tickets/"),
        ({"category": "leak", "request_id": "seven"}, grpc.StatusCode.INVALID_ARGUMENT, "request_id"),
    ],
)
def test_bad_corrections_are_refused(start: Starter, values: dict[str, str], code: grpc.StatusCode, text: str) -> None:
    desk = Desk(start, work=False, crews=0)
    asked = desk.report()
    with pytest.raises(grpc.RpcError) as refused:
        triage(desk, **{"name": asked.name, **values})
    assert refusal(refused.value)[0] is code
    assert text in refusal(refused.value)[1]
    assert ticket(desk, asked.name) == asked


def test_history_is_not_triaged(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    desk.tickets.BatchImportTickets(batch(old("left-open")))
    with pytest.raises(grpc.RpcError) as refused:
        triage(desk, "tickets/left-open", category="leak")
    assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION


def test_a_repeated_request_answers_alike(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    asked = desk.report()
    once = str(uuid4())
    first = withdraw(desk, asked.name, request_id=once)
    assert withdraw(desk, asked.name, request_id=once) == first
    with pytest.raises(grpc.RpcError) as refused:
        withdraw(desk, asked.name, request_id=once, reason="another")
    assert "request_id" in refusal(refused.value)[1]


def test_a_ticket_withdrawn_before_the_intake_sends_nobody(start: Starter) -> None:
    desk = Desk(start, work=False)
    asked = desk.report()
    gone = withdraw(desk, asked.name)
    assert (gone.state, gone.outcome) == (Ticket.STATE_CANCELLED, "warm again")
    told(desk, asked.name, TicketCreated)
    assert not desk.incidents.ListIncidents(incidents_pb2.ListIncidentsRequest()).incidents
    assert published(desk) == ["TicketCreated", "TicketCancelled"]


def test_the_last_caller_who_withdraws_cancels_the_job(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    withdraw(desk, job.tickets[0])
    cancelled = desk.get(job.name)
    assert (cancelled.state, cancelled.stages[-1].note) == (WorkOrder.STATE_CANCELLED, "warm again")
    assert incident(desk, job.incident).state == incidents_pb2.Incident.STATE_RESOLVED
    assert ticket(desk, job.tickets[0]).state == Ticket.STATE_CANCELLED
    assert published(desk)[-3:] == ["WorkOrderCancelled", "IncidentResolved", "TicketCancelled"]
    assert [fact.withdrawn for fact in called_off(desk)] == [True]


def test_one_of_two_who_withdraws_leaves_the_job_to_the_other(start: Starter) -> None:
    desk = Desk(start)
    first = desk.job()
    both = desk.job(customer="customers/c2")
    withdraw(desk, first.tickets[0])
    left = desk.get(both.name)
    assert (left.state, list(left.tickets), list(left.customers)) == (
        WorkOrder.STATE_DISPATCHED,
        [both.tickets[1]],
        ["customers/c2"],
    )
    withdraw(desk, both.tickets[1])
    assert desk.get(both.name).state == WorkOrder.STATE_CANCELLED


def test_the_last_one_who_withdraws_calls_no_crew_off_an_emergency(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job(commodity="gas", category="leak", urgency="emergency")
    withdraw(desk, job.tickets[0])
    assert desk.get(job.name).state == WorkOrder.STATE_DISPATCHED
    assert incident(desk, job.incident).state == incidents_pb2.Incident.STATE_OPEN
    desk.step("CancelWorkOrder", job.name, reason="false alarm, said the gas office")
    assert incident(desk, job.incident).state == incidents_pb2.Incident.STATE_RESOLVED
    assert ticket(desk, job.tickets[0]).state == Ticket.STATE_CANCELLED
    assert [fact.withdrawn for fact in called_off(desk)] == [False]


def test_all_who_withdraw_at_once_cancel_the_job_once(start: Starter) -> None:
    desk = Desk(start)
    for _ in range(3):
        job = desk.job()
    with ThreadPoolExecutor(3) as callers:
        list(callers.map(lambda name: withdraw(desk, name), job.tickets))
    assert desk.get(job.name).state == WorkOrder.STATE_CANCELLED
    assert published(desk).count("WorkOrderCancelled") == 1
    assert published(desk).count("TicketCancelled") == 3


def _in_progress(desk: Desk) -> WorkOrder:
    return desk.to_progress(desk.job().name)


@pytest.mark.parametrize("begun", [_in_progress, mended])
def test_a_job_that_has_begun_is_carried_through(start: Starter, begun: Callable[[Desk], WorkOrder]) -> None:
    desk = Desk(start)
    job = begun(desk)
    withdraw(desk, job.tickets[0])
    assert desk.get(job.name).state == job.state
    assert incident(desk, job.incident).state == incidents_pb2.Incident.STATE_OPEN
    if job.state == WorkOrder.STATE_IN_PROGRESS:
        desk.complete(job.name)
    desk.step("ConfirmWorkOrder", job.name)
    desk.step("CloseWorkOrder", job.name)
    assert ticket(desk, job.tickets[0]).state == Ticket.STATE_CANCELLED


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"name": "tickets/none"}, grpc.StatusCode.NOT_FOUND, "tickets/none"),
        ({"name": "none"}, grpc.StatusCode.INVALID_ARGUMENT, "name"),
        ({"reason": ""}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ({"reason": "x" * 1001}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ({"etag": '"7"'}, grpc.StatusCode.ABORTED, "tickets/"),
        ({"request_id": "seven"}, grpc.StatusCode.INVALID_ARGUMENT, "request_id"),
    ],
)
def test_bad_withdrawals_are_refused(start: Starter, values: dict[str, str], code: grpc.StatusCode, text: str) -> None:
    desk = Desk(start, work=False, crews=0)
    asked = desk.report()
    with pytest.raises(grpc.RpcError) as refused:
        withdraw(desk, **{"name": asked.name, **values})
    assert refusal(refused.value)[0] is code
    assert text in refusal(refused.value)[1]


def test_what_is_over_is_not_withdrawn_nor_resolved(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    done = old("done", resolve_time=to_timestamp(MORNING))
    desk.tickets.BatchImportTickets(batch(done, old("gone")))
    withdraw(desk, "tickets/gone")
    for name in ("tickets/done", "tickets/gone"):
        with pytest.raises(grpc.RpcError) as refused:
            withdraw(desk, name)
        assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION
        with pytest.raises(grpc.RpcError) as refused:
            desk.tickets.ResolveTicket(tickets_pb2.ResolveTicketRequest(name=name, outcome="done"))
        assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION
