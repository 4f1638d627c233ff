"""`hearthline walk`: one repair through a running platform, to see that all of it works together."""

import time
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import grpc
import typer

from hearthline.customers.v1 import cells_pb2, customers_pb2, premises_pb2
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1 import crews_pb2, tickets_pb2
from hearthline.workorders.v1 import work_orders_pb2 as orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from hearthline_cli.laptop import PORTS
from servicekit.client import connect

_ACTOR, _ROLES = "system/walk", ("system", "agent", "supervisor")
_LOOK_S = 0.5


class WalkError(Exception):
    """The walk did not come to its end; the message says where it stopped."""


def walk(
    customers: Annotated[str, typer.Option(help="host:port")] = f"127.0.0.1:{PORTS['customers']}",
    workorders: Annotated[str, typer.Option(help="host:port")] = f"127.0.0.1:{PORTS['workorders']}",
    patience: Annotated[float, typer.Option(min=1, help="seconds to wait for what comes by events")] = 60,
    tls: Annotated[
        Path | None, typer.Option(envvar="HEARTHLINE_CALLER_TLS", help="folder with ca.crt, tls.crt, tls.key")
    ] = None,
) -> None:
    """Walk one repair: a call comes in, a crew goes and mends, the customer's timeline tells it.

    Its customer, crew and fault are new and its own, so nobody is sent and nobody is written to.
    """
    channels = connect(customers, _ACTOR, _ROLES, tls), connect(workorders, _ACTOR, _ROLES, tls)
    with channels[0] as to_customers, channels[1] as to_workorders:
        try:
            _Walk(to_customers, to_workorders, patience).go()
        except grpc.RpcError as error:
            typer.echo(f"walk: {error.code().name}: {error.details()}", err=True)
            raise typer.Exit(1) from error
        except WalkError as error:
            typer.echo(f"walk: {error}", err=True)
            raise typer.Exit(1) from error


class _Walk:
    def __init__(self, customers: grpc.Channel, workorders: grpc.Channel, patience: float) -> None:
        self._customers = customers
        self._workorders = workorders
        self._patience = patience
        self._id = f"walk-{uuid4().hex[:12]}"
        # Its own kind of fault: no other ticket can reach its crew, and no other crew its ticket.
        self._fault = self._id.replace("-", "_")

    def go(self) -> None:
        """The whole way, a line for each step."""
        self._prepare()
        ticket = self._call()
        typer.echo(f"{ticket.name}: taken in")
        order = self._sent_order(ticket.incident)
        typer.echo(f"{order.name}: given to {order.crew}")
        self._repair(order.name)
        typer.echo(f"{order.name}: mended and closed")
        typer.echo(f"customers/{self._id}: timeline tells {', '.join(self._told())}")

    def _prepare(self) -> None:
        shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
        crew = crews_pb2.Crew(display_name=self._id, skills=[f"heat/{self._fault}"], shifts=shifts, max_load=1)
        CrewServiceStub(self._workorders).CreateCrew(crews_pb2.CreateCrewRequest(crew_id=self._id, crew=crew))
        cell = cells_pb2.Cell(display_name=self._id, crew=f"crews/{self._id}")
        CellServiceStub(self._customers).CreateCell(cells_pb2.CreateCellRequest(cell_id=self._id, cell=cell))
        home = premises_pb2.Premises(address=self._id, cell=f"cells/{self._id}")
        place = premises_pb2.CreatePremisesRequest(premises_id=self._id, premises=home)
        PremisesServiceStub(self._customers).CreatePremises(place)
        person = customers_pb2.Customer(
            display_name=self._id,
            kind=customers_pb2.Customer.KIND_PERSON,
            segment=customers_pb2.Customer.SEGMENT_RESIDENT,
        )
        request = customers_pb2.CreateCustomerRequest(customer_id=self._id, customer=person)
        CustomerServiceStub(self._customers).CreateCustomer(request)

    def _call(self) -> tickets_pb2.Ticket:
        request = tickets_pb2.CreateTicketRequest(
            customer=f"customers/{self._id}",
            premises=f"premises/{self._id}",
            commodity="heat",
            category=self._fault,
            severity="minor",
            urgency="urgent",
            channel="hotline",
            summary="a walk through the platform",
        )
        stub = TicketServiceStub(self._workorders)
        end = time.monotonic() + self._patience
        while True:
            try:
                return stub.CreateTicket(request)
            except grpc.RpcError as error:
                # Customers and premises come to workorders as events.
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
                _wait(end, f"{error.details()} for workorders: do the events of customers reach it?")

    def _sent_order(self, incident: str) -> orders_pb2.WorkOrder:
        stub = WorkOrderServiceStub(self._workorders)
        crew = f'crew = "crews/{self._id}"'
        end = time.monotonic() + self._patience
        while not (found := stub.ListWorkOrders(orders_pb2.ListWorkOrdersRequest(filter=crew)).work_orders):
            _wait(end, f"no crew was sent for {incident or 'the ticket'}: does `work` of workorders run?")
        return found[0]

    def _repair(self, name: str) -> None:
        stub = WorkOrderServiceStub(self._workorders)
        stub.AcknowledgeWorkOrder(orders_pb2.AcknowledgeWorkOrderRequest(name=name))
        stub.StartWorkOrderTravel(orders_pb2.StartWorkOrderTravelRequest(name=name))
        stub.ArriveWorkOrder(orders_pb2.ArriveWorkOrderRequest(name=name, note="walked"))
        stub.StartWorkOrder(orders_pb2.StartWorkOrderRequest(name=name))
        done = orders_pb2.CompleteWorkOrderRequest(
            name=name,
            cause="walk",
            resolution="walked",
            photos=["photos/before", "photos/after"],
            signature="signatures/walk",
        )
        stub.CompleteWorkOrder(done)
        stub.ConfirmWorkOrder(orders_pb2.ConfirmWorkOrderRequest(name=name, note="walked"))
        stub.CloseWorkOrder(orders_pb2.CloseWorkOrderRequest(name=name))

    def _told(self) -> list[str]:
        stub = CustomerServiceStub(self._customers)
        request = customers_pb2.ListTimelineEntriesRequest(parent=f"customers/{self._id}")
        end = time.monotonic() + self._patience
        while True:
            kinds = [entry.kind for entry in stub.ListTimelineEntries(request).timeline_entries]
            if "WorkOrderCompleted" in kinds:
                return sorted(set(kinds))
            _wait(end, f"the timeline tells only {', '.join(kinds) or 'nothing'}: do the events reach customers?")


def _wait(end: float, problem: str) -> None:
    if time.monotonic() > end:
        raise WalkError(problem)
    time.sleep(_LOOK_S)
