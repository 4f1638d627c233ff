"""Occasions to ask, who was asked last when, and whose complaint is open."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, select

from servicekit.ids import derived_id
from servicekit.reads import by_id
from servicekit.uow import UnitOfWork
from surveys.domain.survey import Occasion
from surveys.domain.trigger import Outcome
from surveys.store.names import id_of
from surveys.store.tables import complaints, invitees, occasions

_SEQUENCES = select(occasions.c.id, occasions.c.sequence).where(occasions.c.work_order_id == bindparam("work_order"))
_PLANNED = by_id(occasions).where(occasions.c.outcome == Outcome.PLANNED.value)
_LAST_INVITE = (
    select(invitees.c.last_invite_time).where(invitees.c.customer_id == bindparam("customer")).with_for_update()
)
_OPEN_COMPLAINT = (
    select(complaints.c.id).where(complaints.c.customer_id == bindparam("customer"), complaints.c.open).limit(1)
)


def occasion_id(work_order: str, customer: str) -> str:
    """The same for the same job and customer: one survey each (V2). Also the survey's id."""
    return derived_id(f"{work_order}/{customer}", "survey")


def sequences(uow: UnitOfWork, work_order: str) -> dict[str, int]:
    """Of each occasion of a job, the version of the job that it tells of."""
    return {row.id: row.sequence for row in uow.rows(_SEQUENCES, {"work_order": id_of(work_order)})}


def put_occasion(uow: UnitOfWork, occasion: Occasion, at: datetime, outcome: Outcome, sequence: int) -> None:
    """Stores an occasion unless a newer fact of its job is there already."""
    row = {
        "id": occasion_id(occasion.work_order, occasion.customer),
        **occasion_values(occasion),
        "occur_time": at,
        "outcome": outcome.value,
        "sequence": sequence,
    }
    uow.upsert(occasions, row, key=["id"], newer="sequence")
    invitee = {"customer_id": id_of(occasion.customer), "last_invite_time": None}
    uow.upsert(invitees, invitee, key=["customer_id"])


def find_planned(uow: UnitOfWork, identifier: str) -> Occasion | None:
    """The occasion, when an invitation is still planned for it."""
    row = uow.row(_PLANNED, {"id": identifier})
    return occasion_of(row) if row else None


def set_outcome(uow: UnitOfWork, identifier: str, outcome: Outcome) -> None:
    """Notes what became of an occasion."""
    uow.update(occasions, {"id": identifier}, {"outcome": outcome.value})


def lock_last_invite(uow: UnitOfWork, customer: str) -> datetime | None:
    """When this customer was invited last; nobody else decides about the customer until this unit ends."""
    row = uow.lock_one(_LAST_INVITE, {"customer": id_of(customer)})
    return row.last_invite_time if row else None


def set_last_invite(uow: UnitOfWork, customer: str, at: datetime) -> None:
    """Notes that this customer is invited now."""
    uow.update(invitees, {"customer_id": id_of(customer)}, {"last_invite_time": at})


def has_open_complaint(uow: UnitOfWork, customer: str) -> bool:
    """Whether a complaint of this customer is open, as far as its events have come."""
    return uow.row(_OPEN_COMPLAINT, {"customer": id_of(customer)}) is not None


def occasion_values(occasion: Occasion) -> dict[str, str]:
    """The columns that hold an occasion, here and in surveys."""
    return {
        "work_order_id": id_of(occasion.work_order),
        "customer_id": id_of(occasion.customer),
        "business_type": occasion.business_type,
        "premises_id": id_of(occasion.premises),
        "commodity": occasion.commodity,
        "cell_id": id_of(occasion.cell),
    }


def occasion_of(row: Row[Any]) -> Occasion:
    """The occasion that a row of occasions or surveys holds."""
    return Occasion(
        work_order=f"workOrders/{row.work_order_id}",
        customer=f"customers/{row.customer_id}",
        business_type=row.business_type,
        premises=f"premises/{row.premises_id}" if row.premises_id else "",
        commodity=row.commodity,
        cell=f"cells/{row.cell_id}" if row.cell_id else "",
    )
