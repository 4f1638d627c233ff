"""What is kept of customers' facts, so that nobody has to be asked at night; the newest version wins."""

from hearthline.customers.v1.events_pb2 import (
    CellAssigned,
    CustomerRegistered,
    CustomerUpdated,
    PremisesRegistered,
    PremisesUpdated,
    ServiceAgreementEnded,
    ServiceAgreementStarted,
)
from servicekit.cloudevents import Event
from servicekit.uow import UnitOfWork
from workorders.store.tables import agreements, cells, customers, premises


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


def keep_agreement(uow: UnitOfWork, event: Event[ServiceAgreementStarted | ServiceAgreementEnded]) -> None:
    agreement = event.data
    row = {
        "id": _id(agreement.service_agreement),
        "customer_id": _id(agreement.customer),
        "premises_id": _id(agreement.premises),
        "commodity": agreement.commodity,
        "is_running": isinstance(agreement, ServiceAgreementStarted),
        "version": event.sequence,
    }
    uow.upsert(agreements, row, key=["id"], newer="version")


def _id(name: str) -> str:
    return name.partition("/")[2]
