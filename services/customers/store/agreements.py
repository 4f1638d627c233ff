"""Service points and agreements in the database."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select

from customers.domain.premises import Agreement
from customers.store.premises import premises_in
from customers.store.tables import agreements, service_points
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

AGREEMENTS = Listing(
    select(agreements),
    {
        "customer": agreements.c.customer_id,
        "premises": agreements.c.premises_id,
        "service_point": agreements.c.service_point_id,
        "commodity": agreements.c.commodity,
        "start_time": agreements.c.start_time,
        "end_time": agreements.c.end_time,
    },
    key=agreements.c.id,
    resource={"customer": "customers", "premises": "premises", "service_point": "servicePoints"},
    owners={
        "customer": agreements.c.customer_id,
        "cell": lambda ids: agreements.c.premises_id.in_(premises_in(ids)),
    },
)

SERVICE_POINTS = Listing(
    select(service_points),
    {
        "premises": service_points.c.premises_id,
        "commodity": service_points.c.commodity,
        "create_time": service_points.c.create_time,
    },
    key=service_points.c.id,
    resource={"premises": "premises"},
    owners={"cell": lambda ids: service_points.c.premises_id.in_(premises_in(ids))},
)


def agreement_of(row: AnyRow) -> Agreement:
    return Agreement(
        row.id,
        row.customer_id,
        row.premises_id,
        row.service_point_id,
        row.commodity,
        row.start_time,
        row.end_time,
        row.create_time,
        row.version,
    )


def get_agreement(uow: UnitOfWork, identifier: str) -> Agreement:
    row = uow.get(agreements, identifier)
    if row is None:
        raise NotFound(f"serviceAgreements/{identifier}")
    return agreement_of(row)


def known_agreements(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there."""
    return {row.id for row in uow.rows(select(agreements.c.id).where(agreements.c.id.in_(ids)))}


def agreements_at(uow: UnitOfWork, points: Collection[str]) -> Mapping[str, list[Agreement]]:
    """All agreements of these service points, by service point."""
    found: dict[str, list[Agreement]] = defaultdict(list)
    for row in uow.rows(select(agreements).where(agreements.c.service_point_id.in_(points))):
        found[row.service_point_id].append(agreement_of(row))
    return found


def add_agreement(uow: UnitOfWork, agreement: Agreement) -> None:
    point = {
        "id": agreement.service_point_id,
        "premises_id": agreement.premises_id,
        "commodity": agreement.commodity,
        "create_time": agreement.create_time,
    }
    uow.upsert(service_points, point, key=["id"])
    row = {
        "id": agreement.id,
        "customer_id": agreement.customer_id,
        "premises_id": agreement.premises_id,
        "service_point_id": agreement.service_point_id,
        "commodity": agreement.commodity,
        "start_time": agreement.start_time,
        "end_time": agreement.end_time,
        "create_time": agreement.create_time,
        "version": agreement.version,
    }
    uow.insert(agreements, row)


def end_agreement(uow: UnitOfWork, agreement: Agreement) -> None:
    uow.update(agreements, {"id": agreement.id}, {"end_time": agreement.end_time}, version=agreement.version - 1)


def running_agreement(uow: UnitOfWork, customer_id: str) -> str:
    """Id of an agreement of the customer that has not ended; empty when there is none."""
    c = agreements.c
    running = select(c.id).where(c.customer_id == customer_id, c.end_time.is_(None) | (c.end_time > uow.now))
    row = uow.row(running.limit(1))
    return row.id if row else ""
