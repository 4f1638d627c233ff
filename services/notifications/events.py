"""Which facts this service reads, and the message that each of them causes."""

from hearthline.billing.v1.events_pb2 import PaymentReceived, PaymentRefunded, PaymentReversed
from hearthline.complaints.v1.events_pb2 import (
    ComplaintDecisionCommunicated,
    ComplaintExtended,
    ComplaintFiled,
    ComplaintReopened,
    ComplaintSupervised,
    ComplaintWithdrawn,
)
from hearthline.customers.v1.events_pb2 import ContactPoint as ContactFact
from hearthline.customers.v1.events_pb2 import CustomerRegistered, CustomerUpdated
from hearthline.privacy.v1.events_pb2 import CustomerErased
from hearthline.surveys.v1.events_pb2 import SurveyInvited
from hearthline.workorders.v1 import events_pb2 as workorders
from notifications.domain.channel import Channel, spoken
from notifications.domain.routing import Contact, ContactPoint
from notifications.domain.values import Link, Term, Value
from notifications.handlers import corrections, joining, repairs
from notifications.handlers.hearing import hearing
from notifications.handlers.telling import id_of, money, tell
from notifications.settings import Settings
from notifications.store.contacts import keep_contact
from notifications.store.personal_data import forget_contact
from servicekit.cloudevents import Event
from servicekit.subscriptions import Subscription
from servicekit.times import instant
from servicekit.uow import UnitOfWork

_SUPERVISED = {"reminder": "complaints", "urging": "department", "criticism": "company"}
"""Who is told of each step of the supervision of complaints (S2)."""


def subscriptions(settings: Settings) -> list[Subscription]:
    """Contacts and triggers are two consumers: neither waits for the other."""
    contacts = Subscription(
        "notifications.contacts",
        "hearthline.customers.v1",
        {CustomerRegistered: on_customer, CustomerUpdated: on_customer, CustomerErased: on_erased},
    )
    return [contacts, *hearing(_told(_Triggers(settings)))]


def _told(triggers: "_Triggers") -> list[Subscription]:
    """What each fact causes; `hearing` adds those that only make messages untrue."""
    return [
        Subscription(
            "notifications.triggers",
            "hearthline.workorders.v1",
            {
                workorders.TicketCreated: repairs.on_ticket,
                workorders.TicketResolved: repairs.on_resolved,
                workorders.TicketCancelled: repairs.on_withdrawn,
                workorders.TicketReopened: repairs.on_reopened,
                workorders.WorkOrderDispatched: repairs.on_dispatched,
                workorders.WorkOrderJoined: joining.on_joined,
                workorders.WorkOrderCompleted: repairs.on_completed,
                workorders.WorkOrderCancelled: repairs.on_cancelled,
                workorders.EscalationRaised: triggers.on_escalation,
                workorders.WorkOrderReopened: repairs.on_job_reopened,
                **corrections.OF_JOBS,
            },
        ),
        Subscription("notifications.triggers", "hearthline.surveys.v1", {SurveyInvited: triggers.on_invitation}),
        Subscription(
            "notifications.triggers",
            "hearthline.complaints.v1",
            {
                ComplaintFiled: on_complaint,
                ComplaintExtended: on_extension,
                ComplaintDecisionCommunicated: on_decision,
                ComplaintSupervised: triggers.on_supervision,
                ComplaintWithdrawn: corrections.on_complaint_withdrawn,
                ComplaintReopened: corrections.on_complaint_reopened,
            },
        ),
        Subscription(
            "notifications.triggers",
            "hearthline.billing.v1",
            {
                PaymentReceived: on_payment,
                PaymentRefunded: corrections.on_refund,
                PaymentReversed: corrections.on_reversal,
            },
        ),
    ]


def on_customer(uow: UnitOfWork, event: Event[CustomerRegistered] | Event[CustomerUpdated]) -> None:
    """Keeps how to reach a customer, and lets the sender look for messages that waited for it."""
    known = set(Channel)
    points = tuple(_point(fact) for fact in event.data.contacts if fact.channel in known)
    keep_contact(uow, id_of(event.data.customer), Contact(event.data.display_name, points), event.sequence)
    uow.wake("notifications.sender")


