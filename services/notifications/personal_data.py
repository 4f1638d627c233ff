"""What the notifications service holds on a customer: how to reach them, and what they were told (C9)."""

from collections.abc import Iterator

from google.protobuf.message import Message

from hearthline.customers.v1.events_pb2 import ContactPoint, CustomerUpdated
from notifications.api.mapping import notification_to_proto, sandbox_to_proto
from notifications.domain.routing import Contact
from notifications.store.encoding import decode_contact
from notifications.store.notifications import notification_of
from notifications.store.personal_data import contact_of, erase, notifications_of, sandbox_messages_of
from servicekit.personal_data import Holdings
from servicekit.uow import UnitOfWork


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    if row := contact_of(uow, customer_id):
        yield _told(customer_id, decode_contact(row.display_name, row.points))
    yield from (notification_to_proto(notification_of(row)) for row in notifications_of(uow, customer_id))
    yield from (sandbox_to_proto(row) for row in sandbox_messages_of(uow, customer_id))


def _told(customer_id: str, contact: Contact) -> Message:
    """The copy of a customer's contacts, as the fact that it was made of."""
    points = [
        ContactPoint(
            channel=point.channel.value,
            address=point.address,
            language_code=point.language.value,
            consented=point.consented,
            preferred=point.preferred,
        )
        for point in contact.points
    ]
    return CustomerUpdated(customer=f"customers/{customer_id}", display_name=contact.display_name, contacts=points)


HOLDINGS = Holdings(_gather, erase)
