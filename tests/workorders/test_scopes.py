"""Crews see and move the jobs they were given, account managers see their cells, and nobody more (P4)."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import pytest

from hearthline.workorders.v1 import crews_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.crews_pb2_grpc import CrewServiceStub
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline.workorders.v1.work_orders_pb2_grpc import WorkOrderServiceStub
from tests.support.identities import Guarded, refused
from tests.support.running import Starter
from tests.workorders.calls import Desk
from workorders.bootstrap import service

OUTSIDE = grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"


class District:
    """One job that crew-1 was given in cell one, and callers with tokens."""

    def __init__(self, start: Starter, folder: Path) -> None:
        self.desk = Desk(start)
        self.job = self.desk.job()
        assert (self.job.crew, self.job.cell) == ("crews/crew-1", "cells/one")
        self.guarded = Guarded(start, service, self.desk.svc, folder)

    def crew(self, *crews: str) -> grpc.Channel:
        return self.guarded.channel("staff/2", "crew", crews=list(crews))

    def manager(self, **own: list[str]) -> grpc.Channel:
        return self.guarded.channel("staff/3", "account_manager", **own)


@pytest.fixture
def district(start: Starter, tmp_path: Path) -> District:
    return District(start, tmp_path)


def acknowledge(channel: grpc.Channel, job: Any, **more: str) -> Any:
    request = work_orders_pb2.AcknowledgeWorkOrderRequest(name=job.name, **more)
    return WorkOrderServiceStub(channel).AcknowledgeWorkOrder(request)


def orders(channel: grpc.Channel, filter: str = "") -> list[str]:
    request = work_orders_pb2.ListWorkOrdersRequest(filter=filter)
    return [order.name for order in WorkOrderServiceStub(channel).ListWorkOrders(request).work_orders]


def tickets(channel: grpc.Channel) -> list[str]:
    return [t.name for t in TicketServiceStub(channel).ListTickets(tickets_pb2.ListTicketsRequest()).tickets]


def test_a_crew_works_on_its_own_job(district: District) -> None:
    crew = district.crew("crews/crew-1")
    assert acknowledge(crew, district.job).state == work_orders_pb2.WorkOrder.STATE_ACKNOWLEDGED
    assert orders(crew) == [district.job.name]
    assert tickets(crew) == list(district.job.tickets)
    for name in district.job.tickets:
        assert TicketServiceStub(crew).GetTicket(tickets_pb2.GetTicketRequest(name=name)).name == name


@pytest.mark.parametrize("own", [[], ["crews/crew-0"]])
def test_a_crew_neither_sees_nor_moves_the_job_of_another(district: District, own: list[str]) -> None:
    crew = district.crew(*own)
    for call in (
        lambda: acknowledge(crew, district.job),
        lambda: WorkOrderServiceStub(crew).GetWorkOrder(work_orders_pb2.GetWorkOrderRequest(name=district.job.name)),
        lambda: TicketServiceStub(crew).GetTicket(tickets_pb2.GetTicketRequest(name=district.job.tickets[0])),
        lambda: CrewServiceStub(crew).GetCrew(crews_pb2.GetCrewRequest(name="crews/crew-1")),
    ):
        with pytest.raises(grpc.RpcError) as error:
            call()
        assert refused(error.value) == OUTSIDE
    assert district.desk.get(district.job.name).state == work_orders_pb2.WorkOrder.STATE_DISPATCHED
    assert orders(crew) == tickets(crew) == []


def test_a_filter_reaches_no_further_than_its_caller(district: District) -> None:
    assert orders(district.crew("crews/crew-0"), 'crew = "crews/crew-1"') == []
    assert orders(district.crew("crews/crew-1"), 'crew = "crews/crew-1"') == [district.job.name]


def test_a_crew_does_not_learn_whether_a_job_exists(district: District) -> None:
    stub = WorkOrderServiceStub(district.crew("crews/crew-0"))
    said = []
    for name in (district.job.name, f"workOrders/{uuid4()}"):
        with pytest.raises(grpc.RpcError) as error:
            stub.GetWorkOrder(work_orders_pb2.GetWorkOrderRequest(name=name))
        said.append((error.value.code(), (error.value.details() or "").replace(name, "…")))
    assert said[0] == said[1]


def test_a_crew_sees_itself_among_crews(district: District) -> None:
    found = CrewServiceStub(district.crew("crews/crew-1")).ListCrews(crews_pb2.ListCrewsRequest()).crews
    assert [crew.name for crew in found] == ["crews/crew-1"]


@pytest.mark.parametrize(
    ("own", "sees"),
    [
        ({"cells": ["cells/one"]}, True),
        ({"cells": ["cells/two"]}, False),
        ({"customers": ["customers/c1"]}, True),
        ({"customers": ["customers/c2"]}, False),
        ({"crews": ["crews/crew-1"]}, False),
    ],
)
def test_an_account_manager_sees_tickets_of_own_cells_and_customers(
    district: District, own: dict[str, list[str]], sees: bool
) -> None:
    manager = district.manager(**own)
    (name,) = district.job.tickets
    assert tickets(manager) == ([name] if sees else [])
    if not sees:
        with pytest.raises(grpc.RpcError) as error:
            TicketServiceStub(manager).GetTicket(tickets_pb2.GetTicketRequest(name=name))
        assert refused(error.value) == OUTSIDE


@pytest.mark.parametrize(("cell", "sees"), [("cells/one", True), ("cells/two", False)])
def test_an_account_manager_sees_jobs_of_own_cells(district: District, cell: str, sees: bool) -> None:
    assert orders(district.manager(cells=[cell])) == ([district.job.name] if sees else [])


def test_several_roles_reach_as_far_as_the_widest(district: District) -> None:
    both = district.guarded.channel("staff/4", "crew", "dispatcher", crews=["crews/crew-0"])
    assert orders(both) == [district.job.name]
    assert acknowledge(both, district.job).crew == "crews/crew-1"


def test_an_answer_is_given_again_to_its_caller_even_when_the_job_has_gone_elsewhere(district: District) -> None:
    crew, request_id = district.crew("crews/crew-1"), str(uuid4())
    first = acknowledge(crew, district.job, request_id=request_id)
    district.desk.step("DispatchWorkOrder", district.job.name, crew="crews/crew-0", reason="nearer")
    assert acknowledge(crew, district.job, request_id=request_id) == first


def test_an_answer_is_not_given_to_another_who_knows_its_request_id(district: District) -> None:
    request_id = str(uuid4())
    acknowledge(district.crew("crews/crew-1"), district.job, request_id=request_id)
    thief = district.guarded.channel("staff/9", "crew", crews=["crews/crew-0"])
    with pytest.raises(grpc.RpcError) as error:
        acknowledge(thief, district.job, request_id=request_id)
    assert error.value.code() in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.INVALID_ARGUMENT)
