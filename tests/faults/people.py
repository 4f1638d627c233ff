"""What callers do: they take tickets, do jobs, settle complaints, charge accounts, tell and ask customers."""

from collections.abc import Callable
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.billing.v1 import accounts_pb2, payments_pb2
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceStub
from hearthline.complaints.v1 import complaints_pb2
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from hearthline.customers.v1 import customers_pb2, interactions_pb2, premises_pb2
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.interactions_pb2_grpc import InteractionServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.surveys.v1 import questionnaires_pb2, surveys_pb2
from hearthline.surveys.v1.questionnaires_pb2_grpc import TriggerRuleServiceStub
from hearthline.surveys.v1.surveys_pb2_grpc import SurveyServiceStub
from hearthline.workorders.v1 import crews_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from tests.faults.workload import Line

HOUSES = 4
SURVEY_DELAY_S = 60
_DONE = {
    "cause": "阀门坏",
    "resolution": "换阀门",
    "signature": "signatures/x",
    "photos": ["a", "b"],
    "parts": ["DN20"],
}
JOB_STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("AcknowledgeWorkOrder", "WorkOrderAcknowledged", {}),
    ("StartWorkOrderTravel", "WorkOrderTravelStarted", {}),
    ("ArriveWorkOrder", "WorkOrderArrived", {"note": "到场"}),
    ("StartWorkOrder", "WorkOrderStarted", {}),
    ("SuspendWorkOrder", "WorkOrderSuspended", {"reason": "parts"}),
    ("ResumeWorkOrder", "WorkOrderResumed", {}),
    ("CompleteWorkOrder", "WorkOrderCompleted", _DONE),
    ("ConfirmWorkOrder", "WorkOrderConfirmed", {}),
    ("CloseWorkOrder", "WorkOrderClosed", {}),
]
COMPLAINT_STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("AcknowledgeComplaint", "ComplaintAcknowledged", {}),
    ("AssessComplaint", "ComplaintAssessed", {"assessment": "属实"}),
    ("InvestigateComplaint", "ComplaintInvestigated", {"root_cause": "response", "findings": "派工延误"}),
    ("RespondComplaint", "ComplaintResponded", {"response": "致歉"}),
    ("CommunicateDecision", "ComplaintDecisionCommunicated", {"decision": "减免", "outcome": "upheld"}),
    ("CloseComplaint", "ComplaintClosed", {"closing_note": "满意"}),
]

Steps = list[tuple[str, str, dict[str, Any]]]


def prepare(line: Line) -> None:
    """Crews who are always there, and surveys that ask everybody soon."""
    crews = line.stub("workorders", CrewServiceStub)
    shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
    for number in range(2):
        crew = crews_pb2.Crew(display_name=f"{number} 班", skills=["heat"], shifts=shifts, max_load=1000)
        wanted = crews_pb2.CreateCrewRequest(crew_id=f"c{number}", crew=crew)
        line.prepare("workorders", crews.CreateCrew, wanted)
    rules = line.stub("surveys", TriggerRuleServiceStub)
    for kind in ("repair", "emergency"):
        delay, none = Duration(seconds=SURVEY_DELAY_S), Duration(seconds=0)
        rule = questionnaires_pb2.TriggerRule(name=f"triggerRules/{kind}", sampling_rate=1.0, delay=delay, fatigue=none)
        request = questionnaires_pb2.UpdateTriggerRuleRequest(trigger_rule=rule)
        request.update_mask.paths.extend(["sampling_rate", "delay", "fatigue"])
        line.prepare("surveys", rules.UpdateTriggerRule, request)


