"""Tickets of older systems, each judged on its own before the good ones go in together (C12)."""

from collections.abc import Iterable

import protovalidate

from hearthline.workorders.v1.tickets_pb2 import BatchImportTicketsResponse, ImportedTicket
from servicekit.errors import InvalidArgument
from servicekit.names import chosen_id, optional_id
from servicekit.times import from_timestamp
from workorders.domain.words import Severity, Urgency
from workorders.handlers.tickets import CreateTicket, Imported

Outcome = BatchImportTicketsResponse.Outcome


def entries_of(tickets: Iterable[ImportedTicket]) -> list[CreateTicket | InvalidArgument]:
    """Each ticket as a command, or as the error that it is."""
    return [_entry(ticket) for ticket in tickets]


def outcome_to_proto(imported: Imported) -> Outcome:
    if imported.error is not None:
        field, rule = imported.error.violations[0]
        return Outcome(result=Outcome.RESULT_REFUSED, field=field, rule=rule)
    result = Outcome.RESULT_CREATED if imported.created else Outcome.RESULT_EXISTS
    return Outcome(name=imported.name or "", result=result)


def _entry(ticket: ImportedTicket) -> CreateTicket | InvalidArgument:
    try:
        return _command(ticket)
    except InvalidArgument as error:
        return error


def _command(ticket: ImportedTicket) -> CreateTicket:
    violations = protovalidate.collect_violations(ticket)
    if violations:
        first = violations[0].proto
        path = ".".join(element.field_name for element in first.field.elements) if first.field else "ticket"
        raise InvalidArgument(path, first.message or first.rule_id)
    for field, value in ticket.ListFields():
        if isinstance(value, str) and "\0" in value:
            # The database would refuse it, and every other ticket of the batch with it.
            raise InvalidArgument(field.name, "must not contain the NUL character", reason="NUL_CHARACTER")
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
        report_time=from_timestamp(ticket.report_time, "report_time"),
        resolve_time=from_timestamp(ticket.resolve_time, "resolve_time"),
        outcome=ticket.outcome,
    )
