"""Account managers look after the customers of their cells, and after some by name (P4, C5)."""

from pathlib import Path
from typing import Any

import grpc
import pytest

from customers.bootstrap import service
from hearthline.customers.v1 import agreements_pb2, cells_pb2, customers_pb2, interactions_pb2, premises_pb2
from tests.customers.calls import Desk, open_desk, person
from tests.support.identities import Guarded, answer
from tests.support.running import Starter

OUTSIDE = grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"
PHONE = "13800138000"


class Town:
    """Two cells with one customer each, who share a phone, a third customer who lives nowhere, and callers."""

    def __init__(self, start: Starter, folder: Path) -> None:
        desk = open_desk(start)
        for cell in ("east", "west"):
            desk.cells.CreateCell(cells_pb2.CreateCellRequest(cell_id=cell, cell=cells_pb2.Cell(display_name=cell)))
            place = premises_pb2.Premises(address=f"{cell} 1", cell=f"cells/{cell}")
            desk.premises.CreatePremises(premises_pb2.CreatePremisesRequest(premises_id=cell, premises=place))
            desk.customers.CreateCustomer(person(cell, phone=PHONE))
            desk.agreements.StartServiceAgreement(
                agreements_pb2.StartServiceAgreementRequest(
                    service_agreement_id=cell,
                    customer=f"customers/{cell}",
                    premises=f"premises/{cell}",
                    commodity="heat",
                )
            )
            desk.interactions.RecordInteraction(visit(f"customers/{cell}"))
        desk.customers.CreateCustomer(person("nowhere", phone="13900139000"))
        self.guarded = Guarded(start, service, desk.svc, folder)

    def manager(self, **own: list[str]) -> Desk:
        return self.caller("account_manager", **own)

    def caller(self, role: str, **own: list[str]) -> Desk:
        svc = self.guarded.running
        svc.channel = self.guarded.channel("staff/1", role, **own)
        return Desk(svc)


@pytest.fixture
def town(start: Starter, tmp_path: Path) -> Town:
    return Town(start, tmp_path)


def visit(customer: str) -> interactions_pb2.RecordInteractionRequest:
    return interactions_pb2.RecordInteractionRequest(
        customer=customer, channel="visit", agent="staff/1", summary="visited"
    )


def seen(desk: Desk) -> dict[str, list[str]]:
    """The names in every list, and in every search that would find both cells."""
    found = desk.customers
    return {
        "customers": names(found.ListCustomers(customers_pb2.ListCustomersRequest()).customers),
        "search": names(found.SearchCustomers(customers_pb2.SearchCustomersRequest(phone_query=PHONE)).customers),
        "contact": names(
            found.FindCustomersByContact(customers_pb2.FindCustomersByContactRequest(address=PHONE)).customers
        ),
        "premises": names(desk.premises.ListPremises(premises_pb2.ListPremisesRequest()).premises),
        "addresses": names(desk.premises.SearchPremises(premises_pb2.SearchPremisesRequest(query="1")).premises),
        "cells": names(desk.cells.ListCells(cells_pb2.ListCellsRequest()).cells),
        "agreements": names(
            desk.agreements.ListServiceAgreements(agreements_pb2.ListServiceAgreementsRequest()).service_agreements
        ),
        "interactions": [
            i.customer
            for i in desk.interactions.ListInteractions(interactions_pb2.ListInteractionsRequest()).interactions
        ],
    }


def names(resources: Any) -> list[str]:
    return [resource.name for resource in resources]


def test_the_manager_of_a_cell_sees_it_and_nothing_else(town: Town) -> None:
    east = ["customers/east"]
    assert seen(town.manager(cells=["cells/east"])) == {
        "customers": east, "search": east, "contact": east, "premises": ["premises/east"],
        "addresses": ["premises/east"], "cells": ["cells/east"], "agreements": ["serviceAgreements/east"],
        "interactions": east,
    }  # fmt: skip


def test_the_manager_of_customers_sees_them_and_no_place(town: Town) -> None:
    west = ["customers/west"]
    assert seen(town.manager(customers=west)) == {
        "customers": west, "search": west, "contact": west, "premises": [], "addresses": [], "cells": [],
        "agreements": ["serviceAgreements/west"], "interactions": west,
    }  # fmt: skip


def test_a_manager_of_nothing_sees_nothing(town: Town) -> None:
    assert {name for found in seen(town.manager()).values() for name in found} == set()


def test_an_agents_lists_have_no_limit(town: Town) -> None:
    assert len(seen(town.caller("agent"))["customers"]) == 3


@pytest.mark.parametrize("own", [{"cells": ["cells/east"]}, {"customers": ["customers/east"]}])
def test_a_manager_reads_and_changes_own_customers_alone(town: Town, own: dict[str, list[str]]) -> None:
    desk = town.manager(**own)
    for name, is_own in (("customers/east", True), ("customers/west", False), ("customers/nowhere", False)):
        changed = customers_pb2.UpdateCustomerRequest(customer=customers_pb2.Customer(name=name, display_name="李"))
        changed.update_mask.paths.append("display_name")
        calls = (
            lambda name=name: desk.customers.GetCustomer(customers_pb2.GetCustomerRequest(name=name)),
            lambda name=name: desk.customers.ListTimelineEntries(customers_pb2.ListTimelineEntriesRequest(parent=name)),
            lambda changed=changed: desk.customers.UpdateCustomer(changed),
            lambda name=name: desk.interactions.RecordInteraction(visit(name)),
        )
        assert [answer(call) for call in calls] == [None if is_own else OUTSIDE] * len(calls), name


def test_an_unknown_callers_visit_is_nobodys_own(town: Town) -> None:
    assert answer(lambda: town.manager(cells=["cells/east"]).interactions.RecordInteraction(visit(""))) == OUTSIDE


@pytest.mark.parametrize(("cell", "refusal"), [("cells/east", None), ("cells/west", OUTSIDE)])
def test_a_crew_sees_the_places_of_its_cells(town: Town, cell: str, refusal: object) -> None:
    desk = town.caller("crew", cells=[cell])
    assert answer(lambda: desk.premises.GetPremises(premises_pb2.GetPremisesRequest(name="premises/east"))) == refusal
    assert answer(lambda: desk.cells.GetCell(cells_pb2.GetCellRequest(name="cells/east"))) == refusal
