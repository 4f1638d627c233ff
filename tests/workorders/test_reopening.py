"""What is not mended after all: reopened jobs, and calls that say so before the job is closed (W1, W3)."""

from datetime import timedelta

import pytest

from hearthline.workorders.v1 import incidents_pb2, tickets_pb2, work_orders_pb2
from tests.support.running import Starter
from tests.workorders.calls import Desk, WorkOrder
from tests.workorders.test_flow import published

Ticket, Incident = tickets_pb2.Ticket, incidents_pb2.Incident


def ticket(desk: Desk, name: str) -> tickets_pb2.Ticket:
    found: tickets_pb2.Ticket = desk.tickets.GetTicket(tickets_pb2.GetTicketRequest(name=name))
    return found


def incident(desk: Desk, name: str) -> incidents_pb2.Incident:
    found: incidents_pb2.Incident = desk.incidents.GetIncident(incidents_pb2.GetIncidentRequest(name=name))
    return found


def mended(desk: Desk, **values: str) -> WorkOrder:
    """A job whose crew says that it is done."""
    job = desk.job(**values)
    desk.to_progress(job.name)
    return desk.complete(job.name)


def close(desk: Desk, name: str) -> WorkOrder:
    desk.step("ConfirmWorkOrder", name)
    return desk.step("CloseWorkOrder", name)


def jobs(desk: Desk) -> int:
    return len(desk.orders.ListWorkOrders(work_orders_pb2.ListWorkOrdersRequest()).work_orders)


def test_reopening_a_closed_job_opens_its_incident_and_tickets(start: Starter) -> None:
    desk = Desk(start)
    job = mended(desk)
    close(desk, job.name)
    start.advance(timedelta(hours=1))
    before = len(published(desk))
    desk.step("ReopenWorkOrder", job.name, reason="cold again")
    assert published(desk)[before:] == [
        "IncidentReopened",
        "TicketReopened",
        "WorkOrderReopened",
        "WorkOrderDispatched",
    ]
    (name,) = job.tickets
    linked = ticket(desk, name)
    assert (linked.state, linked.outcome, linked.incident) == (Ticket.STATE_LINKED, "", job.incident)
    assert not linked.HasField("resolve_time")
    opened = incident(desk, job.incident)
    assert opened.state == Incident.STATE_OPEN
    assert not opened.HasField("resolve_time")
    desk.to_progress(job.name)
    desk.complete(job.name, resolution="new pump")
    close(desk, job.name)
    assert (ticket(desk, name).state, ticket(desk, name).outcome) == (Ticket.STATE_RESOLVED, "new pump")
    assert incident(desk, job.incident).state == Incident.STATE_RESOLVED


def test_reopening_a_job_that_was_not_closed_leaves_its_tickets(start: Starter) -> None:
    desk = Desk(start)
    job = mended(desk)
    desk.step("ReopenWorkOrder", job.name, reason="cold again")
    assert ticket(desk, job.tickets[0]).state == Ticket.STATE_LINKED
    assert not {"IncidentReopened", "TicketReopened"} & set(published(desk))


def test_a_withdrawn_ticket_stays_withdrawn_when_its_job_is_reopened(start: Starter) -> None:
    desk = Desk(start)
    mine = desk.job()
    both = desk.job(customer="customers/c2")
    desk.tickets.CancelTicket(tickets_pb2.CancelTicketRequest(name=mine.tickets[0], reason="warm again"))
    desk.to_progress(both.name)
    desk.complete(both.name)
    close(desk, both.name)
    desk.step("ReopenWorkOrder", both.name, reason="cold again")
    states = [ticket(desk, name).state for name in both.tickets]
    assert states == [Ticket.STATE_CANCELLED, Ticket.STATE_LINKED]


def test_calls_join_a_reopened_job_as_if_its_fault_was_new(start: Starter) -> None:
    desk = Desk(start)
    job = mended(desk)
    close(desk, job.name)
    start.advance(timedelta(days=3))
    desk.step("ReopenWorkOrder", job.name, reason="cold again")
    start.advance(timedelta(minutes=1))
    assert desk.job(customer="customers/c2").name == job.name


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_call_before_the_job_is_closed_reopens_it(start: Starter, confirmed: bool) -> None:
    desk = Desk(start)
    job = mended(desk)
    if confirmed:
        desk.step("ConfirmWorkOrder", job.name)
    start.advance(timedelta(hours=20))
    again = desk.job(customer="customers/c2")
    assert (again.name, again.state) == (job.name, WorkOrder.STATE_DISPATCHED)
    assert list(again.customers) == ["customers/c1", "customers/c2"]
    assert WorkOrder.STATE_REOPENED in [stage.state for stage in again.stages]
    assert any(stage.note == f"called again: {again.tickets[1]}" for stage in again.stages)
    assert published(desk).count("WorkOrderReopened") == 1
    assert jobs(desk) == 1


def test_a_graver_call_after_the_repair_gets_its_own_job(start: Starter) -> None:
    desk = Desk(start)
    job = mended(desk, commodity="gas", category="leak", severity="minor", urgency="routine")
    graver = desk.job(commodity="gas", category="leak", severity="minor", urgency="emergency")
    assert graver.name != job.name
    assert desk.get(job.name).state == WorkOrder.STATE_COMPLETED


@pytest.mark.parametrize("closed", [True, False])
def test_a_call_about_what_is_over_is_a_new_fault(start: Starter, closed: bool) -> None:
    desk = Desk(start)
    job = mended(desk)
    if closed:
        close(desk, job.name)
    else:
        start.advance(timedelta(hours=25))
    later = desk.job()
    assert (later.name == job.name, later.incident == job.incident) == (False, False)
    assert jobs(desk) == 2
