"""Premises and crews without coordinates, over gRPC and the database (W7)."""

from typing import Any

from hearthline.customers.v1 import events_pb2 as customers
from tests.support.running import Starter, fact
from tests.workorders.calls import Desk, crew

LEAK = {"commodity": "gas", "category": "leak", "severity": "major", "urgency": "emergency"}


def tell(desk: Desk, premises: str, cell: str, branch: str, whose: str = "", **where: Any) -> None:
    """Of premises, and of the crew of their cell."""
    path = ["networkNodes/st", f"networkNodes/{branch}", f"networkNodes/{premises}"]
    place = customers.PremisesRegistered(
        premises=f"premises/{premises}", cell=f"cells/{cell}", network_path=path, area="urban", **where
    )
    crew_name = f"crews/{whose}" if whose else ""
    assigned = customers.CellAssigned(cell=f"cells/{cell}", crew=crew_name)
    desk.svc.deliver(
        [fact(place, "customers", place.premises), fact(assigned, "customers", assigned.cell)],
    )


def test_a_leak_without_coordinates_goes_to_the_crew_of_its_cell(start: Starter) -> None:
    desk = Desk(start, crews=0)
    desk.crews.CreateCrew(crew("a-far", latitude=42.5, longitude=124.9))
    desk.crews.CreateCrew(crew("z-own", latitude=43.88, longitude=125.32))
    tell(desk, "p7", "seven", "b7", whose="z-own")
    job = desk.job(premises="premises/p7", **LEAK)
    assert job.crew == "crews/z-own"
    assert "own crew, on shift" in str(job)
    assert "km" not in str(job)


def test_a_leak_without_coordinates_or_crew_goes_to_a_crew_of_its_branch(start: Starter) -> None:
    desk = Desk(start, crews=0)
    desk.crews.CreateCrew(crew("a-far", latitude=42.5, longitude=124.9))
    desk.crews.CreateCrew(crew("z-near", latitude=43.88, longitude=125.32))
    tell(desk, "p6", "six", "b6", whose="a-far", latitude=42.5, longitude=124.9)
    tell(desk, "p8", "eight", "b7", whose="z-near", latitude=43.88, longitude=125.32)
    tell(desk, "p7", "seven", "b7")
    job = desk.job(premises="premises/p7", **LEAK)
    assert job.crew == "crews/z-near"
    assert "a crew of the same branch" in str(job)
    assert "km" not in str(job)


def test_a_crew_without_coordinates_is_not_at_hand(start: Starter) -> None:
    desk = Desk(start, crews=0)
    desk.crews.CreateCrew(crew("a-lost"))
    tell(desk, "p7", "seven", "b7", latitude=43.88, longitude=125.32)
    alone = desk.job(premises="premises/p7", **LEAK)
    assert alone.crew == "crews/a-lost"
    assert "km" not in str(alone)
    desk.step("CancelWorkOrder", alone.name, reason="false alarm")
    desk.crews.CreateCrew(crew("z-known", latitude=43.9, longitude=125.3))
    job = desk.job(premises="premises/p7", **LEAK)
    assert job.crew == "crews/z-known"
    assert "km away" in str(job)
