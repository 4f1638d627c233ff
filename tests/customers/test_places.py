"""Network, premises, cells and agreements over gRPC and PostgreSQL (C1, C5)."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import grpc
import pytest

from hearthline.customers.v1 import (
    agreements_pb2,
    cells_pb2,
    customers_pb2,
    network_pb2,
    premises_pb2,
)
from hearthline.customers.v1.batches_pb2 import BatchOutcome
from servicekit.times import to_timestamp
from tests.customers.calls import Desk, open_desk, person, refusal
from tests.support.running import MORNING, Starter

Node = network_pb2.NetworkNode


def node(identifier: str, kind: Node.Kind.ValueType, parent: str = "") -> network_pb2.CreateNetworkNodeRequest:
    full = f"networkNodes/{parent}" if parent else ""
    return network_pb2.CreateNetworkNodeRequest(
        network_node_id=identifier, network_node=Node(kind=kind, display_name=identifier, parent=full)
    )


def build_tree(desk: Desk) -> None:
    tree = [
        node("st", Node.KIND_STATION),
        node("br1", Node.KIND_BRANCH, "st"),
        node("br2", Node.KIND_BRANCH, "st"),
        node("bd", Node.KIND_BUILDING, "br1"),
        node("un", Node.KIND_UNIT, "bd"),
    ]
    outcomes = desk.network.BatchCreateNetworkNodes(network_pb2.BatchCreateNetworkNodesRequest(requests=tree)).outcomes
    assert {o.result for o in outcomes} == {BatchOutcome.RESULT_CREATED}


def place(identifier: str, node: str = "", cell: str = "") -> premises_pb2.CreatePremisesRequest:
    premises = premises_pb2.Premises(
        address=f"人民大街 {identifier}",
        network_node=f"networkNodes/{node}" if node else "",
        latitude=43.9,
        longitude=125.3,
    )
    premises.cell = f"cells/{cell}" if cell else ""
    return premises_pb2.CreatePremisesRequest(premises_id=identifier, premises=premises)


def agreement(identifier: str, customer: str = "c1", **more: object) -> agreements_pb2.StartServiceAgreementRequest:
    return agreements_pb2.StartServiceAgreementRequest(
        service_agreement_id=identifier,
        customer=f"customers/{customer}",
        premises="premises/p1",
        commodity="heat",
        **more,  # type: ignore[arg-type]
    )


def test_a_moved_branch_takes_its_premises_along(start: Starter) -> None:
    desk = open_desk(start)
    build_tree(desk)
    desk.premises.CreatePremises(place("p1", "un"))
    moved = desk.network.MoveNetworkNode(
        network_pb2.MoveNetworkNodeRequest(name="networkNodes/bd", parent="networkNodes/br2")
    )
    assert list(moved.path) == ["networkNodes/st", "networkNodes/br2", "networkNodes/bd"]
    after = desk.premises.GetPremises(premises_pb2.GetPremisesRequest(name="premises/p1"))
    assert list(after.network_path)[1:] == ["networkNodes/br2", "networkNodes/bd", "networkNodes/un"]
    for branch, count in (("br1", 0), ("br2", 1)):
        request = network_pb2.ListAffectedPremisesRequest(name=f"networkNodes/{branch}")
        assert len(desk.network.ListAffectedPremises(request).premises) == count


@pytest.mark.parametrize(("name", "parent"), [("st", "br1"), ("br1", "bd"), ("bd", "bd"), ("bd", "nowhere")])
def test_a_node_hangs_only_where_its_kind_may(start: Starter, name: str, parent: str) -> None:
    desk = open_desk(start)
    build_tree(desk)
    with pytest.raises(grpc.RpcError) as refused:
        desk.network.MoveNetworkNode(
            network_pb2.MoveNetworkNodeRequest(name=f"networkNodes/{name}", parent=f"networkNodes/{parent}")
        )
    assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_premises_need_a_known_node_and_cell(start: Starter) -> None:
    desk = open_desk(start)
    for request, field in ((place("p1", "nowhere"), "network_node"), (place("p1", "", "nowhere"), "cell")):
        with pytest.raises(grpc.RpcError) as refused:
            desk.premises.CreatePremises(request)
        code, text = refusal(refused.value)
        assert (code, field in text) == (grpc.StatusCode.INVALID_ARGUMENT, True)


def test_a_cell_gets_another_crew(start: Starter) -> None:
    desk = open_desk(start)
    cell = cells_pb2.Cell(display_name="一号网格", account_manager="staff/7", crew="crews/a")
    created = desk.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id="cell-1", cell=cell))
    request = cells_pb2.UpdateCellRequest(cell=cells_pb2.Cell(name=created.name, crew="crews/b"))
    request.update_mask.paths.append("crew")
    updated = desk.cells.UpdateCell(request)
    assert (updated.crew, updated.display_name) == ("crews/b", "一号网格")
    with pytest.raises(grpc.RpcError) as refused:
        desk.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id="cell-1", cell=cell))
    assert refusal(refused.value)[0] is grpc.StatusCode.ALREADY_EXISTS


def test_one_agreement_at_a_time(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.customers.CreateCustomer(person("c2", phone="13900139000"))
    desk.premises.CreatePremises(place("p1"))
    begin = MORNING - timedelta(days=30)
    desk.agreements.StartServiceAgreement(agreement("a1", start_time=to_timestamp(begin)))
    with pytest.raises(grpc.RpcError) as refused:
        desk.agreements.StartServiceAgreement(agreement("a2", "c2"))
    assert "start_time" in refusal(refused.value)[1]
    end = agreements_pb2.EndServiceAgreementRequest(name="serviceAgreements/a1")
    assert desk.agreements.EndServiceAgreement(end).end_time.ToDatetime(tzinfo=MORNING.tzinfo) == MORNING
    second = desk.agreements.StartServiceAgreement(agreement("a2", "c2"))
    listed = desk.agreements.ListServiceAgreements(
        agreements_pb2.ListServiceAgreementsRequest(filter='premises = "premises/p1"')
    )
    assert [a.customer for a in listed.service_agreements] == ["customers/c1", "customers/c2"]
    assert {a.service_point for a in listed.service_agreements} == {second.service_point}
    with pytest.raises(grpc.RpcError) as refused:
        desk.agreements.EndServiceAgreement(end)
    assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION


def test_customers_are_found_by_where_they_live(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.customers.CreateCustomer(person("c2", phone="13900139000"))
    desk.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id="g7", cell=cells_pb2.Cell(display_name="七号网格")))
    desk.premises.CreatePremises(place("p1", cell="g7"))
    desk.agreements.StartServiceAgreement(agreement("a1"))
    search_for = customers_pb2.SearchCustomersRequest
    searches = (
        search_for(cell="cells/g7"),
        search_for(address_query="人民大街 P1"),
        search_for(cell="cells/g7", name_query="王伟"),
    )
    for search in searches:
        found = desk.customers.SearchCustomers(search).customers
        assert [c.name for c in found] == ["customers/c1"], search
    assert not desk.customers.SearchCustomers(search_for(address_query="大街%1")).customers


def test_of_many_who_move_in_at_once_one_does(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.premises.CreatePremises(place("p1"))

    def move_in(number: int) -> grpc.StatusCode:
        return desk.agreements.StartServiceAgreement.future(agreement(f"a{number}")).code()

    with ThreadPoolExecutor(8) as callers:
        answers = Counter(callers.map(move_in, range(16)))
    assert answers.pop(grpc.StatusCode.OK) == 1
    assert set(answers) <= {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.ALREADY_EXISTS}


def test_an_end_before_the_start_is_refused(start: Starter) -> None:
    desk = open_desk(start)
    desk.customers.CreateCustomer(person("c1"))
    desk.premises.CreatePremises(place("p1"))
    desk.agreements.StartServiceAgreement(agreement("a1"))
    for wrong in (MORNING - timedelta(days=1), MORNING.replace(year=1950)):
        with pytest.raises(grpc.RpcError) as refused:
            desk.agreements.EndServiceAgreement(
                agreements_pb2.EndServiceAgreementRequest(name="serviceAgreements/a1", end_time=to_timestamp(wrong))
            )
        assert "end_time" in refusal(refused.value)[1]


def test_history_is_stored_once_and_summed(start: Starter) -> None:
    desk = open_desk(start)
    desk.premises.BatchCreatePremises(premises_pb2.BatchCreatePremisesRequest(requests=[place("p1"), place("p2")]))
    rows = [
        premises_pb2.PremisesHistory(premises=f"premises/{p}", year=year, kind="heat_complaints", count=count)
        for p, year, count in (("p1", 2020, 3), ("p1", 2021, 4), ("p2", 2020, 10), ("p9", 2020, 1))
    ]
    request = premises_pb2.BatchRecordPremisesHistoryRequest(entries=rows)
    assert [o.result for o in desk.premises.BatchRecordPremisesHistory(request).outcomes] == [1, 1, 1, 3]
    assert [o.result for o in desk.premises.BatchRecordPremisesHistory(request).outcomes] == [2, 2, 2, 3]
    totals = desk.premises.GetPremisesHistoryTotals(
        premises_pb2.GetPremisesHistoryTotalsRequest(kind="heat_complaints")
    )
    assert [(y.year, y.premises_count, y.total) for y in totals.years] == [(2020, 2, 13), (2021, 1, 4)]
    listed = desk.premises.ListPremisesHistory(premises_pb2.ListPremisesHistoryRequest(page_size=2))
    assert len(listed.entries) == 2
    assert listed.next_page_token
