"""A caller takes a ticket back (W1, W3)."""

from dataclasses import dataclass

from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.lifecycle import NOT_BEGUN
from workorders.domain.ticket import Ticket, TicketState
from workorders.domain.words import Urgency
from workorders.handlers.dispatching import Dispatching
from workorders.handlers.endings import end_incident
from workorders.store.tickets import change_ticket, get_ticket, tickets_of
from workorders.store.work_orders import last_order_of


@dataclass(frozen=True, slots=True)
class CancelTicket:
    """A ticket, as the caller last saw it, and why it is withdrawn."""

    id: str
    reason: str
    etag: str


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Use case of withdrawing."""

    dispatching: Dispatching

    def cancel_ticket(self, uow: UnitOfWork, command: CancelTicket) -> Ticket:
        ticket = get_ticket(uow, command.id)
        check_etag(ticket.name, command.etag, ticket.version)
        cancelled = ticket.cancelled(command.reason, uow.now)
        if ticket.state is TicketState.LINKED:
            self._leave(uow, ticket, command.reason)
        change_ticket(uow, cancelled)
        uow.emit(facts.ticket_cancelled(cancelled), cancelled.name, cancelled.version)
        return uow.commit(cancelled)

    def _leave(self, uow: UnitOfWork, ticket: Ticket, reason: str) -> None:
        """The job goes on for the other callers, or ends with the last one.

        One that has begun is carried through. So is an emergency: a leak that nobody wants seen to any more may
        still be one, and only a dispatcher calls its crew off.
        """
        assert ticket.incident_id is not None
        order = last_order_of(uow, ticket.incident_id)
        if order is None or order.state not in NOT_BEGUN:
            return
        linked = [each for each in tickets_of(uow, ticket.incident_id) if each.state is TicketState.LINKED]
        others = [each for each in linked if each.id != ticket.id]
        if others:
            customers = dict.fromkeys(each.customer_id for each in others)
            self.dispatching.save(uow, order.left(ticket.id, customers, uow.now))
        elif order.urgency is not Urgency.EMERGENCY:
            self.dispatching.save(uow, order.cancelled(reason, uow.actor, uow.now, withdrawn=True))
            end_incident(uow, ticket.incident_id)