class Person:
    """One caller with homes, jobs, complaints and an account of its own; every change is in the line's record."""

    def __init__(self, name: str, line: Line) -> None:
        self.name = name
        self.line = line
        self.rng = line.rng
        self._jobs: dict[str, Steps] = {}
        self._complaints: dict[str, Steps] = {}
        self._payments: list[str] = []
        self._count = 0
        self._customers = line.stub("customers", CustomerServiceStub)
        self._interactions = line.stub("customers", InteractionServiceStub)
        self._tickets = line.stub("workorders", TicketServiceStub)
        self._orders = line.stub("workorders", WorkOrderServiceStub)
        self._desk = line.stub("complaints", ComplaintServiceStub)
        self._accounts = line.stub("billing", AccountServiceStub)
        self._cash = line.stub("billing", PaymentServiceStub)
        self._surveys = line.stub("surveys", SurveyServiceStub)
        self._choices: list[tuple[Callable[[], None], int]] = [
            (self._take_ticket, 4), (self._look_for_jobs, 1), (self._work, 9), (self._note_contact, 3),
            (self._rename, 1), (self._complain, 1), (self._settle_complaint, 4), (self._charge, 2), (self._pay, 2),
            (self._refund, 1), (self._answer, 1),
        ]  # fmt: skip

    def move_in(self) -> None:
        """Customers, their homes and the account."""
        places = self.line.stub("customers", PremisesServiceStub)
        for number in range(HOUSES):
            id_ = f"{self.name}-{number}"
            home = premises_pb2.CreatePremisesRequest(premises_id=id_, premises=premises_pb2.Premises(address=id_))
            self.line.change("customers", places.CreatePremises, home, "PremisesRegistered", hasty=0)
            contact = customers_pb2.Contact(
                channel=customers_pb2.Contact.CHANNEL_SMS, address=f"+8613800{self.rng.randrange(10**6):06d}",
                language_code="zh-CN", consented=True, preferred=True,
            )  # fmt: skip
            kind, segment = customers_pb2.Customer.KIND_PERSON, customers_pb2.Customer.SEGMENT_RESIDENT
            person = customers_pb2.Customer(display_name=id_, kind=kind, segment=segment, contacts=[contact])
            request = customers_pb2.CreateCustomerRequest(customer_id=id_, customer=person)
            self.line.change("customers", self._customers.CreateCustomer, request, "CustomerRegistered", hasty=0)
            account = accounts_pb2.CreateAccountRequest(account_id=id_, customer=f"customers/{id_}", commodity="heat")
            self.line.change("billing", self._accounts.CreateAccount, account, "AccountOpened", hasty=0)

    def act(self) -> None:
        """The next thing this caller does."""
        acts, weights = zip(*self._choices, strict=True)
        self.rng.choices(acts, weights)[0]()

    @property
    def accounts(self) -> list[str]:
        """Where this caller's customers pay."""
        return [f"accounts/{self.name}-{number}" for number in range(HOUSES)]

    def _home(self) -> str:
        return f"{self.name}-{self.rng.randrange(HOUSES)}"

    def _next(self) -> str:
        self._count += 1
        return f"{self.name}-{self._count}"

    def _take_ticket(self) -> None:
        home, category = self._home(), self.rng.choice(["no_heat", "low_temperature", "leak", "noise"])
        request = tickets_pb2.CreateTicketRequest(
            customer=f"customers/{home}", premises=f"premises/{home}", commodity="heat", category=category,
            severity=self.rng.choice(["minor", "medium", "major"]), urgency=self.rng.choice(["routine", "urgent"]),
            channel="hotline", summary=self._next(),
        )  # fmt: skip
        self.line.change("workorders", self._tickets.CreateTicket, request, "TicketCreated")

    def _look_for_jobs(self) -> None:
        query = f'premises = "premises/{self._home()}" AND state = "DISPATCHED"'
        found = self.line.look(
            self._orders.ListWorkOrders, work_orders_pb2.ListWorkOrdersRequest(filter=query, page_size=50)
        )
        for order in found.work_orders if found else ():
            pauses = self.rng.random() < 0.3
            steps = [step for step in JOB_STEPS if pauses or step[0] not in ("SuspendWorkOrder", "ResumeWorkOrder")]
            self._jobs.setdefault(order.name, steps)

    def _work(self) -> None:
        if not self._jobs:
            return self._look_for_jobs()
        return self._step(self._jobs, "workorders", self._orders, work_orders_pb2)

    def _settle_complaint(self) -> None:
        if self._complaints:
            self._step(self._complaints, "complaints", self._desk, complaints_pb2)

    def _step(self, open_: dict[str, Steps], service: str, stub: Any, module: Any) -> None:
        """The next step of one of what is open; what refuses it is somebody else's by now."""
        name = self.rng.choice(list(open_))
        verb, fact, values = open_[name][0]
        done = self.line.change(
            service, getattr(stub, verb), getattr(module, f"{verb}Request")(name=name, **values), fact
        )
        open_[name] = open_[name][1:]
        if done is None or not open_[name]:
            del open_[name]

    def _note_contact(self) -> None:
        request = interactions_pb2.RecordInteractionRequest(
            customer=f"customers/{self._home()}", channel="counter", agent="staff/1007", summary=self._next()
        )
        self.line.change("customers", self._interactions.RecordInteraction, request, "InteractionRecorded")

    def _rename(self) -> None:
        self.rename(self.rng.randrange(HOUSES))

    def rename(self, number: int) -> None:
        """One of this caller's customers gets another name."""
        person = customers_pb2.Customer(name=f"customers/{self.name}-{number}", display_name=self._next())
        request = customers_pb2.UpdateCustomerRequest(customer=person, update_mask=FieldMask(paths=["display_name"]))
        self.line.change("customers", self._customers.UpdateCustomer, request, "CustomerUpdated")

    def _complain(self) -> None:
        request = complaints_pb2.FileComplaintRequest(
            subject=self._next(), customer=f"customers/{self._home()}", channel="counter", severity="minor"
        )
        if filed := self.line.change("complaints", self._desk.FileComplaint, request, "ComplaintFiled"):
            self._complaints[filed.name] = list(COMPLAINT_STEPS)

    def _money(self) -> MinorUnits:
        return MinorUnits(amount=self.rng.randrange(1, 100_000), currency_code="CNY")

    def _charge(self) -> None:
        request = accounts_pb2.PostChargeRequest(
            account=self.rng.choice(self.accounts), kind=accounts_pb2.Charge.KIND_SERVICE, amount=self._money(),
            description=self._next(),
        )  # fmt: skip
        self.line.change("billing", self._accounts.PostCharge, request, "ChargePosted")

    def _pay(self) -> None:
        request = payments_pb2.RecordPaymentRequest(account=self.rng.choice(self.accounts), amount=self._money())
        if paid := self.line.change("billing", self._cash.RecordPayment, request, "PaymentReceived"):
            self._payments.append(paid.name)

    def _refund(self) -> None:
        if self._payments:
            payment = self._payments.pop(self.rng.randrange(len(self._payments)))
            amount = MinorUnits(amount=1, currency_code="CNY")
            request = payments_pb2.RefundPaymentRequest(name=payment, amount=amount, reason="多收")
            self.line.change("billing", self._cash.RefundPayment, request, "PaymentRefunded")

    def _answer(self) -> None:
        query = f'customer = "customers/{self._home()}" AND state = "INVITED"'
        found = self.line.look(self._surveys.ListSurveys, surveys_pb2.ListSurveysRequest(filter=query, page_size=3))
        for survey in found.surveys if found else ():
            score = self.rng.randrange(1, 6)
            given = {"overall": score, "recommend": 2 * score, "response": score, "arrival": score, "repair": score}
            given |= {"manner": score}
            answers = [surveys_pb2.Answer(question=name, values=[str(value)]) for name, value in given.items()]
            if score <= 2:
                answers.append(surveys_pb2.Answer(question="complain", values=["yes" if score == 1 else "no"]))
            request = surveys_pb2.RecordResponseRequest(link_token=survey.link_token, answers=answers)
            self.line.change("surveys", self._surveys.RecordResponse, request, "SurveyResponseRecorded")
