"""What customers are told when something that they were told has stopped being true (N4)."""

from collections.abc import Callable, Mapping
from typing import Any

from google.protobuf.message import Message

from hearthline.billing.v1.events_pb2 import PaymentRefunded, PaymentReversed
from hearthline.complaints.v1.events_pb2 import ComplaintReopened, ComplaintSupervised, ComplaintWithdrawn
from hearthline.workorders.v1.events_pb2 import (
    ServiceStandardBreached,
    TicketTriaged,
    WorkOrderFacts,
    WorkOrderHandedOver,
    WorkOrderNotDone,
    WorkOrderResumed,
    WorkOrderSuspended,
)
from notifications.domain.values import Term, Value
from notifications.handlers.telling import id_of, money, tell, tell_customers
from servicekit.cloudevents import Event
from servicekit.times import instant
from servicekit.uow import UnitOfWork


def on_reversal(uow: UnitOfWork, event: Event[PaymentReversed]) -> None:
    """The bank took a payment back."""
    fact = event.data
    values: dict[str, Value] = {
        "amount": money(fact.amount),
        "balance": money(fact.balance),
        "refunded": money(fact.refunded),
        "reverse_time": instant(fact.reverse_time),
        "reference": fact.bank_reference,
    }
    tell(uow, event, "payment-reversed", fact.customer, values, fact.payment)


def on_refund(uow: UnitOfWork, event: Event[PaymentRefunded]) -> None:
    """We paid some or all of a payment back."""
    fact = event.data
    values: dict[str, Value] = {"amount": money(fact.amount), "refund_time": instant(fact.refund_time)}
    tell(uow, event, "payment-refunded", fact.customer, values, fact.payment)


def on_triaged(uow: UnitOfWork, event: Event[TicketTriaged]) -> None:
    """An agent corrected what the request is about."""
    fact = event.data
    values: dict[str, Value] = {
        "ticket": id_of(fact.ticket),
        "commodity": Term(fact.commodity),
        "category": Term(fact.category),
        "urgency": Term(fact.urgency),
        "triage_time": instant(fact.triage_time),
    }
    tell(uow, event, "ticket-corrected", fact.customer, values, fact.ticket, urgency=fact.urgency)


def on_handed_over(uow: UnitOfWork, event: Event[WorkOrderHandedOver]) -> None:
    """Another crew than they were told."""
    facts = event.data.facts
    values = _job(facts) | {"crew_name": event.data.crew_display_name or id_of(facts.crew)}
    tell_customers(uow, event, "crew-changed", facts, values)


def on_suspended(uow: UnitOfWork, event: Event[WorkOrderSuspended]) -> None:
    """Nobody works on it for now."""
    facts = event.data.facts
    values = _job(facts) | {
        "reason": Term(event.data.reason),
        "suspend_time": instant(event.data.suspend_time),
    }
    tell_customers(uow, event, "work-suspended", facts, values)


def on_resumed(uow: UnitOfWork, event: Event[WorkOrderResumed]) -> None:
    """It goes on."""
    facts = event.data.facts
    values = _job(facts) | {"resume_time": instant(event.data.resume_time)}
    tell_customers(uow, event, "work-resumed", facts, values)


def on_not_done(uow: UnitOfWork, event: Event[WorkOrderNotDone]) -> None:
    """They are not finished; somebody else will be sent."""
    facts = event.data.facts
    values = _job(facts) | {"reason": event.data.reason, "not_done_time": instant(event.data.not_done_time)}
    tell_customers(uow, event, "work-not-done", facts, values)


def on_breach(uow: UnitOfWork, event: Event[ServiceStandardBreached]) -> None:
    """Of all promised times customers are told that of the arrival only."""
    if event.data.clock != "arrive":
        return
    facts = event.data.facts
    values = _job(facts) | {"due_time": instant(event.data.due_time)}
    tell_customers(uow, event, "arrival-late", facts, values)


def on_complaint_withdrawn(uow: UnitOfWork, event: Event[ComplaintWithdrawn]) -> None:
    """There will be no decision."""
    facts = event.data.facts
    values: dict[str, Value] = {
        "complaint": id_of(facts.complaint),
        "withdraw_time": instant(event.data.withdraw_time),
    }
    tell(uow, event, "complaint-withdrawn", facts.customer, values, facts.complaint, confidential=facts.confidential)


def on_complaint_reopened(uow: UnitOfWork, event: Event[ComplaintReopened]) -> None:
    """The decision that they were told does not stand."""
    facts = event.data.facts
    values: dict[str, Value] = {"complaint": id_of(facts.complaint), "reopen_time": instant(event.data.reopen_time)}
    tell(uow, event, "complaint-reopened", facts.customer, values, facts.complaint, confidential=facts.confidential)


def on_late_complaint(uow: UnitOfWork, event: Event[ComplaintSupervised]) -> None:
    """They were promised the decision by a time that has passed; once, with the first step of the ladder."""
    facts = event.data.facts
    if (event.data.clock, event.data.step) != ("decide", "reminder"):
        return
    values: dict[str, Value] = {"complaint": id_of(facts.complaint), "due_time": instant(event.data.due_time)}
    tell(uow, event, "complaint-late", facts.customer, values, facts.complaint, confidential=facts.confidential)


def _job(facts: WorkOrderFacts) -> dict[str, Value]:
    return {
        "work_order": id_of(facts.work_order),
        "commodity": Term(facts.commodity),
        "category": Term(facts.category),
    }


OF_JOBS: Mapping[type[Message], Callable[[UnitOfWork, Event[Any]], None]] = {
    TicketTriaged: on_triaged,
    WorkOrderHandedOver: on_handed_over,
    WorkOrderSuspended: on_suspended,
    WorkOrderResumed: on_resumed,
    WorkOrderNotDone: on_not_done,
    ServiceStandardBreached: on_breach,
}
"""What is told of requests and jobs."""
