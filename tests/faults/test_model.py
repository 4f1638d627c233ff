"""Whatever is called in whatever order, six services know what a model of a few lines knows (P1, P2)."""

from collections.abc import Callable
from importlib import import_module
from itertools import count
from typing import Any
from uuid import uuid4

import grpc
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from hearthline.billing.v1 import accounts_pb2, ledger_pb2, payments_pb2
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.billing.v1.ledger_pb2_grpc import LedgerServiceStub
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceStub
from hearthline.complaints.v1 import complaints_pb2
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from hearthline.customers.v1 import customers_pb2, premises_pb2
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1 import crews_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from tests.faults.model import COMPLAINT, JOB, Model, follow
from tests.faults.people import COMPLAINT_STEPS, JOB_STEPS
from tests.faults.services import SERVICES
from tests.support.running import RunningService, Starter, settle

AMOUNTS = st.integers(1, 10_000)
DETAILS = {verb: (fact, values) for verb, fact, values in (*JOB_STEPS, *COMPLAINT_STEPS)}
_numbers = count(1)


class Services:
    """The six of them in this process, with a stub of each that the machine calls."""

    def __init__(self, start: Starter) -> None:
        self.running: dict[str, RunningService] = {
            name: start(import_module(f"{name}.bootstrap").service) for name in SERVICES
        }
        at = {name: service.channel for name, service in self.running.items()}
        self.customers, self.premises = CustomerServiceStub(at["customers"]), PremisesServiceStub(at["customers"])
        self.tickets, self.orders = TicketServiceStub(at["workorders"]), WorkOrderServiceStub(at["workorders"])
        self.complaints = ComplaintServiceStub(at["complaints"])
        self.accounts, self.cash = AccountServiceStub(at["billing"]), PaymentServiceStub(at["billing"])
        self.ledger = LedgerServiceStub(at["billing"])
        shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
        crew = crews_pb2.Crew(display_name="1 班", skills=["heat"], shifts=shifts, max_load=1000)
        CrewServiceStub(at["workorders"]).CreateCrew(crews_pb2.CreateCrewRequest(crew_id="one", crew=crew))

    def settle(self) -> None:
        """Everything that follows has happened."""
        settle(list(self.running.values()))


