"""What customers are told of their tickets and of the jobs that answer them."""

from hearthline.workorders.v1.events_pb2 import (
    TicketCancelled,
    TicketCreated,
    TicketReopened,
    TicketResolved,
    WorkOrderCancelled,
    WorkOrderCompleted,
    WorkOrderDispatched,
    WorkOrderReopened,
)
from notifications.domain.values import Term, Value
from notifications.handlers.telling import id_of, tell, tell_customers
from servicekit.cloudevents import Event
from servicekit.times import instant
from servicekit.uow import UnitOfWork


def on_ticket(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
    ticket = event.data
    if ticket.imported or not ticket.customer:
        return
    values: dict[str, Value] = {
        "ticket": id_of(ticket.ticket),
        "commodity": Term(ticket.commodity),
        "category": Term(ticket.category),
        "urgency": Term(ticket.urgency),
        "report_time": instant(ticket.report_time),
    }
    tell(uow, event, "ticket-received", ticket.customer, values, ticket.ticket, urgency=ticket.urgency)


def on_resolved(uow: UnitOfWork, event: Event[TicketResolved]) -> None:
    """The answer to what no crew was sent for (V5); of a finished job its customers were told already."""
    ticket = event.data
    if ticket.imported or ticket.incident:
        return
    values: dict[str, Value] = {
        "ticket": id_of(ticket.ticket),
        "outcome": ticket.outcome,
        "resolve_time": instant(ticket.resolve_time),
    }
    tell(uow, event, "ticket-answered", ticket.customer, values, ticket.ticket)


def on_withdrawn(uow: UnitOfWork, event: Event[TicketCancelled]) -> None:
    ticket = event.data
    if ticket.imported:
        return
    values: dict[str, Value] = {
        "ticket": id_of(ticket.ticket),
        "reason": ticket.reason,
        "cancel_time": instant(ticket.cancel_time),
    }
    tell(uow, event, "ticket-withdrawn", ticket.customer, values, ticket.ticket)


def on_reopened(uow: UnitOfWork, event: Event[TicketReopened]) -> None:
    _tell_reopened(uow, event, event.data.ticket, event.data.customer)


def on_job_reopened(uow: UnitOfWork, event: Event[WorkOrderReopened]) -> None:
    """Before the job is closed its tickets are still open, and tell nothing of it; afterwards both tell the same."""
    facts = event.data.facts
    for ticket, customer in zip(facts.tickets, facts.customers, strict=False):
        _tell_reopened(uow, event, ticket, customer)


def _tell_reopened(
    uow: UnitOfWork, event: Event[TicketReopened] | Event[WorkOrderReopened], ticket: str, customer: str
) -> None:
    at = instant(event.data.reopen_time)
    values: dict[str, Value] = {"ticket": id_of(ticket), "reason": event.data.reason, "reopen_time": at}
    tell(uow, event, "ticket-reopened", customer, values, ticket, once=f"{ticket} {at.isoformat()}")


def on_dispatched(uow: UnitOfWork, event: Event[WorkOrderDispatched]) -> None:
    """Tells each customer of the job once who comes and by when."""
    facts = event.data.facts
    if not facts.crew:
        return
    values: dict[str, Value] = {
        "work_order": id_of(facts.work_order),
        "commodity": Term(facts.commodity),
        "category": Term(facts.category),
        "crew_name": event.data.crew_display_name or id_of(facts.crew),
        "arrive_due_time": instant(event.data.arrive_due_time),
        "attempt": event.data.attempt,
    }
    tell_customers(uow, event, "crew-dispatched", facts, values)


def on_completed(uow: UnitOfWork, event: Event[WorkOrderCompleted]) -> None:
    facts = event.data.facts
    values: dict[str, Value] = {
        "work_order": id_of(facts.work_order),
        "commodity": Term(facts.commodity),
        "category": Term(facts.category),
        "complete_time": instant(event.data.complete_time),
        "resolution": event.data.resolution,
    }
    tell_customers(uow, event, "work-completed", facts, values)


def on_cancelled(uow: UnitOfWork, event: Event[WorkOrderCancelled]) -> None:
    """That we called the job off; who took the request back themselves is told that, and no more."""
    facts = event.data.facts
    if event.data.withdrawn:
        return
    values: dict[str, Value] = {
        "work_order": id_of(facts.work_order),
        "commodity": Term(facts.commodity),
        "category": Term(facts.category),
        "reason": event.data.reason,
        "cancel_time": instant(event.data.cancel_time),
    }
    tell_customers(uow, event, "work-cancelled", facts, values)
