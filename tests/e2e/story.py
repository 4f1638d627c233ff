"""One repair, from the call to the paid and surveyed end, told through the public APIs of six processes."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.billing.v1 import accounts_pb2
from hearthline.billing.v1.events_pb2 import MinorUnits
from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import agreements_pb2, cells_pb2, customers_pb2, network_pb2, premises_pb2
from hearthline.surveys.v1 import questionnaires_pb2, surveys_pb2
from hearthline.surveys.v1.questionnaires_pb2_grpc import TriggerRuleServiceStub
from hearthline.workorders.v1 import crews_pb2, tickets_pb2, work_orders_pb2
from hearthline_cli.bank import BankSimulator, Order
from hearthline_cli.bank.reconciliation import Reconciliation
from hearthline_cli.laptop import BANKS
from hearthline_cli.season.people import advance_complaint
from hearthline_cli.season.platform import Platform, trace_metadata
from servicekit.clock import FileClock, ManualClock
from servicekit.eventlog import EventLog
from servicekit.telemetry import sampled_trace
from servicekit.times import to_timestamp
from tests.support.running import MORNING

# Searched for where they must not be, and so long enough to be met by no chance (tests/support/canaries.py).
NAME, NEW_NAME = "李雷·老城区供热站第三用户", "李蕾·老城区供热站第三用户"
PHONE, SAID = "13812345678", "整栋楼不热，已经是第三个晚上了"
CUSTOMER, PREMISES, ACCOUNT = "customers/li", "premises/li-home", "accounts/li"
FEE = 268_000
MINUTE = timedelta(minutes=1)


class Story:
    """Everything that happens, in order; afterwards its names are there to ask about."""

    def __init__(self, targets: Mapping[str, str], log: EventLog, clock: FileClock | ManualClock) -> None:
        self.platform = Platform(targets)
        self.banks = BankSimulator(log, BANKS, seed=3)
        self.clock = clock
        self.traceparent = sampled_trace()
        self.ticket = self.order = self.complaint = ""
        self.crew = ""
        self.survey = surveys_pb2.Survey()
        self.answered: Reconciliation | None = None

    def tell(self) -> None:
        """The whole flow; the platform is settled afterwards."""
        self._move_in()
        self._call()
        self._repair()
        self._ask()
        self._complain()
        self._pay()

    def close(self) -> None:
        """Lets the connections go."""
        self.banks.close()
        self.platform.close()

    def pass_(self, span: timedelta) -> None:
        """Time goes by, and what is due is done."""
        self.clock.set(self.clock.now() + span)
        self.platform.settle()

    def _move_in(self) -> None:
        """A district of one house, its crew and its customer; the other crew has no skill for heat."""
        place, days = self.platform, range(1, 8)
        shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in days]
        for crew_id, skill in (("north", "heat"), ("gas-only", "gas")):
            crew = crews_pb2.Crew(display_name=f"{crew_id} 班", skills=[skill], shifts=shifts, max_load=5)
            place.crews.CreateCrew(crews_pb2.CreateCrewRequest(crew_id=crew_id, crew=crew))
        cell = cells_pb2.Cell(display_name="北网格", account_manager="staff/3001", crew="crews/gas-only")
        place.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id="north", cell=cell))
        cell = cells_pb2.Cell(name="cells/north", crew="crews/north")
        place.cells.UpdateCell(cells_pb2.UpdateCellRequest(cell=cell, update_mask=FieldMask(paths=["crew"])))
        self._lay_network(("st", "", 1), ("br", "st", 2), ("house", "br", 3))
        home = premises_pb2.Premises(address="长春市朝阳区1号", network_node="networkNodes/house", cell="cells/north")
        place.premises.CreatePremises(premises_pb2.CreatePremisesRequest(premises_id="li-home", premises=home))
        phone = customers_pb2.Contact(
            channel=customers_pb2.Contact.CHANNEL_SMS,
            address=f"+86{PHONE}",
            language_code="zh-CN",
            consented=True,
            preferred=True,
        )
        person = customers_pb2.Customer(
            display_name=NAME,
            kind=customers_pb2.Customer.KIND_PERSON,
            segment=customers_pb2.Customer.SEGMENT_RESIDENT,
            contacts=[phone],
        )
        place.customers.CreateCustomer(customers_pb2.CreateCustomerRequest(customer_id="li", customer=person))
        # Older and newer facts of one customer, so that the newer has to win.
        called = customers_pb2.Customer(name=CUSTOMER, display_name=NEW_NAME)
        place.customers.UpdateCustomer(
            customers_pb2.UpdateCustomerRequest(customer=called, update_mask=FieldMask(paths=["display_name"]))
        )
        agreement = agreements_pb2.StartServiceAgreementRequest(
            service_agreement_id="li",
            customer=CUSTOMER,
            premises=PREMISES,
            commodity="heat",
            start_time=to_timestamp(MORNING),
        )
        place.agreements.StartServiceAgreement(agreement)
        self._ask_everybody()
        self.banks.register(place.channel("billing"))
        place.settle()

    def _lay_network(self, *nodes: tuple[str, str, int]) -> None:
        for name, parent, kind in nodes:
            node = network_pb2.NetworkNode(
                kind=network_pb2.NetworkNode.Kind.ValueType(kind),
                display_name=name,
                parent=f"networkNodes/{parent}" if parent else "",
            )
            request = network_pb2.CreateNetworkNodeRequest(network_node_id=name, network_node=node)
            self.platform.network.CreateNetworkNode(request)

    def _ask_everybody(self) -> None:
        rules = TriggerRuleServiceStub(self.platform.channel("surveys"))
        for kind in ("repair", "emergency"):
            rule = questionnaires_pb2.TriggerRule(
                name=f"triggerRules/{kind}", sampling_rate=1.0, delay=Duration(seconds=3600)
            )
            request = questionnaires_pb2.UpdateTriggerRuleRequest(trigger_rule=rule)
            request.update_mask.paths.extend(["sampling_rate", "delay"])
            rules.UpdateTriggerRule(request)

    def _call(self) -> None:
        """The heating is cold; what follows by itself is a job for the right crew."""
        request = tickets_pb2.CreateTicketRequest(
            customer=CUSTOMER,
            premises=PREMISES,
            commodity="heat",
            category="no_heat",
            severity="major",
            urgency="urgent",
            channel="hotline",
            summary=SAID,
        )
        self.ticket = self._traced(self.platform.tickets.CreateTicket, request).name
        self.platform.settle()
        found = self.platform.work_orders.ListWorkOrders(work_orders_pb2.ListWorkOrdersRequest())
        (order,) = found.work_orders
        self.order, self.crew = order.name, order.crew

    def _repair(self) -> None:
        """The crew comes 35 minutes after it was sent, which is 15 too late."""
        self.pass_(MINUTE)
        with suppress(grpc.RpcError):
            # The wrong button; the refusal is in the log, and in the trace.
            self._step("Start")
        self._step("Acknowledge")
        self._step("StartTravel", verb="StartWorkOrderTravel")
        self.pass_(34 * MINUTE)
        self._step("Arrive", note="到场")
        self._step("Start")
        self.pass_(90 * MINUTE)
        done = {"cause": "阀门坏", "resolution": "换阀门", "signature": "signatures/li"}
        self._step("Complete", parts=["DN20"], photos=["photos/1", "photos/2"], **done)
        self.pass_(10 * MINUTE)
        self._step("Confirm", note="客户确认")
        self._step("Close")
        self.platform.settle()

    def _step(self, name: str, verb: str = "", **values: Any) -> None:
        verb = verb or f"{name}WorkOrder"
        request = getattr(work_orders_pb2, f"{verb}Request")(name=self.order, **values)
        self._traced(getattr(self.platform.work_orders, verb), request)

    def _ask(self) -> None:
        """A day later the customer is asked, and is not content, but does not want to complain about it."""
        self.pass_(timedelta(days=1))
        listed = self.platform.surveys.ListSurveys(surveys_pb2.ListSurveysRequest(filter='state = "INVITED"'))
        (self.survey,) = listed.surveys
        given = {"overall": 2, "recommend": 2, "response": 2, "arrival": 1, "repair": 4, "manner": 4, "complain": "no"}
        answers = [surveys_pb2.Answer(question=name, values=[str(value)]) for name, value in given.items()]
        request = surveys_pb2.RecordResponseRequest(link_token=self.survey.link_token, answers=answers)
        self._traced(self.platform.surveys.RecordResponse, request)
        self.platform.settle()

    def _complain(self) -> None:
        """The next day the customer does complain, and is answered step by step."""
        self.pass_(timedelta(days=1))
        complaint = self.platform.complaints.FileComplaint(
            complaints_pb2.FileComplaintRequest(
                subject="来得太晚",
                description="等了三十五分钟",
                customer=CUSTOMER,
                channel="hotline",
                severity="minor",
                remedy_sought="apology",
                related_resource=self.survey.name,
            )
        )
        self.complaint = complaint.name
        closed = complaints_pb2.Complaint.STATE_CLOSED
        while complaint.state != closed:
            self.pass_(10 * MINUTE)
            advance_complaint(self.platform, complaint)
            complaint = self.platform.complaints.GetComplaint(complaints_pb2.GetComplaintRequest(name=self.complaint))
        self.platform.settle()

    def _pay(self) -> None:
        """The season's fee is charged, and paid in full at a bank."""
        self.platform.accounts.PostCharge(
            accounts_pb2.PostChargeRequest(
                account=ACCOUNT,
                charge_id="season",
                kind=accounts_pb2.Charge.KIND_SERVICE,
                amount=MinorUnits(amount=FEE, currency_code="CNY"),
                description="采暖费",
            )
        )
        self.banks.publish([Order(ACCOUNT, "2680.00", "CNY")], self.now(), shares={})
        self.answered = self.banks.collect(60)
        self.platform.settle()

    def now(self) -> datetime:
        """The platform's time."""
        return self.clock.now()

    def _traced(self, call: Callable[..., Any], request: Any) -> Any:
        return call(request, metadata=trace_metadata(self.traceparent))
