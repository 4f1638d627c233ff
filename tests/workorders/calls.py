"""A running workorders service that knows a district, with stubs and the requests that tests make."""

from typing import Any

import grpc

from hearthline.customers.v1 import events_pb2 as customers
from hearthline.workorders.v1 import crews_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.incidents_pb2_grpc import IncidentServiceStub
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceStub
from hearthline.workorders.v1.standards_pb2_grpc import StandardServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from servicekit.eventlog import Record
from tests.support.running import Starter, fact
from workorders.bootstrap import service

WorkOrder = work_orders_pb2.WorkOrder


class Desk:
    """Stubs of all servicers of one running service that knows two crews, two premises and a customer."""

    def __init__(self, start: Starter, work: bool = True, crews: int = 2) -> None:
        self.start = start
        self.svc = start(service, work=work)
        channel = self.svc.channel
        self.tickets = TicketServiceStub(channel)
        self.incidents = IncidentServiceStub(channel)
        self.orders = WorkOrderServiceStub(channel)
        self.crews = CrewServiceStub(channel)
        self.standards = StandardServiceStub(channel)
        self.sensors = SensorServiceStub(channel)
        self.svc.deliver(district())
        for number in range(crews):
            self.crews.CreateCrew(crew(f"crew-{number}"))

    def report(self, **values: Any) -> tickets_pb2.Ticket:
        """A ticket, taken in."""
        ticket: tickets_pb2.Ticket = self.tickets.CreateTicket(report(**values))
        return ticket

    def job(self, **values: Any) -> WorkOrder:
        """The job that a new ticket led to."""
        ticket = self.report(**values)
        self.svc.settle()
        incident = self.tickets.GetTicket(tickets_pb2.GetTicketRequest(name=ticket.name)).incident
        found = self.orders.ListWorkOrders(work_orders_pb2.ListWorkOrdersRequest(filter=f'incident = "{incident}"'))
        job: WorkOrder = found.work_orders[0]
        return job

    def get(self, name: str) -> WorkOrder:
        """A job as it is now."""
        job: WorkOrder = self.orders.GetWorkOrder(work_orders_pb2.GetWorkOrderRequest(name=name))
        return job

    def step(self, verb: str, name: str, **values: Any) -> WorkOrder:
        """Calls e.g. `AcknowledgeWorkOrder`."""
        request = getattr(work_orders_pb2, f"{verb}Request")(name=name, **values)
        job: WorkOrder = getattr(self.orders, verb)(request)
        return job

    def to_progress(self, name: str) -> WorkOrder:
        """From dispatched until work goes on."""
        self.step("AcknowledgeWorkOrder", name)
        self.step("StartWorkOrderTravel", name)
        self.step("ArriveWorkOrder", name, note="三单元门口")
        return self.step("StartWorkOrder", name)

    def complete(self, name: str, **values: Any) -> WorkOrder:
        """Done, with all that is required."""
        given = {"cause": "阀门坏", "resolution": "换阀门", "no_signature_reason": "nobody home", **values}
        return self.step("CompleteWorkOrder", name, **given)


def report(**values: Any) -> tickets_pb2.CreateTicketRequest:
    return tickets_pb2.CreateTicketRequest(
        **{
            "customer": "customers/c1",
            "premises": "premises/p1",
            "commodity": "heat",
            "category": "no_heat",
            "severity": "medium",
            "urgency": "urgent",
            "channel": "hotline",
            "summary": "暖气不热",
            **values,
        }
    )


def crew(identifier: str, **values: Any) -> crews_pb2.CreateCrewRequest:
    shifts = [crews_pb2.Shift(weekday=day, start_minute=0, end_minute=1440) for day in range(1, 8)]
    given = {"display_name": identifier, "skills": ["heat", "gas"], "shifts": shifts, "max_load": 5, **values}
    return crews_pb2.CreateCrewRequest(crew_id=identifier, crew=crews_pb2.Crew(**given))


def district() -> list[Record]:
    """Customers' facts about two premises on one branch, their cell, and who lives there."""
    path = ["networkNodes/st", "networkNodes/br", "networkNodes/bd"]
    places = [
        fact(
            customers.PremisesRegistered(premises=f"premises/p{n}", cell="cells/one", network_path=path, area="urban"),
            "customers",
            f"premises/p{n}",
        )
        for n in (1, 2)
    ]
    cell = fact(customers.CellAssigned(cell="cells/one", crew="crews/crew-1"), "customers", "cells/one")
    people = [
        fact(customers.CustomerRegistered(customer=f"customers/c{n}"), "customers", f"customers/c{n}") for n in (1, 2)
    ]
    return [*places, cell, *people]


def refusal(error: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Code and text of a refused call."""
    return error.code(), error.details() or ""
