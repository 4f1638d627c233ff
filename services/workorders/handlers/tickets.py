"""Taking tickets in, taking history over, resolving what needs no crew (W1)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from servicekit.errors import Aborted, AlreadyExists, FailedPrecondition, InvalidArgument, NotFound
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.names import chosen_id
from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.ticket import Ticket, TicketState, check_times
from workorders.domain.words import RECOVERY, Severity, Urgency
from workorders.store.crews import place_of, require_place
from workorders.store.tickets import add_ticket, change_ticket, get_ticket, known_tickets


@dataclass(frozen=True, slots=True)
class CreateTicket:
    """What one caller asks for; without a `report_time`, told at this moment."""

    id: str
    customer_id: str | None
    premises_id: str | None
    commodity: str
    category: str
    severity: Severity
    urgency: Urgency
    channel: str
    summary: str
    interaction_id: str | None = None
    report_time: datetime | None = None
    resolve_time: datetime | None = None
    outcome: str = ""
    related_resource: str = ""

    def ticket(self, identifier: str, now: datetime, imported: bool) -> Ticket:
        """The new ticket; InvalidArgument for absurd times."""
        report = self.report_time or now
        check_times(report, self.resolve_time, now)
        return Ticket(
            id=identifier,
            state=TicketState.RESOLVED if self.resolve_time else TicketState.NEW,
            customer_id=self.customer_id,
            premises_id=self.premises_id,
            commodity=self.commodity,
            category=self.category,
            severity=self.severity,
            urgency=self.urgency,
            channel=self.channel,
            summary=self.summary,
            interaction_id=self.interaction_id,
            report_time=report,
            create_time=now,
            update_time=now,
            resolve_time=self.resolve_time,
            outcome=self.outcome,
            imported=imported,
            related_resource=self.related_resource,
        )


@dataclass(frozen=True, slots=True)
class ResolveTicket:
    """An answer to a ticket."""

    id: str
    outcome: str
    etag: str


@dataclass(frozen=True, slots=True)
class TriageTicket:
    """A ticket, as the agent last saw it, with the fields that are corrected, and why."""

    id: str
    correction: Mapping[str, Any]
    reason: str
    etag: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of one ticket of an older system: new, there already, or refused with its error."""

    name: str | None
    created: bool
    error: InvalidArgument | None = None


def create_ticket(uow: UnitOfWork, command: CreateTicket) -> Ticket:
    """One statement, which also looks whether place and customer are known."""
    identifier = chosen_id(command.id, "ticket_id") if command.id else new_id()
    _check_category(command.category)
    ticket = command.ticket(identifier, uow.now, imported=False)
    if command.id and known_tickets(uow, [identifier]):
        raise AlreadyExists(ticket.name)
    require_place(uow, command.premises_id, command.customer_id)
    return uow.commit(take_in(uow, ticket))


def take_in(uow: UnitOfWork, ticket: Ticket) -> Ticket:
    """Stores a new ticket and tells of it; the intake consumer does the rest."""
    add_ticket(uow, ticket)
    uow.emit(facts.ticket_created(ticket), ticket.name, ticket.version)
    return ticket


def import_tickets(uow: UnitOfWork, entries: Sequence[CreateTicket | InvalidArgument]) -> list[Imported]:
    """Takes history over in one transaction: each entry is judged on its own, one that was refused before too."""
    known = known_tickets(uow, [entry.id for entry in entries if isinstance(entry, CreateTicket)])
    outcomes = []
    for entry in entries:
        try:
            if isinstance(entry, InvalidArgument):
                raise entry
            ticket = entry.ticket(entry.id, uow.now, imported=True)
        except InvalidArgument as error:
            outcomes.append(Imported(None, False, error))
            continue
        outcomes.append(Imported(ticket.name, ticket.id not in known))
        if ticket.id not in known:
            known.add(take_in(uow, ticket).id)
    uow.audit("tickets/-")
    try:
        return uow.commit(outcomes)
    except AlreadyExists as lost:
        # Another import brought some of them meanwhile: run again, this one finds them there.
        raise Aborted(lost.name) from lost


def triage_ticket(uow: UnitOfWork, command: TriageTicket) -> Ticket:
    """Corrected, and told, so that the intake takes it in again (W2)."""
    correction = command.correction
    if not correction:
        raise InvalidArgument("category", "or premises, commodity, severity, urgency: one of them must be corrected")
    _check_category(correction.get("category", ""))
    ticket = get_ticket(uow, command.id)
    check_etag(ticket.name, command.etag, ticket.version)
    triaged = ticket.triaged(correction, uow.now)
    premises = correction.get("premises_id")
    if premises is not None and place_of(uow, premises, None) is None:
        raise NotFound(f"premises/{premises}")
    change_ticket(uow, triaged)
    uow.emit(facts.ticket_triaged(triaged, command.reason), triaged.name, triaged.version)
    return uow.commit(triaged)


def _check_category(category: str) -> None:
    if category == RECOVERY:
        # Recovery tickets send no crew; only an answer to a survey makes one (V5).
        raise InvalidArgument("category", f"{RECOVERY!r} is for tickets that follow from a survey")


def resolve_ticket(uow: UnitOfWork, command: ResolveTicket) -> Ticket:
    ticket = get_ticket(uow, command.id)
    check_etag(ticket.name, command.etag, ticket.version)
    if ticket.state is TicketState.LINKED:
        raise FailedPrecondition("WRONG_STATE", ticket.name, "is LINKED: it is resolved when its work order is closed")
    return uow.commit(resolve(uow, ticket, command.outcome))


def resolve(uow: UnitOfWork, ticket: Ticket, outcome: str) -> Ticket:
    """Stores that a ticket is done, and tells it."""
    resolved = ticket.resolved(outcome, uow.now)
    change_ticket(uow, resolved)
    uow.emit(facts.ticket_resolved(resolved), resolved.name, resolved.version)
    return resolved
