"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from servicekit.personal_data import ERASED
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders.domain.ticket import TicketState
from workorders.store.tables import tickets, work_orders

_OPEN_STATES = [TicketState.NEW.value, TicketState.LINKED.value]
_OF_CUSTOMER = tickets.c.customer_id == bindparam("customer")
_TICKETS = select(tickets).where(_OF_CUSTOMER).order_by(tickets.c.id)
_OPEN = select(tickets.c.id).where(_OF_CUSTOMER, tickets.c.state.in_(_OPEN_STATES)).order_by(tickets.c.id)
_INCIDENTS = select(tickets.c.incident_id).where(_OF_CUSTOMER, tickets.c.incident_id.is_not(None))
_JOBS = select(work_orders).where(work_orders.c.incident_id.in_(_INCIDENTS)).order_by(work_orders.c.id)

_SIGNATURE = 5
"""Where `bodies` keeps who signed, in a completion."""


def tickets_of_customer(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_TICKETS, {"customer": customer_id})


def jobs_for(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    """Work orders that were for the customer, perhaps for their neighbours, too."""
    return [row for row in uow.rows(_JOBS, {"customer": customer_id}) if customer_id in row.body["customer_ids"]]


def open_tickets(uow: UnitOfWork, customer_id: str) -> Sequence[str]:
    """Ids of tickets that somebody still works on."""
    return [row.id for row in uow.rows(_OPEN, {"customer": customer_id})]


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """What was reported when, and how it was mended, stays; what the caller said and signed goes."""
    words = update(tickets).where(tickets.c.customer_id == customer_id, tickets.c.summary != "")
    uow.execute(words.values(summary=ERASED))
    for row in jobs_for(uow, customer_id):
        done = row.body["completion"]
        if done and done[_SIGNATURE]:
            body = {**row.body, "completion": [*done[:_SIGNATURE], ERASED, *done[_SIGNATURE + 1 :]]}
            same = (work_orders.c.id == row.id, work_orders.c.version == row.version)
            sealed = uow.personal.sealed(work_orders, {"body": body}, {"id": row.id})
            uow.execute(update(work_orders).where(*same).values(sealed))
