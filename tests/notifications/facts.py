"""Facts of the other services, as their relays would publish them."""

from datetime import UTC, datetime

from hearthline.billing.v1.events_pb2 import MinorUnits, PaymentReceived
from hearthline.complaints.v1.events_pb2 import (
    ComplaintDecisionCommunicated,
    ComplaintExtended,
    ComplaintFacts,
    ComplaintFiled,
    ComplaintSupervised,
)
from hearthline.customers.v1.events_pb2 import ContactPoint, CustomerRegistered, CustomerUpdated
from hearthline.surveys.v1.events_pb2 import SurveyInvited
from hearthline.workorders.v1.events_pb2 import (
    EscalationRaised,
    TicketCancelled,
    TicketCreated,
    TicketReopened,
    TicketResolved,
    WorkOrderCancelled,
    WorkOrderCompleted,
    WorkOrderDispatched,
    WorkOrderFacts,
)
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from tests.support.running import MORNING, fact

AT = to_timestamp(MORNING)
LATER = to_timestamp(datetime(2026, 1, 15, 1, 20, tzinfo=UTC))
JOB = WorkOrderFacts(
    work_order="workOrders/1",
    tickets=["tickets/1", "tickets/2", "tickets/3"],
    customers=["customers/1", "customers/1", ""],
    category="no_heat",
    commodity="heat",
    urgency="urgent",
    crew="crews/7",
)


def sms(address: str = "+8613800000001", consented: bool = True, language: str = "zh-CN") -> ContactPoint:
    return ContactPoint(channel="sms", address=address, language_code=language, consented=consented, preferred=True)


def email(address: str = "li@example.com", language: str = "en") -> ContactPoint:
    return ContactPoint(channel="email", address=address, language_code=language, consented=True)


def customer(*contacts: ContactPoint, id: str = "1", version: int = 1) -> Record:
    kind = CustomerRegistered if version == 1 else CustomerUpdated
    name = f"customers/{id}"
    return fact(kind(customer=name, display_name="李雷", contacts=contacts), "customers", name, version)


def ticket(
    number: int = 1, customer: str = "customers/1", imported: bool = False, id: str = "", urgency: str = "urgent"
) -> Record:
    message = TicketCreated(
        ticket=f"tickets/{number}",
        customer=customer,
        commodity="heat",
        category="no_heat",
        urgency=urgency,
        report_time=AT,
        imported=imported,
    )
    return fact(message, "workorders", f"tickets/{number}", id=id)


def dispatched(attempt: int = 1, crew: str = "crews/7") -> Record:
    facts = WorkOrderFacts()
    facts.CopyFrom(JOB)
    facts.crew = crew
    message = WorkOrderDispatched(
        facts=facts, dispatch_time=AT, arrive_due_time=LATER, attempt=attempt, crew_display_name="王强"
    )
    return fact(message, "workorders", "workOrders/1", attempt + 1)


def completed() -> Record:
    message = WorkOrderCompleted(facts=JOB, complete_time=LATER, cause="阀门", resolution="更换阀门")
    return fact(message, "workorders", "workOrders/1", 9)


def resolved(outcome: str = "已电话致歉", incident: str = "", imported: bool = False) -> Record:
    message = TicketResolved(
        ticket="tickets/1",
        customer="customers/1",
        incident=incident,
        resolve_time=LATER,
        outcome=outcome,
        imported=imported,
    )
    return fact(message, "workorders", "tickets/1", 2)


def withdrawn(customer: str = "customers/1", imported: bool = False) -> Record:
    message = TicketCancelled(
        ticket="tickets/1", customer=customer, reason="暖了", cancel_time=LATER, imported=imported
    )
    return fact(message, "workorders", "tickets/1", 3)


def reopened() -> Record:
    message = TicketReopened(
        ticket="tickets/1", customer="customers/1", incident="incidents/1", reason="又不热", reopen_time=LATER
    )
    return fact(message, "workorders", "tickets/1", 4)


def called_off(withdrawn: bool = False) -> Record:
    message = WorkOrderCancelled(facts=JOB, cancel_time=LATER, reason="重复报修", withdrawn=withdrawn)
    return fact(message, "workorders", "workOrders/1", 10)


def escalated(level: str = "department") -> Record:
    message = EscalationRaised(facts=JOB, clock="arrive", level=level, raise_time=LATER)
    return fact(message, "workorders", "workOrders/1", 5)


def invited() -> Record:
    message = SurveyInvited(
        survey="surveys/1",
        customer="customers/1",
        business_type="repair",
        link_token="tok-1",
        invite_time=AT,
        expire_time=LATER,
    )
    return fact(message, "surveys", "surveys/1")


def complaint(customer: str = "customers/1", confidential: bool = False, estimated: bool = False) -> Record:
    facts = ComplaintFacts(complaint="complaints/1", customer=customer, confidential=confidential)
    message = ComplaintFiled(
        facts=facts, subject="态度", file_time=AT, decide_due_time=LATER, deadline_estimated=estimated
    )
    return fact(message, "complaints", "complaints/1")


def extended(explanation: str = "等待检测报告", estimated: bool = False) -> Record:
    facts = ComplaintFacts(complaint="complaints/1", customer="customers/1")
    message = ComplaintExtended(
        facts=facts,
        reason="检测",
        approver="staff/2",
        explanation=explanation,
        decide_due_time=LATER,
        extend_time=AT,
        deadline_estimated=estimated,
    )
    return fact(message, "complaints", "complaints/1", 3)


def supervised(step: str = "urging") -> Record:
    facts = ComplaintFacts(complaint="complaints/1", customer="customers/1", responsible_unit="units/north")
    message = ComplaintSupervised(facts=facts, step=step, clock="decide", due_time=AT, supervise_time=LATER)
    return fact(message, "complaints", "complaints/1", 5)


def decided() -> Record:
    facts = ComplaintFacts(complaint="complaints/1", customer="customers/1")
    message = ComplaintDecisionCommunicated(facts=facts, decision="道歉并补偿", communicate_time=AT)
    return fact(message, "complaints", "complaints/1", 4)


def paid() -> Record:
    message = PaymentReceived(
        payment="payments/1",
        customer="customers/1",
        amount=MinorUnits(amount=120050, currency_code="CNY"),
        balance=MinorUnits(amount=0, currency_code="CNY"),
        bank_reference="B-1",
        pay_time=AT,
    )
    return fact(message, "billing", "payments/1")


def every_fact() -> list[Record]:
    """One of each kind this service reads, for one customer who changes their contacts once."""
    return [
        customer(sms()),
        customer(sms("+8613800000002"), email(), version=2),
        ticket(),
        dispatched(),
        dispatched(2),
        escalated(),
        completed(),
        resolved(),
        withdrawn(),
        reopened(),
        called_off(),
        invited(),
        complaint(),
        extended(),
        supervised(),
        decided(),
        paid(),
    ]
