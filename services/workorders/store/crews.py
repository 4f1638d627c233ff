"""Crews in the database, and what is kept of premises, cells and customers."""

from typing import Any

from sqlalchemy import bindparam, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork
from workorders.domain.crew import Crew, Shift
from workorders.store.tables import cells, crews, customers, premises

CREWS = Listing(
    select(crews),
    {name: crews.c[name] for name in ("display_name", "on_call", "create_time", "update_time")},
    key=crews.c.id,
    owners={"crew": crews.c.id},
)


def crew_of(row: AnyRow) -> Crew:
    return Crew(
        row.id,
        row.display_name,
        frozenset(row.skills),
        tuple(Shift(*shift) for shift in row.shifts),
        row.on_call,
        row.latitude,
        row.longitude,
        row.max_load,
        row.create_time,
        row.update_time,
        row.version,
    )


def _columns(crew: Crew) -> dict[str, Any]:
    return {
        "display_name": crew.display_name,
        "skills": sorted(crew.skills),
        "shifts": [[s.weekday, s.start_minute, s.end_minute] for s in crew.shifts],
        "on_call": crew.on_call,
        "latitude": crew.latitude,
        "longitude": crew.longitude,
        "max_load": crew.max_load,
        "update_time": crew.update_time,
    }


def get_crew(uow: UnitOfWork, identifier: str) -> Crew:
    row = uow.get(crews, identifier)
    if row is None:
        raise NotFound(f"crews/{identifier}")
    return crew_of(row)


def add_crew(uow: UnitOfWork, crew: Crew) -> None:
    key = {"id": crew.id, "create_time": crew.create_time, "version": crew.version}
    uow.insert(crews, {**key, **_columns(crew)})


def change_crew(uow: UnitOfWork, crew: Crew) -> None:
    uow.update(crews, {"id": crew.id}, _columns(crew), version=crew.version - 1)


_PLACE = (
    select(
        premises,
        cells.c.crew_id,
        select(customers.c.segment).where(customers.c.id == bindparam("customer")).scalar_subquery().label("segment"),
    )
    .join_from(premises, cells, cells.c.id == premises.c.cell_id, isouter=True)
    .where(premises.c.id == bindparam("premises"))
)


def place_of(uow: UnitOfWork, premises_id: str, customer_id: str | None) -> AnyRow | None:
    """One row about premises: where they are, whose crew is theirs, and the customer's segment (NULL if unknown)."""
    return uow.row(_PLACE, {"premises": premises_id, "customer": customer_id or ""})


_BRANCH = (
    select(cells.c.crew_id)
    .distinct()
    .join_from(premises, cells, cells.c.id == premises.c.cell_id)
    .where(premises.c.network_path[1].astext == bindparam("branch"), cells.c.crew_id.is_not(None))
)


def crews_of_branch(uow: UnitOfWork, branch: str) -> frozenset[str]:
    """Whose cells have premises on a branch: the second node of their paths."""
    return frozenset(row.crew_id for row in uow.rows(_BRANCH, {"branch": branch}))


def require_place(uow: UnitOfWork, premises_id: str | None, customer_id: str | None) -> None:
    """Makes the unit fail with NotFound for premises or a customer nobody has told of; None is none."""
    if premises_id is not None:
        uow.require(premises, premises_id)
    if customer_id is not None:
        uow.require(customers, customer_id)
