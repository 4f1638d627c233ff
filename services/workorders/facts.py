"""What the workorders service tells others, as the events of hearthline.workorders.v1."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from hearthline.workorders.v1 import events_pb2 as pb
from servicekit.times import to_timestamp
from workorders.domain.incident import Incident
from workorders.domain.sensor import Sensor
from workorders.domain.sensor_alarm import SensorAlarm
from workorders.domain.standing import Standing
from workorders.domain.ticket import Ticket
from workorders.domain.work_order import News, WorkOrder


def ticket_created(ticket: Ticket) -> pb.TicketCreated:
    return pb.TicketCreated(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        premises=_name("premises", ticket.premises_id),
        commodity=ticket.commodity,
        category=ticket.category,
        severity=ticket.severity,
        urgency=ticket.urgency,
        channel=ticket.channel,
        summary=ticket.summary,
        report_time=to_timestamp(ticket.report_time),
        imported=ticket.imported,
        related_resource=ticket.related_resource,
    )


def ticket_resolved(ticket: Ticket) -> pb.TicketResolved:
    return pb.TicketResolved(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        premises=_name("premises", ticket.premises_id),
        incident=_name("incidents", ticket.incident_id),
        resolve_time=to_timestamp(ticket.resolve_time),
        outcome=ticket.outcome,
        imported=ticket.imported,
        related_resource=ticket.related_resource,
    )


def ticket_triaged(ticket: Ticket, reason: str) -> pb.TicketTriaged:
    return pb.TicketTriaged(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        premises=_name("premises", ticket.premises_id),
        commodity=ticket.commodity,
        category=ticket.category,
        severity=ticket.severity,
        urgency=ticket.urgency,
        reason=reason,
        triage_time=to_timestamp(ticket.update_time),
    )


def ticket_cancelled(ticket: Ticket) -> pb.TicketCancelled:
    return pb.TicketCancelled(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        premises=_name("premises", ticket.premises_id),
        incident=_name("incidents", ticket.incident_id),
        reason=ticket.outcome,
        cancel_time=to_timestamp(ticket.update_time),
        imported=ticket.imported,
    )


def ticket_reopened(ticket: Ticket, reason: str) -> pb.TicketReopened:
    return pb.TicketReopened(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        premises=_name("premises", ticket.premises_id),
        incident=_name("incidents", ticket.incident_id),
        reason=reason,
        reopen_time=to_timestamp(ticket.update_time),
    )


def ticket_linked(ticket: Ticket, at: datetime) -> pb.TicketLinked:
    return pb.TicketLinked(
        ticket=ticket.name,
        customer=_name("customers", ticket.customer_id),
        incident=_name("incidents", ticket.incident_id),
        link_time=to_timestamp(at),
    )


def incident_opened(incident: Incident) -> pb.IncidentOpened:
    return pb.IncidentOpened(
        incident=incident.name,
        premises=f"premises/{incident.premises_id}",
        commodity=incident.commodity,
        category=incident.category,
        severity=incident.severity,
        urgency=incident.urgency,
        open_time=to_timestamp(incident.open_time),
    )


def incident_resolved(incident: Incident) -> pb.IncidentResolved:
    return pb.IncidentResolved(incident=incident.name, resolve_time=to_timestamp(incident.resolve_time))


def incident_reopened(incident: Incident, at: datetime) -> pb.IncidentReopened:
    return pb.IncidentReopened(incident=incident.name, reopen_time=to_timestamp(at))


def sensor_alarm_opened(alarm: SensorAlarm, sensor: Sensor) -> pb.SensorAlarmOpened:
    return pb.SensorAlarmOpened(
        sensor_alarm=alarm.name,
        premises=f"premises/{alarm.premises_id}",
        kind=alarm.kind,
        ticket=f"tickets/{alarm.ticket_id}",
        sensor=sensor.name,
        open_time=to_timestamp(alarm.open_time),
    )


def sensor_alarm_ended(alarm: SensorAlarm) -> pb.SensorAlarmEnded:
    return pb.SensorAlarmEnded(
        sensor_alarm=alarm.name,
        premises=f"premises/{alarm.premises_id}",
        kind=alarm.kind,
        ticket=f"tickets/{alarm.ticket_id}",
        end_time=to_timestamp(alarm.end_time),
    )


def news_of(order: WorkOrder, news: News) -> Message:
    """The event that a piece of news is: named by its kind, with the facts every such event repeats."""
    event: Message = getattr(pb, news.kind)(facts=_facts(order), **_fields(news.values))
    return event


def work_order_joined(order: WorkOrder, ticket: Ticket, now: Standing, crew_name: str, at: datetime) -> Message:
    """Names this caller only: a thousand callers are not a thousand lists of a thousand."""
    facts = _facts(order)
    del facts.tickets[:], facts.customers[:]
    facts.tickets.append(ticket.name)
    facts.customers.append(_name("customers", ticket.customer_id))
    return pb.WorkOrderJoined(
        facts=facts,
        join_time=to_timestamp(at),
        standing=now.stand,
        crew_display_name=crew_name,
        arrive_due_time=to_timestamp(now.arrive_due),
        attempt=order.attempt,
        suspend_time=to_timestamp(now.suspended),
        suspend_reason=now.reason,
    )


def _fields(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: to_timestamp(v) if isinstance(v, datetime) else v for name, v in values.items()}


def _facts(order: WorkOrder) -> pb.WorkOrderFacts:
    return pb.WorkOrderFacts(
        work_order=order.name,
        incident=f"incidents/{order.incident_id}",
        tickets=[f"tickets/{ticket}" for ticket in order.ticket_ids],
        customers=[f"customers/{customer}" for customer in order.customer_ids],
        premises=f"premises/{order.premises_id}",
        commodity=order.commodity,
        category=order.category,
        severity=order.severity,
        urgency=order.urgency,
        crew=_name("crews", order.crew_id),
        business_type=order.business_type,
        cell=_name("cells", order.cell_id),
    )


def _name(collection: str, identifier: str | None) -> str:
    return f"{collection}/{identifier}" if identifier else ""
