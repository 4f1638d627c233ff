"""What the end of a job, or its beginning anew, means for its incident and its tickets (W1, W3)."""

from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.incident import IncidentState
from workorders.domain.ticket import TicketState
from workorders.handlers.tickets import resolve
from workorders.store.tickets import change_incident, change_ticket, get_incident, tickets_of


def end_incident(uow: UnitOfWork, incident_id: str) -> None:
    """There is no more to do about a fault."""
    incident = get_incident(uow, incident_id)
    if incident.state is IncidentState.OPEN:
        resolved = incident.resolved(uow.now)
        change_incident(uow, resolved)
        uow.emit(facts.incident_resolved(resolved), resolved.name, resolved.version)


def resolve_all(uow: UnitOfWork, incident_id: str, outcome: str) -> None:
    """The incident and all its tickets are resolved; what was withdrawn stays withdrawn."""
    end_incident(uow, incident_id)
    for ticket in tickets_of(uow, incident_id):
        if ticket.state is TicketState.LINKED:
            resolve(uow, ticket, outcome)


def reopen_all(uow: UnitOfWork, incident_id: str, reason: str) -> None:
    """The incident is open again, and with it every ticket that was resolved."""
    incident = get_incident(uow, incident_id)
    if incident.state is IncidentState.RESOLVED:
        opened = incident.reopened()
        change_incident(uow, opened)
        uow.emit(facts.incident_reopened(opened, uow.now), opened.name, opened.version)
    for ticket in tickets_of(uow, incident_id):
        if ticket.state is TicketState.RESOLVED:
            linked = ticket.reopened(uow.now)
            change_ticket(uow, linked)
            uow.emit(facts.ticket_reopened(linked, reason), linked.name, linked.version)
