"""Tickets of older systems, each judged on its own before the good ones go in together (C12)."""

from collections.abc import Sequence

import protovalidate

from hearthline.workorders.v1.tickets_pb2 import BatchImportTicketsResponse, ImportedTicket
from servicekit.errors import InvalidArgument
from servicekit.names import chosen_id, optional_id
from servicekit.times import from_timestamp
from servicekit.uow import UnitOfWork
from workorders.domain.ticket import check_times
from workorders.domain.words import Severity, Urgency
from workorders.handlers.tickets import CreateTicket, import_tickets

Outcome = BatchImportTicketsResponse.Outcome


def import_each(uow: UnitOfWork, tickets: Sequence[ImportedTicket]) -> list[Outcome]:
    """Takes the good ones, tells of every one."""
    outcomes: list[Outcome | None] = [None] * len(tickets)
    good: dict[int, CreateTicket] = {}
    for number, ticket in enumerate(tickets):
        try:
            good[number] = _command(ticket)
            check_times(good[number].report_time or uow.now, good[number].resolve_time, uow.now)
        except InvalidArgument as error:
            good.pop(number, None)
            field, rule = error.violations[0]
            outcomes[number] = Outcome(result=Outcome.RESULT_REFUSED, field=field, rule=rule)
    for number, created in zip(good, import_tickets(uow, list(good.values())), strict=True):
        result = Outcome.RESULT_CREATED if created else Outcome.RESULT_EXISTS
        outcomes[number] = Outcome(name=f"tickets/{good[number].id}", result=result)
    return [outcome for outcome in outcomes if outcome is not None]


def _command(ticket: ImportedTicket) -> CreateTicket:
    violations = protovalidate.collect_violations(ticket)
    if violations:
        first = violations[0].proto
        path = ".".join(element.field_name for element in first.field.elements) if first.field else "ticket"
        raise InvalidArgument(path, first.message or first.rule_id)
    return CreateTicket(
        id=chosen_id(ticket.ticket_id, "ticket_id"),
        customer_id=optional_id(ticket.customer, "customers", field="customer"),
        premises_id=optional_id(ticket.premises, "premises", field="premises"),
        commodity=ticket.commodity,
        category=ticket.category,
        severity=Severity(ticket.severity),
        urgency=Urgency(ticket.urgency),
        channel=ticket.channel,
        summary=ticket.summary,
        report_time=from_timestamp(ticket.report_time),
        resolve_time=from_timestamp(ticket.resolve_time),
        outcome=ticket.outcome,
    )