def on_erased(uow: UnitOfWork, event: Event[CustomerErased]) -> None:
    """Nobody reaches the customer any more, whatever comes late."""
    forget_contact(uow, id_of(event.data.customer), event.sequence)


def on_complaint(uow: UnitOfWork, event: Event[ComplaintFiled]) -> None:
    """Nobody is told of an anonymous complaint."""
    facts = event.data.facts
    values: dict[str, Value] = {
        "complaint": id_of(facts.complaint),
        "subject": event.data.subject,
        "file_time": instant(event.data.file_time),
        "decide_due_time": instant(event.data.decide_due_time),
    }
    code = "complaint-received-estimated" if event.data.deadline_estimated else "complaint-received"
    tell(uow, event, code, facts.customer, values, facts.complaint, confidential=facts.confidential)


def on_extension(uow: UnitOfWork, event: Event[ComplaintExtended]) -> None:
    facts = event.data.facts
    values: dict[str, Value] = {
        "complaint": id_of(facts.complaint),
        "reason": event.data.reason,
        "explanation": event.data.explanation or event.data.reason,
        "decide_due_time": instant(event.data.decide_due_time),
    }
    code = "complaint-extended-estimated" if event.data.deadline_estimated else "complaint-extended"
    tell(uow, event, code, facts.customer, values, facts.complaint, confidential=facts.confidential)


def on_decision(uow: UnitOfWork, event: Event[ComplaintDecisionCommunicated]) -> None:
    facts = event.data.facts
    values: dict[str, Value] = {"complaint": id_of(facts.complaint), "decision": event.data.decision}
    tell(uow, event, "complaint-decided", facts.customer, values, facts.complaint, confidential=facts.confidential)


def on_payment(uow: UnitOfWork, event: Event[PaymentReceived]) -> None:
    payment = event.data
    values: dict[str, Value] = {
        "amount": money(payment.amount),
        "balance": money(payment.balance),
        "pay_time": instant(payment.pay_time),
        "reference": payment.bank_reference,
    }
    tell(uow, event, "payment-received", payment.customer, values, payment.payment)


class _Triggers:
    """Those whose message needs a setting."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def on_invitation(self, uow: UnitOfWork, event: Event[SurveyInvited]) -> None:
        survey = event.data
        values: dict[str, Value] = {
            "business": Term(survey.business_type),
            "link": Link(self._settings.survey_link.replace("{token}", survey.link_token)),
            "expire_time": instant(survey.expire_time),
        }
        tell(uow, event, "survey-invitation", survey.customer, values, survey.survey)

    def on_escalation(self, uow: UnitOfWork, event: Event[workorders.EscalationRaised]) -> None:
        """To whoever the settings name for the level."""
        facts, level = event.data.facts, event.data.level
        route = self._settings.staff_route(level)
        if route is None:
            return
        values: dict[str, Value] = {
            "work_order": id_of(facts.work_order),
            "clock": Term(event.data.clock),
            "level": Term(level),
            "category": Term(facts.category),
            "urgency": Term(facts.urgency),
            "crew": id_of(facts.crew),
            "raise_time": instant(event.data.raise_time),
        }
        about, urgency = facts.work_order, facts.urgency
        tell(uow, event, "standard-escalated", f"staff/{level}", values, about, route, urgency=urgency)

    def on_supervision(self, uow: UnitOfWork, event: Event[ComplaintSupervised]) -> None:
        """A reminder to the desk, the urging notice (催办) to the department, the criticism to the company's leader."""
        corrections.on_late_complaint(uow, event)
        facts, level = event.data.facts, _SUPERVISED.get(event.data.step, "")
        route = self._settings.staff_route(level)
        if route is None:
            return
        values: dict[str, Value] = {
            "complaint": id_of(facts.complaint),
            "step": Term(event.data.step),
            "clock": Term(event.data.clock),
            "unit": facts.responsible_unit,
            "due_time": instant(event.data.due_time),
        }
        tell(uow, event, "complaint-supervised", f"staff/{level}", values, facts.complaint, route)


def _point(fact: ContactFact) -> ContactPoint:
    # A call goes on to the extension (RFC 3966).
    address = f"{fact.address};ext={fact.extension}" if fact.extension else fact.address
    return ContactPoint(Channel(fact.channel), address, spoken(fact.language_code), fact.consented, fact.preferred)
