"""Tickets and incidents in the database."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, bindparam, cast, func, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow, ids_in
from servicekit.uow import UnitOfWork
from workorders.domain.incident import Incident, IncidentState
from workorders.domain.ticket import Ticket, TicketState
from workorders.domain.words import COMMODITIES, Severity, Urgency
from workorders.store.tables import incidents, premises, tickets, work_orders

_SAME = ("state", "commodity", "category", "severity", "urgency", "channel", "imported", "related_resource")
_TRIAGED = ("premises_id", "commodity", "category", "severity", "urgency")


def _in_cells(ids: Collection[str]) -> ColumnElement[bool]:
    """Tickets about premises in one of these cells."""
    return tickets.c.premises_id.in_(select(premises.c.id).where(premises.c.cell_id.in_(ids)))


def _given_to(ids: Collection[str]) -> ColumnElement[bool]:
    """Tickets of incidents that one of these crews works on."""
    return tickets.c.incident_id.in_(select(work_orders.c.incident_id).where(work_orders.c.crew_id.in_(ids)))


TICKETS = Listing(
    select(tickets),
    {
        **{name: tickets.c[name] for name in (*_SAME, "report_time", "resolve_time", "create_time")},
        "customer": tickets.c.customer_id,
        "premises": tickets.c.premises_id,
        "incident": tickets.c.incident_id,
    },
    key=tickets.c.id,
    resource={"customer": "customers", "premises": "premises", "incident": "incidents"},
    enums={"state": TicketState},
    choices={"commodity": COMMODITIES, "severity": tuple(Severity), "urgency": tuple(Urgency)},
    owners={"customer": tickets.c.customer_id, "cell": _in_cells, "crew": _given_to},
)

INCIDENTS = Listing(
    select(incidents),
    {
        **{name: incidents.c[name] for name in ("state", "commodity", "category", "urgency")},
        "premises": incidents.c.premises_id,
        "open_time": incidents.c.open_time,
        "resolve_time": incidents.c.resolve_time,
    },
    key=incidents.c.id,
    resource={"premises": "premises"},
    enums={"state": IncidentState},
    choices={"commodity": COMMODITIES, "urgency": tuple(Urgency)},
)

_KNOWN = select(tickets.c.id).where(ids_in(tickets.c.id))
_OF_INCIDENT = select(tickets).where(tickets.c.incident_id == bindparam("incident_id")).order_by(tickets.c.id)
_OPEN_AT = (
    select(incidents)
    .where(
        incidents.c.state == IncidentState.OPEN.value,
        *(incidents.c[name] == bindparam(name) for name in ("place", "commodity", "category")),
    )
    .order_by(incidents.c.open_time.desc())
    .limit(1)
)

_FIELDS = tuple(column.name for column in tickets.columns if column is not tickets.c.forget_time)
"""What a ticket is made of; when it was forgotten is no part of it."""


def ticket_of(row: AnyRow) -> Ticket:
    values = {name: getattr(row, name) for name in _FIELDS}
    values.update(state=TicketState(row.state), severity=Severity(row.severity), urgency=Urgency(row.urgency))
    return Ticket(**values)


def columns_of(ticket: Ticket) -> dict[str, Any]:
    return {name: getattr(ticket, name) for name in _FIELDS}


def get_ticket(uow: UnitOfWork, identifier: str) -> Ticket:
    row = uow.get(tickets, identifier)
    if row is None:
        raise NotFound(f"tickets/{identifier}")
    return ticket_of(row)


def known_tickets(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there."""
    return {row.id for row in uow.rows(_KNOWN, {"ids": list(ids)})}


def add_ticket(uow: UnitOfWork, ticket: Ticket) -> None:
    uow.insert(tickets, columns_of(ticket))


def change_ticket(uow: UnitOfWork, ticket: Ticket) -> None:
    names = ("state", "incident_id", "resolve_time", "outcome", "update_time", *_TRIAGED)
    values = {name: getattr(ticket, name) for name in names}
    uow.update(tickets, {"id": ticket.id}, values, version=ticket.version - 1)


def tickets_of(uow: UnitOfWork, incident_id: str) -> list[Ticket]:
    """All tickets of an incident."""
    return [ticket_of(row) for row in uow.rows(_OF_INCIDENT, {"incident_id": incident_id})]


def incident_of(row: AnyRow) -> Incident:
    return Incident(
        row.id,
        IncidentState(row.state),
        row.place,
        row.premises_id,
        row.commodity,
        row.category,
        Severity(row.severity),
        Urgency(row.urgency),
        row.open_time,
        row.resolve_time,
        row.version,
    )


def get_incident(uow: UnitOfWork, identifier: str) -> Incident:
    row = uow.get(incidents, identifier)
    if row is None:
        raise NotFound(f"incidents/{identifier}")
    return incident_of(row)


def open_incident_at(uow: UnitOfWork, place: str, commodity: str, category: str) -> Incident | None:
    """The newest open incident of a kind at a place."""
    row = uow.row(_OPEN_AT, {"place": place, "commodity": commodity, "category": category})
    return incident_of(row) if row else None


def add_incident(uow: UnitOfWork, incident: Incident) -> None:
    uow.insert(incidents, {column.name: getattr(incident, column.name) for column in incidents.columns})


def change_incident(uow: UnitOfWork, incident: Incident) -> None:
    values = {"state": incident.state, "resolve_time": incident.resolve_time}
    uow.update(incidents, {"id": incident.id}, values, version=incident.version - 1)


def ticket_statistics(uow: UnitOfWork, start: datetime | None, end: datetime | None) -> list[AnyRow]:
    """(commodity, category, channel, state, imported, count, resolve_seconds) of tickets reported in a time."""
    t = tickets.c
    groups = (t.commodity, t.category, t.channel, t.state, t.imported)
    seconds = func.sum(cast(func.extract("epoch", t.resolve_time - t.report_time), Integer))
    query = select(*groups, func.count().label("number"), func.coalesce(seconds, 0).label("resolve_seconds"))
    if start is not None:
        query = query.where(t.report_time >= start)
    if end is not None:
        query = query.where(t.report_time < end)
    return list(uow.rows(query.group_by(*groups).order_by(*groups)))