class Customers(RuleBasedStateMachine):
    """Calls of one customer after the other; each run has a customer of its own."""

    services: Services
    payments, jobs, complaints = Bundle("payments"), Bundle("jobs"), Bundle("complaints")

    @initialize()
    def move_in(self) -> None:
        self.model, self.id = Model(), f"m{next(_numbers)}"
        self.customer, self.account = f"customers/{self.id}", f"accounts/{self.id}"
        self.model.name = self.id
        kind, segment = customers_pb2.Customer.KIND_PERSON, customers_pb2.Customer.SEGMENT_RESIDENT
        person = customers_pb2.Customer(display_name=self.id, kind=kind, segment=segment)
        request = customers_pb2.CreateCustomerRequest(customer_id=self.id, customer=person)
        self.done(self.services.customers.CreateCustomer, request, "CustomerRegistered")
        opening = accounts_pb2.CreateAccountRequest(account_id=self.id, customer=self.customer, commodity="heat")
        self.done(self.services.accounts.CreateAccount, opening, "AccountOpened")

    def done(self, method: Callable[..., Any], request: Any, fact: str) -> Any:
        """The reply of a call that must be answered; the same once more for the same request id."""
        request.request_id = str(uuid4())
        reply = method(request)
        assert method(request) == reply
        self.model.tell(fact)
        return reply

    def refused(self, method: Callable[..., Any], request: Any) -> None:
        """A call that must be refused for what the state is."""
        with pytest.raises(grpc.RpcError) as refusal:
            method(request)
        assert refusal.value.code() is grpc.StatusCode.FAILED_PRECONDITION

    @rule(name=st.text("abc李蕾", min_size=1, max_size=5))
    def rename(self, name: str) -> None:
        person = customers_pb2.Customer(name=self.customer, display_name=name)
        request = customers_pb2.UpdateCustomerRequest(customer=person)
        request.update_mask.paths.append("display_name")
        self.done(self.services.customers.UpdateCustomer, request, "CustomerUpdated")
        self.model.name = name

    @rule(amount=AMOUNTS)
    def charge(self, amount: int) -> None:
        kind = accounts_pb2.Charge.KIND_SERVICE
        request = accounts_pb2.PostChargeRequest(account=self.account, kind=kind, amount=money(amount), description="x")
        self.done(self.services.accounts.PostCharge, request, "ChargePosted")
        self.model.balance += amount

    @rule(target=payments, amount=AMOUNTS)
    def pay(self, amount: int) -> str:
        request = payments_pb2.RecordPaymentRequest(account=self.account, amount=money(amount))
        name: str = self.done(self.services.cash.RecordPayment, request, "PaymentReceived").name
        self.model.payments[name] = amount
        self.model.balance -= amount
        return name

    @rule(payment=payments, amount=AMOUNTS)
    def refund(self, payment: str, amount: int) -> None:
        request = payments_pb2.RefundPaymentRequest(name=payment, amount=money(amount), reason="x")
        if self.model.refund(payment, amount):
            self.services.cash.RefundPayment(request)
        else:
            self.refused(self.services.cash.RefundPayment, request)

    @rule(target=complaints)
    def complain(self) -> str:
        request = complaints_pb2.FileComplaintRequest(
            subject="x", customer=self.customer, channel="counter", severity="minor"
        )
        name: str = self.done(self.services.complaints.FileComplaint, request, "ComplaintFiled").name
        self.model.complaints[name] = "RECEIVED"
        return name

    @rule(target=jobs)
    def report(self) -> str:
        """A place of its own for each report, so that each is a job of its own."""
        place = f"{self.id}-{next(_numbers)}"
        home = premises_pb2.CreatePremisesRequest(premises_id=place, premises=premises_pb2.Premises(address=place))
        self.services.premises.CreatePremises(home)
        self.services.settle()
        request = tickets_pb2.CreateTicketRequest(
            customer=self.customer, premises=f"premises/{place}", commodity="heat", category="no_heat",
            severity="minor", urgency="routine", channel="hotline", summary="x",
        )  # fmt: skip
        self.done(self.services.tickets.CreateTicket, request, "TicketCreated")
        self.services.settle()
        query = f'premises = "premises/{place}"'
        (order,) = self.services.orders.ListWorkOrders(work_orders_pb2.ListWorkOrdersRequest(filter=query)).work_orders
        self.model.jobs[order.name] = "DISPATCHED"
        self.model.tell("WorkOrderDispatched")
        return order.name

    @rule(name=jobs, verb=st.sampled_from([verb for verb, _, _ in JOB_STEPS]))
    def work(self, name: str, verb: str) -> None:
        self.step(self.model.jobs, JOB, self.services.orders, work_orders_pb2, name, verb)

    @rule(name=complaints, verb=st.sampled_from([verb for verb, _, _ in COMPLAINT_STEPS]))
    def settle_complaint(self, name: str, verb: str) -> None:
        self.step(self.model.complaints, COMPLAINT, self.services.complaints, complaints_pb2, name, verb)

    def step(self, open_: dict[str, str], paths: Any, stub: Any, module: Any, name: str, verb: str) -> None:
        """A step that is taken, or refused, as the model says."""
        fact, values = DETAILS[verb]
        request = getattr(module, f"{verb}Request")(name=name, **values)
        if follow(open_, paths, name, verb):
            self.done(getattr(stub, verb), request, fact)
        else:
            self.refused(getattr(stub, verb), request)

    def teardown(self) -> None:
        """In the end every service agrees with the model."""
        if not hasattr(self, "model"):
            return
        self.services.settle()
        found = self.services
        assert (
            found.customers.GetCustomer(customers_pb2.GetCustomerRequest(name=self.customer)).display_name
            == self.model.name
        )
        account = found.accounts.GetAccount(accounts_pb2.GetAccountRequest(name=self.account))
        assert account.balance.amount == self.model.balance
        for name, left in self.model.payments.items():
            payment = found.cash.GetPayment(payments_pb2.GetPaymentRequest(name=name))
            assert payment.amount.amount - payment.refunded.amount == left
        for name, state in self.model.jobs.items():
            order = found.orders.GetWorkOrder(work_orders_pb2.GetWorkOrderRequest(name=name))
            assert work_orders_pb2.WorkOrder.State.Name(order.state) == f"STATE_{state}"
        for name, state in self.model.complaints.items():
            complaint = found.complaints.GetComplaint(complaints_pb2.GetComplaintRequest(name=name))
            assert complaints_pb2.Complaint.State.Name(complaint.state) == f"STATE_{state}"
        request = customers_pb2.ListTimelineEntriesRequest(parent=self.customer, page_size=1000)
        kinds = [entry.kind for entry in found.customers.ListTimelineEntries(request).timeline_entries]
        told = {kind: kinds.count(kind) for kind in self.model.timeline}
        assert told == dict(self.model.timeline)
        assert found.ledger.GetTrialBalance(ledger_pb2.GetTrialBalanceRequest()).balanced


def money(amount: int) -> MinorUnits:
    """Fen."""
    return MinorUnits(amount=amount, currency_code="CNY")


def test_six_services_agree_with_the_model(start: Starter) -> None:
    Customers.services = Services(start)
    run_state_machine_as_test(
        Customers,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
