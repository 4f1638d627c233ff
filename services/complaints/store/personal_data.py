"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update

from complaints.domain.complaint import OVER
from complaints.store.tables import complaints, entries
from servicekit.personal_data import ERASED
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

_OF_CUSTOMER = complaints.c.customer_id == bindparam("customer")
_COMPLAINTS = select(complaints).where(_OF_CUSTOMER).order_by(complaints.c.id)
_OPEN = _COMPLAINTS.where(complaints.c.state.not_in([state.value for state in OVER]))
_ENTRIES = (
    select(entries)
    .where(entries.c.complaint_id.in_(select(complaints.c.id).where(_OF_CUSTOMER)))
    .order_by(entries.c.complaint_id, entries.c.number)
)
NOBODY = {
    "complainant_display_name": ERASED,
    "complainant_contact": "",
    "description": ERASED,
    "remedy_sought": "",
    "evidence": [],
}
"""What a complaint becomes without whoever complained."""


def complaints_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_COMPLAINTS, {"customer": customer_id})


def entries_of_customer(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_ENTRIES, {"customer": customer_id})


def open_complaints(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    """Complaints that are neither closed nor withdrawn."""
    return uow.rows(_OPEN, {"customer": customer_id})


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """Who complained goes, and in what words; what was found and decided stays, and so do the entries.

    A complaint's entries prove how it was handled and are never changed; they do not say who complained.
    """
    theirs = complaints.c.customer_id == customer_id
    uow.execute(update(complaints).where(theirs).values(NOBODY))
