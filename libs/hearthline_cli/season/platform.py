"""The platform as the season sees it: a stub for each of its services, and whether it has caught up."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import grpc
from google.protobuf.duration_pb2 import Duration

from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline.billing.v1.ledger_pb2_grpc import LedgerServiceStub
from hearthline.billing.v1.payments_pb2_grpc import PaymentServiceStub
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from hearthline.customers.v1.agreements_pb2_grpc import AgreementServiceStub
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.interactions_pb2_grpc import InteractionServiceStub
from hearthline.customers.v1.network_pb2_grpc import NetworkServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.notifications.v1.notifications_pb2_grpc import NotificationServiceStub
from hearthline.operations.v1.operations_pb2 import GetProgressRequest, WaitUntilIdleRequest, WaitUntilIdleResponse
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from hearthline.surveys.v1.index_pb2_grpc import IndexServiceStub
from hearthline.surveys.v1.surveys_pb2_grpc import SurveyServiceStub
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceStub
from hearthline.workorders.v1.standards_pb2_grpc import StandardServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from servicekit.client import connect
from servicekit.times import from_timestamp

_PATIENCE = Duration(seconds=60)
_HURRY = Duration(seconds=5)
_DEADLINE_S = 70.0


class StillBusy(Exception):
    """The platform did not finish its background work in time; the message says what is left."""


class Platform:
    """Stubs of all services, called as `actor`."""

    def __init__(self, targets: Mapping[str, str], actor: str = "system/season") -> None:
        self._channels: dict[str, grpc.Channel] = {
            service: connect(target, actor, ("system", "agent", "supervisor")) for service, target in targets.items()
        }
        customers, workorders = self._channels["customers"], self._channels["workorders"]
        billing, surveys = self._channels["billing"], self._channels["surveys"]
        self.customers = CustomerServiceStub(customers)
        self.premises = PremisesServiceStub(customers)
        self.network = NetworkServiceStub(customers)
        self.cells = CellServiceStub(customers)
        self.agreements = AgreementServiceStub(customers)
        self.interactions = InteractionServiceStub(customers)
        self.tickets = TicketServiceStub(workorders)
        self.work_orders = WorkOrderServiceStub(workorders)
        self.crews = CrewServiceStub(workorders)
        self.standards = StandardServiceStub(workorders)
        self.sensors = SensorServiceStub(workorders)
        self.notifications = NotificationServiceStub(self._channels["notifications"])
        self.surveys = SurveyServiceStub(surveys)
        self.index = IndexServiceStub(surveys)
        self.complaints = ComplaintServiceStub(self._channels["complaints"])
        self.accounts = AccountServiceStub(billing)
        self.payments = PaymentServiceStub(billing)
        self.ledger = LedgerServiceStub(billing)
        self._operations = {service: OperationsServiceStub(channel) for service, channel in self._channels.items()}
        self._pool = ThreadPoolExecutor(len(self._channels), thread_name_prefix="progress")

    def channel(self, service: str) -> grpc.Channel:
        """The channel to one service."""
        return self._channels[service]

    def settle(self) -> None:
        """Waits until every service is idle, twice in a row with nothing committed in between."""
        before: list[int] | None = None
        while (commits := [answer.commits for answer in self._pool.map(self._wait, self._operations)]) != before:
            before = commits

    def hurry(self) -> None:
        """Has every service do now what it has to do, for a few seconds at most; new work may come meanwhile."""
        request = WaitUntilIdleRequest(timeout=_HURRY)
        calls = [stub.WaitUntilIdle.future(request, timeout=_DEADLINE_S) for stub in self._operations.values()]
        for call in calls:
            call.result()

    def settle_service(self, service: str) -> datetime | None:
        """Waits until one service is idle, and tells when its next timer is due."""
        return from_timestamp(self._wait(service).next_due_time)

    def close(self) -> None:
        """Lets the connections go."""
        self._pool.shutdown()
        for channel in self._channels.values():
            channel.close()

    def _wait(self, service: str) -> WaitUntilIdleResponse:
        answer = self._operations[service].WaitUntilIdle(WaitUntilIdleRequest(timeout=_PATIENCE), timeout=_DEADLINE_S)
        if not answer.idle:
            progress = self._operations[service].GetProgress(GetProgressRequest())
            raise StillBusy(f"{service} is not done after {_PATIENCE.ToSeconds()} s: {progress}")
        return answer


def pages(call: Callable[[Any], Any], request: Any) -> Iterator[Any]:
    """Every page of a list, one after the other."""
    while True:
        page = call(request)
        yield page
        if not page.next_page_token:
            return
        request.page_token = page.next_page_token


def trace_metadata(traceparent: str) -> tuple[tuple[str, str | bytes], ...]:
    """The metadata of a call that goes on with a trace; empty for none."""
    return (("traceparent", traceparent),) if traceparent else ()
