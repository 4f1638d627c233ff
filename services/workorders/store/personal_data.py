"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, case, or_, select, update

from servicekit.personal_data import ERASED
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders.domain.ticket import TicketState
from workorders.store.bodies import without_persons
from workorders.store.tables import tickets, work_orders

_OPEN_STATES = [TicketState.NEW.value, TicketState.LINKED.value]
_OF_CUSTOMER = tickets.c.customer_id == bindparam("customer")
_TICKETS = select(tickets).where(_OF_CUSTOMER).order_by(tickets.c.id)
_OPEN = select(tickets.c.id).where(_OF_CUSTOMER, tickets.c.state.in_(_OPEN_STATES)).order_by(tickets.c.id)
_INCIDENTS = select(tickets.c.incident_id).where(_OF_CUSTOMER, tickets.c.incident_id.is_not(None))
_JOBS = select(work_orders).where(work_orders.c.incident_id.in_(_INCIDENTS)).order_by(work_orders.c.id)

_SAID = (tickets.c.summary, tickets.c.outcome)
WORDS = {column.name: case((column == "", ""), else_=ERASED) for column in _SAID}
"""What a ticket holds of words, overwritten."""
_HAS_WORDS = or_(*(and_(column != "", column != ERASED) for column in _SAID))


def tickets_of_customer(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_TICKETS, {"customer": customer_id})


def jobs_for(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    """Work orders that were for the customer, perhaps for their neighbours, too."""
    return [row for row in uow.rows(_JOBS, {"customer": customer_id}) if customer_id in row.body["customer_ids"]]


def open_tickets(uow: UnitOfWork, customer_id: str) -> Sequence[str]:
    """Ids of tickets that somebody still works on."""
    return [row.id for row in uow.rows(_OPEN, {"customer": customer_id})]


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """What was reported when, and how it was mended, stays; what was said, noted and signed goes.

    Nothing is written again that was erased before, by a first time or for its age.
    """
    uow.execute(update(tickets).where(tickets.c.customer_id == customer_id, _HAS_WORDS).values(WORDS))
    for row in jobs_for(uow, customer_id):
        if without_persons(row.body) != row.body:
            forget_persons(uow, row)


def forget_persons(uow: UnitOfWork, row: AnyRow, **changes: object) -> None:
    """Of a job: who signed, and what crews noted; one that was changed meanwhile stays as it is."""
    sealed = uow.personal.sealed(work_orders, {"body": without_persons(row.body)}, {"id": row.id})
    same = (work_orders.c.id == row.id, work_orders.c.version == row.version)
    uow.execute(update(work_orders).where(*same).values({**sealed, **changes}))
