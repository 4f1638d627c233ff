"""What the workorders service holds on a customer: their tickets, and the jobs that were done for them (C9)."""

from collections.abc import Iterator, Sequence

from google.protobuf.message import Message

from servicekit.personal_data import Holdings, Obstacle
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders.api.views import ticket_to_proto, work_order_to_proto
from workorders.store.personal_data import erase, jobs_for, open_tickets, tickets_of_customer
from workorders.store.tickets import ticket_of
from workorders.store.work_orders import work_order_of


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    found = [ticket_of(row) for row in tickets_of_customer(uow, customer_id)]
    yield from map(ticket_to_proto, found)
    own = {ticket.name for ticket in found}
    yield from (_job(row, customer_id, own) for row in jobs_for(uow, customer_id))


def _job(row: AnyRow, customer_id: str, own: set[str]) -> Message:
    """A work order, without the neighbours it was for as well."""
    job = work_order_to_proto(work_order_of(row))
    job.customers[:] = [f"customers/{customer_id}"]
    job.tickets[:] = [name for name in job.tickets if name in own]
    return job


def _obstacles(uow: UnitOfWork, customer_id: str) -> Sequence[Obstacle]:
    return [Obstacle("TICKET_OPEN", f"tickets/{ticket}") for ticket in open_tickets(uow, customer_id)]


HOLDINGS = Holdings(_gather, erase, _obstacles)
