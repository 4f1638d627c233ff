"""Customers in the database."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, bindparam, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from customers.domain.customer import Customer, Given, Kind, Segment, settled
from customers.store.marks import contact_of, normal_name
from customers.store.premises import premises_in
from customers.store.tables import agreements, customers, premises
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork


def customers_in(cell_ids: Collection[str]) -> Select[tuple[str]]:
    """Ids of customers with an agreement, running or ended, at premises in these cells."""
    return select(agreements.c.customer_id).where(agreements.c.premises_id.in_(premises_in(cell_ids)))


CUSTOMERS = Listing(
    select(customers),
    {
        "kind": customers.c.kind,
        "segment": customers.c.segment,
        "create_time": customers.c.create_time,
        "update_time": customers.c.update_time,
    },
    key=customers.c.id,
    enums={"kind": Kind, "segment": Segment},
    owners={"customer": customers.c.id, "cell": lambda ids: customers.c.id.in_(customers_in(ids))},
)
_LOCKED = select(customers).where(customers.c.id == bindparam("id")).with_for_update()
# Materialised, or the planner would rather walk through all customers in the order of their ids: it takes an address
# that it does not know yet for one that many have.
_REACHED = (
    select(customers.c.id)
    .where(
        or_(
            customers.c.contact_marks.overlap(bindparam("marks", type_=ARRAY(Text))),
            customers.c.contacts.op("@>")(func.any(cast(bindparam("contacts", type_=ARRAY(Text)), ARRAY(JSONB)))),
        )
    )
    .cte("reached")
    .prefix_with("MATERIALIZED", dialect="postgresql")
)
_FIRST_REACHED = select(_REACHED.c.id).order_by(_REACHED.c.id).limit(100)


def customer_of(row: AnyRow) -> Customer:
    contacts = [Given(place, contact_of(stored), True) for place, stored in enumerate(row.contacts)]
    return Customer(
        row.id,
        row.display_name,
        Kind(row.kind),
        Segment(row.segment),
        settled(contacts)[0],
        row.create_time,
        row.update_time,
        row.version,
        row.erase_time,
    )


def columns_of(customer: Customer) -> dict[str, Any]:
    return {
        "id": customer.id,
        "display_name": customer.display_name,
        "kind": customer.kind,
        "segment": customer.segment,
        "contacts": [asdict(contact) for contact in customer.contacts],
        "create_time": customer.create_time,
        "update_time": customer.update_time,
        "version": customer.version,
        "erase_time": customer.erase_time,
    }


def get_customer(uow: UnitOfWork, identifier: str) -> Customer:
    row = uow.get(customers, identifier)
    if row is None:
        raise NotFound(f"customers/{identifier}")
    return customer_of(row)


def lock_customer(uow: UnitOfWork, identifier: str) -> Customer | None:
    """A customer whom nobody else changes until the unit ends, or None."""
    row = uow.lock_one(_LOCKED, {"id": identifier})
    return customer_of(row) if row else None


def add_customer(uow: UnitOfWork, customer: Customer) -> None:
    uow.insert(customers, columns_of(customer))


def change_customer(uow: UnitOfWork, customer: Customer) -> None:
    before = replace(customer, version=customer.version - 1)
    values = {k: v for k, v in columns_of(before).items() if k not in ("id", "create_time", "version")}
    uow.update(customers, {"id": customer.id}, values, version=before.version)


def known_customers(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there."""
    return {row.id for row in uow.rows(select(customers.c.id).where(customers.c.id.in_(ids)))} if ids else set()


def customers_to_serve(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there and were not erased."""
    known = select(customers.c.id).where(customers.c.id.in_(ids), customers.c.erase_time.is_(None))
    return {row.id for row in uow.rows(known)} if ids else set()


def check_known(uow: UnitOfWork, identifier: str) -> None:
    """NotFound, or FailedPrecondition CUSTOMER_ERASED: nothing new is kept about either."""
    get_customer(uow, identifier).check_is_known()


def reached_at(uow: UnitOfWork, forms: Sequence[str]) -> list[str]:
    """Ids of the customers, at most a hundred, whose contacts have one of these forms."""
    marks = [mark for form in forms for mark in uow.personal.marks_of(customers.c.contact_marks, form)]
    clear = [json.dumps([{"address": form}]) for form in forms]
    return [row.id for row in uow.rows(_FIRST_REACHED, {"marks": marks, "contacts": clear})]


def called(uow: UnitOfWork, name: str) -> ColumnElement[bool]:
    """Customers with this name, or with this word in it."""
    marks = uow.personal.marks_of(customers.c.name_marks, normal_name(name))
    found: ColumnElement[bool] = customers.c.name_marks.overlap(marks)
    return found


def living_at(address_part: str) -> ColumnElement[bool]:
    """Customers with an agreement, running or ended, at premises whose address has this part."""
    places = select(premises.c.id).where(premises.c.address.icontains(address_part, autoescape=True))
    return customers.c.id.in_(select(agreements.c.customer_id).where(agreements.c.premises_id.in_(places)))


def living_in(cell_id: str) -> ColumnElement[bool]:
    """Customers with an agreement, running or ended, at premises in this cell."""
    return customers.c.id.in_(customers_in([cell_id]))
