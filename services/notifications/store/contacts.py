"""Customers' contacts, as the customers service last told them (C2)."""

from collections.abc import Collection, Mapping

from sqlalchemy import select

from notifications.domain.routing import Contact
from notifications.store.encoding import decode_contact, encode_point
from notifications.store.tables import contacts
from servicekit.reads import ids_in
from servicekit.uow import UnitOfWork

_OF_CUSTOMERS = select(contacts).where(ids_in(contacts.c.customer_id))


def keep_contact(uow: UnitOfWork, customer_id: str, contact: Contact, version: int) -> None:
    """Keeps what a fact tells; an older version than the one known changes nothing."""
    row = {
        "customer_id": customer_id,
        "display_name": contact.display_name,
        "points": [encode_point(point) for point in contact.points],
        "version": version,
    }
    uow.upsert(contacts, row, key=["customer_id"], newer="version")


def known_contacts(uow: UnitOfWork, customer_ids: Collection[str]) -> Mapping[str, Contact]:
    """The contacts of those customers who are known."""
    if not customer_ids:
        return {}
    rows = uow.rows(_OF_CUSTOMERS, {"ids": list(customer_ids)})
    return {row.customer_id: decode_contact(row.display_name, row.points) for row in rows}
