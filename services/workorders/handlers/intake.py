"""From a ticket to its incident and its job; from a closed job back to its tickets (W1, W8)."""

from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from hearthline.workorders.v1.events_pb2 import TicketCreated, TicketTriaged
from servicekit.cloudevents import Event
from servicekit.errors import NotFound
from servicekit.ids import derived_id
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.incident import Incident, IncidentState, fault_place
from workorders.domain.joining import Joining, joining
from workorders.domain.lifecycle import State
from workorders.domain.standards import freeze
from workorders.domain.standing import Stand, is_told_by_joining, standing
from workorders.domain.ticket import Ticket, TicketState
from workorders.domain.words import BURST, RECOVERY, Severity, Urgency, business_type
from workorders.domain.work_order import WorkOrder
from workorders.handlers.dispatching import Dispatching
from workorders.handlers.tickets import CreateTicket, take_in
from workorders.store.crews import get_crew, place_of
from workorders.store.tickets import (
    add_incident,
    change_ticket,
    get_ticket,
    known_tickets,
    open_incident_at,
)
from workorders.store.work_orders import last_order_of

_TURN = select(func.pg_advisory_xact_lock(func.hashtext(bindparam("fault"))))


@dataclass(frozen=True, slots=True)
class Intake:
    """What happens to a ticket after it was taken in."""

    dispatching: Dispatching

    def on_ticket(self, uow: UnitOfWork, event: Event[TicketCreated]) -> None:
        """Takes a new ticket to its job; what is history, or follows from a survey, has none."""
        if not event.data.imported and event.data.category != RECOVERY:
            self._take(uow, event.id, event.data.ticket)

    def on_triage(self, uow: UnitOfWork, event: Event[TicketTriaged]) -> None:
        """Takes a corrected ticket to its job, if it has none yet (W2)."""
        self._take(uow, event.id, event.data.ticket)

    def on_response(self, uow: UnitOfWork, event: Event[SurveyResponseRecorded]) -> None:
        """A low score opens a recovery ticket, once (V5)."""
        answer = event.data
        identifier = derived_id(event.id, "recovery-ticket")
        if not answer.low_score or known_tickets(uow, [identifier]):
            return
        command = CreateTicket(
            id=identifier,
            customer_id=answer.customer.partition("/")[2] or None,
            premises_id=answer.premises.partition("/")[2] or None,
            commodity=answer.commodity or "heat",
            category=RECOVERY,
            severity=Severity.MINOR,
            urgency=Urgency.ROUTINE,
            channel="staff",
            summary=f"客户评价 {answer.score} 分,请回访 / scored {answer.score}: {answer.comment}".strip(" :"),
            report_time=event.time,
            related_resource=answer.survey,
        )
        uow.commit(take_in(uow, command.ticket(identifier, uow.now, imported=False)))

    def follow_up(self, uow: UnitOfWork, order: WorkOrder, identifier: str) -> WorkOrder:
        """The job that does what this one left: same fault, same report, new crew."""
        fresh = WorkOrder(
            id=identifier,
            incident_id=order.incident_id,
            ticket_ids=order.ticket_ids,
            customer_ids=order.customer_ids,
            premises_id=order.premises_id,
            cell_id=order.cell_id,
            commodity=order.commodity,
            category=order.category,
            severity=order.severity,
            urgency=order.urgency,
            business_type=order.business_type,
            state=State.NEW,
            standard=order.standard,
            report_time=order.report_time,
            create_time=uow.now,
            update_time=uow.now,
            follows=order.id,
        )
        return self.dispatching.save_new(uow, self.dispatching.give_to_best(uow, fresh.opened()))

    def _take(self, uow: UnitOfWork, event_id: str, name: str) -> None:
        """Joins the ticket to the incident it belongs to, or opens one and sends a crew."""
        ticket = get_ticket(uow, name.partition("/")[2])
        if ticket.state is not TicketState.NEW or ticket.premises_id is None:
            return
        place = place_of(uow, ticket.premises_id, ticket.customer_id)
        if place is None:
            raise NotFound(f"premises/{ticket.premises_id}")
        where = fault_place(ticket.category, ticket.premises_id, tuple(place.network_path))
        # Two tickets of one fault may be consumed side by side: the second waits, and joins.
        uow.lock_one(_TURN, {"fault": f"{where}/{ticket.commodity}/{ticket.category}"})
        incident = open_incident_at(uow, where, ticket.commodity, ticket.category)
        order = self._joined(uow, incident, ticket) if incident else None
        if incident is None or order is None:
            incident, order = self._open(uow, event_id, ticket, where, place)
        linked = ticket.linked(incident.id, uow.now)
        change_ticket(uow, linked)
        uow.emit(facts.ticket_linked(linked, uow.now), linked.name, linked.version)
        uow.commit(order)

    def _joined(self, uow: UnitOfWork, incident: Incident, ticket: Ticket) -> WorkOrder | None:
        """The incident's job with one caller more; None when the ticket needs a job of its own."""
        order = last_order_of(uow, incident.id)
        if order is None:
            return None
        settings = self.dispatching.settings
        window = settings.burst_window if ticket.category == BURST else settings.incident_window
        meaning = joining(ticket, incident, order, uow.now, window, settings.repeat_window)
        if meaning is Joining.ANOTHER_JOB:
            return None
        if meaning is Joining.NOT_MENDED:
            again = order.reopened(f"called again: {ticket.name}", uow.actor, uow.now)
            order = self.dispatching.give_to_best(uow, again)
        joined = self.dispatching.save(uow, order.joined(ticket.id, ticket.customer_id, uow.now))
        if is_told_by_joining(order, ticket.customer_id):
            _tell_who_joined(uow, joined, ticket)
        return joined

    def _open(
        self, uow: UnitOfWork, event_id: str, ticket: Ticket, where: str, place: AnyRow
    ) -> tuple[Incident, WorkOrder]:
        assert ticket.premises_id is not None
        incident = Incident(
            derived_id(event_id, "incident"),
            IncidentState.OPEN,
            where,
            ticket.premises_id,
            ticket.commodity,
            ticket.category,
            ticket.severity,
            ticket.urgency,
            uow.now,
        )
        add_incident(uow, incident)
        uow.emit(facts.incident_opened(incident), incident.name, incident.version)
        order = self._job(uow, derived_id(event_id, "work-order"), incident.id, ticket, place)
        return incident, self.dispatching.save_new(uow, self.dispatching.give_to_best(uow, order))

    def _job(self, uow: UnitOfWork, identifier: str, incident_id: str, ticket: Ticket, place: AnyRow) -> WorkOrder:
        """The job for a new incident, under the standard of today."""
        standard = freeze(
            ticket.commodity,
            ticket.category,
            ticket.severity,
            ticket.urgency,
            place.area,
            place.segment or "resident",
            at=uow.now,
            zone=self.dispatching.settings.time_zone,
        )
        return WorkOrder(
            id=identifier,
            incident_id=incident_id,
            ticket_ids=(ticket.id,),
            customer_ids=(ticket.customer_id,) if ticket.customer_id else (),
            premises_id=ticket.premises_id or "",
            cell_id=place.cell_id,
            commodity=ticket.commodity,
            category=ticket.category,
            severity=ticket.severity,
            urgency=ticket.urgency,
            business_type=business_type(ticket.category, ticket.urgency),
            state=State.NEW,
            standard=standard,
            report_time=ticket.report_time,
            create_time=uow.now,
            update_time=uow.now,
        ).opened()


def _tell_who_joined(uow: UnitOfWork, order: WorkOrder, ticket: Ticket) -> None:
    """What is true now, with the job's version: what comes later counts higher, in whatever order both arrive."""
    now = standing(order, uow.now)
    crew = "" if now.stand is Stand.WAITING else get_crew(uow, order.crew_id or "").display_name
    uow.emit(facts.work_order_joined(order, ticket, now, crew, uow.now), order.name, order.version)
