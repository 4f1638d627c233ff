"""Premises and their history in the database."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from customers.domain.premises import Area, Premises
from customers.store.tables import premises, premises_history
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork


def premises_in(cell_ids: Collection[str]) -> Select[tuple[str]]:
    """Ids of the premises in these cells."""
    return select(premises.c.id).where(premises.c.cell_id.in_(cell_ids))


PREMISES = Listing(
    select(premises),
    {
        "cell": premises.c.cell_id,
        "network_node": premises.c.network_node_id,
        "area": premises.c.area,
        "create_time": premises.c.create_time,
        "update_time": premises.c.update_time,
    },
    key=premises.c.id,
    resource={"cell": "cells", "network_node": "networkNodes"},
    enums={"area": Area},
    owners={"cell": premises.c.cell_id},
)

HISTORY = Listing(
    select(premises_history),
    {
        "premises": premises_history.c.premises_id,
        "year": premises_history.c.year,
        "kind": premises_history.c.kind,
        "count": premises_history.c.count,
    },
    key=func.concat(premises_history.c.premises_id, "/", premises_history.c.year, "/", premises_history.c.kind),
    resource={"premises": "premises"},
    owners={"cell": lambda ids: premises_history.c.premises_id.in_(premises_in(ids))},
)


def premises_of(row: AnyRow) -> Premises:
    return Premises(
        row.id,
        row.address,
        tuple(row.network_path),
        row.cell_id,
        row.latitude,
        row.longitude,
        Area(row.area),
        row.create_time,
        row.update_time,
        row.version,
    )


def _columns(place: Premises) -> dict[str, Any]:
    return {
        "address": place.address,
        "network_node_id": place.network_path[-1] if place.network_path else None,
        "network_path": list(place.network_path),
        "cell_id": place.cell_id,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "area": place.area,
        "update_time": place.update_time,
    }


def get_premises(uow: UnitOfWork, identifier: str) -> Premises:
    row = uow.get(premises, identifier)
    if row is None:
        raise NotFound(f"premises/{identifier}")
    return premises_of(row)


def add_premises(uow: UnitOfWork, place: Premises) -> None:
    key = {"id": place.id, "create_time": place.create_time, "version": place.version}
    uow.insert(premises, {**key, **_columns(place)})


def change_premises(uow: UnitOfWork, place: Premises) -> None:
    uow.update(premises, {"id": place.id}, _columns(place), version=place.version - 1)


def known_premises(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there."""
    return {row.id for row in uow.rows(select(premises.c.id).where(premises.c.id.in_(ids)))} if ids else set()


def premises_below(uow: UnitOfWork, node_id: str) -> list[Premises]:
    """All that a node feeds."""
    query = select(premises).where(premises.c.network_path.contains([node_id])).order_by(premises.c.id)
    return [premises_of(row) for row in uow.rows(query)]


def history_known(uow: UnitOfWork, ids: Collection[str]) -> dict[tuple[str, int, str], int]:
    """The counts of the history that these premises have, by (premises, year, kind)."""
    query = select(premises_history).where(premises_history.c.premises_id.in_(ids))
    return {(row.premises_id, row.year, row.kind): row._mapping["count"] for row in uow.rows(query)}


def history_totals(uow: UnitOfWork, kind: str) -> Sequence[AnyRow]:
    """(year, premises_count, total) by year."""
    table = premises_history
    columns = (table.c.year, func.count().label("premises_count"), func.sum(table.c.count).label("total"))
    return uow.rows(select(*columns).where(table.c.kind == kind).group_by(table.c.year).order_by(table.c.year))
