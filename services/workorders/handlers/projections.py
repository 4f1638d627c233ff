"""What is kept of customers' facts, so that nobody has to be asked at night; the newest version wins."""

from hearthline.customers.v1.events_pb2 import (
    CellAssigned,
    CustomerRegistered,
    CustomerUpdated,
    PremisesRegistered,
    PremisesUpdated,
)
from servicekit.cloudevents import Event
from servicekit.uow import UnitOfWork
from workorders.store.tables import cells, customers, premises


def keep_premises(uow: UnitOfWork, event: Event[PremisesRegistered | PremisesUpdated]) -> None:
    place = event.data
    row = {
        "id": _id(place.premises),
        "cell_id": _id(place.cell) or None,
        "network_path": [_id(node) for node in place.network_path],
        "latitude": place.latitude,
        "longitude": place.longitude,
        "area": place.area or "urban",
        "version": event.sequence,
    }
    uow.upsert(premises, row, key=["id"], newer="version")


def keep_cell(uow: UnitOfWork, event: Event[CellAssigned]) -> None:
    row = {"id": _id(event.data.cell), "crew_id": _id(event.data.crew) or None, "version": event.sequence}
    uow.upsert(cells, row, key=["id"], newer="version")


def keep_customer(uow: UnitOfWork, event: Event[CustomerRegistered | CustomerUpdated]) -> None:
    row = {"id": _id(event.data.customer), "segment": event.data.segment or "resident", "version": event.sequence}
    uow.upsert(customers, row, key=["id"], newer="version")


def _id(name: str) -> str:
    return name.partition("/")[2]
