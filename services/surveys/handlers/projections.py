"""What surveys keeps of others' facts: whose complaint is open, and who was answered back (V2, V5)."""

from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.complaints.v1.events_pb2 import ComplaintClosed, ComplaintDecisionCommunicated
from hearthline.workorders.v1.events_pb2 import TicketResolved
from servicekit.cloudevents import Event
from servicekit.times import instant
from servicekit.uow import UnitOfWork
from surveys.store.names import id_of
from surveys.store.tables import complaints, feedback


def complaint_is_open(uow: UnitOfWork, event: Event[Any]) -> None:
    """Any fact about a complaint but its closing says that it is open."""
    _keep_complaint(uow, event, is_open=True)


def complaint_is_closed(uow: UnitOfWork, event: Event[ComplaintClosed]) -> None:
    """Its customer may be asked again."""
    _keep_complaint(uow, event, is_open=False)


def complaint_is_decided(uow: UnitOfWork, event: Event[ComplaintDecisionCommunicated]) -> None:
    """Open until closed; and when a survey brought it in, its customer has been answered."""
    _keep_complaint(uow, event, is_open=True)
    facts = event.data.facts
    if facts.related_resource.startswith("surveys/"):
        keep_feedback(uow, facts.related_resource, event.id, facts.complaint, event.data.communicate_time)


def ticket_is_resolved(uow: UnitOfWork, event: Event[TicketResolved]) -> None:
    """When it was a recovery ticket, the customer of the low score has been called back."""
    ticket = event.data
    if ticket.related_resource.startswith("surveys/"):
        keep_feedback(uow, ticket.related_resource, event.id, ticket.ticket, ticket.resolve_time)


def keep_feedback(uow: UnitOfWork, survey: str, event_id: str, source: str, at: Timestamp) -> None:
    """Notes that the customer was told what came of the answer."""
    row = {"survey_id": id_of(survey), "event_id": event_id, "source": source, "time": instant(at)}
    uow.upsert(feedback, row, key=["survey_id", "event_id"])


def _keep_complaint(uow: UnitOfWork, event: Event[Any], is_open: bool) -> None:
    facts = event.data.facts
    row = {
        "id": id_of(facts.complaint),
        # Nobody's, when the complainant is anonymous.
        "customer_id": id_of(facts.customer),
        "open": is_open,
        "sequence": event.sequence,
    }
    uow.upsert(complaints, row, key=["id"], newer="sequence")
