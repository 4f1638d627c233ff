"""The domain's objects on the wire."""

from hearthline.workorders.v1 import crews_pb2, incidents_pb2, tickets_pb2, work_orders_pb2
from servicekit.etags import etag
from servicekit.reads import AnyRow
from servicekit.times import to_timestamp
from workorders.domain.completion import Completion
from workorders.domain.crew import Crew
from workorders.domain.incident import Incident
from workorders.domain.promise import Promise
from workorders.domain.ticket import Ticket
from workorders.domain.work_order import WorkOrder

_TICKET_STATES = tickets_pb2.Ticket.State
_INCIDENT_STATES = incidents_pb2.Incident.State
_ORDER_STATES = work_orders_pb2.WorkOrder.State


def named(collection: str, identifier: str | None) -> str:
    """A resource name; empty for none."""
    return f"{collection}/{identifier}" if identifier else ""


def ticket_state(state: str) -> tickets_pb2.Ticket.State.ValueType:
    return _TICKET_STATES.Value(f"STATE_{state}")


def ticket_to_proto(ticket: Ticket) -> tickets_pb2.Ticket:
    return tickets_pb2.Ticket(
        name=ticket.name,
        state=ticket_state(ticket.state),
        customer=named("customers", ticket.customer_id),
        premises=named("premises", ticket.premises_id),
        commodity=ticket.commodity,
        category=ticket.category,
        severity=ticket.severity,
        urgency=ticket.urgency,
        channel=ticket.channel,
        summary=ticket.summary,
        interaction=named("interactions", ticket.interaction_id),
        incident=named("incidents", ticket.incident_id),
        report_time=to_timestamp(ticket.report_time),
        resolve_time=to_timestamp(ticket.resolve_time),
        outcome=ticket.outcome,
        imported=ticket.imported,
        related_resource=ticket.related_resource,
        create_time=to_timestamp(ticket.create_time),
        update_time=to_timestamp(ticket.update_time),
        etag=etag(ticket.version),
    )


def statistics_row(row: AnyRow) -> tickets_pb2.TicketStatistics.Row:
    return tickets_pb2.TicketStatistics.Row(
        commodity=row.commodity,
        category=row.category,
        channel=row.channel,
        state=ticket_state(row.state),
        imported=row.imported,
        count=row.number,
        resolve_seconds=row.resolve_seconds,
    )


def incident_to_proto(incident: Incident) -> incidents_pb2.Incident:
    return incidents_pb2.Incident(
        name=incident.name,
        state=_INCIDENT_STATES.Value(f"STATE_{incident.state}"),
        premises=named("premises", incident.premises_id),
        commodity=incident.commodity,
        category=incident.category,
        severity=incident.severity,
        urgency=incident.urgency,
        open_time=to_timestamp(incident.open_time),
        resolve_time=to_timestamp(incident.resolve_time),
        etag=etag(incident.version),
    )


def work_order_to_proto(order: WorkOrder) -> work_orders_pb2.WorkOrder:
    done = order.completion or Completion("", "")
    stages = [
        work_orders_pb2.WorkOrder.Stage(
            state=_ORDER_STATES.Value(f"STATE_{s.state}"), time=to_timestamp(s.time), actor=s.actor, note=s.note
        )
        for s in order.stages
    ]
    return work_orders_pb2.WorkOrder(
        name=order.name,
        state=_ORDER_STATES.Value(f"STATE_{order.state}"),
        incident=named("incidents", order.incident_id),
        tickets=[f"tickets/{ticket}" for ticket in order.ticket_ids],
        customers=[f"customers/{customer}" for customer in order.customer_ids],
        premises=named("premises", order.premises_id),
        commodity=order.commodity,
        category=order.category,
        severity=order.severity,
        urgency=order.urgency,
        business_type=order.business_type,
        cell=named("cells", order.cell_id),
        crew=named("crews", order.crew_id),
        attempt=order.attempt,
        standard=order.standard.name,
        promises=[_promise_to_proto(promise, promise.is_estimated(order.standard)) for promise in order.promises],
        stages=stages,
        cause=done.cause,
        resolution=done.resolution,
        parts=done.parts,
        photos=done.photos,
        reading=done.reading,
        instrument=done.instrument,
        signature=done.signature,
        follows=named("workOrders", order.follows),
        follow_up=named("workOrders", order.follow_up),
        create_time=to_timestamp(order.create_time),
        update_time=to_timestamp(order.update_time),
        etag=etag(order.version),
    )


def _promise_to_proto(promise: Promise, estimated: bool) -> work_orders_pb2.WorkOrder.Promise:
    return work_orders_pb2.WorkOrder.Promise(
        clock=promise.clock,
        start_time=to_timestamp(promise.start),
        due_time=to_timestamp(promise.due),
        met_time=to_timestamp(promise.met),
        breached=promise.breached,
        due_time_estimated=estimated,
    )


def crew_to_proto(crew: Crew) -> crews_pb2.Crew:
    shifts = [
        crews_pb2.Shift(weekday=s.weekday, start_minute=s.start_minute, end_minute=s.end_minute) for s in crew.shifts
    ]
    return crews_pb2.Crew(
        name=crew.name,
        display_name=crew.display_name,
        skills=sorted(crew.skills),
        shifts=shifts,
        on_call=crew.on_call,
        latitude=crew.latitude or 0.0,  # without presence on the wire
        longitude=crew.longitude or 0.0,
        max_load=crew.max_load,
        create_time=to_timestamp(crew.create_time),
        update_time=to_timestamp(crew.update_time),
        etag=etag(crew.version),
    )
