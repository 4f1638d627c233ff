"""What the complaints service holds on a customer: their complaints, and how these were handled (C9)."""

from collections.abc import Iterator, Sequence

from google.protobuf.message import Message

from complaints.api.views import complaint_to_proto, entry_to_proto
from complaints.store.complaints import complaint_of
from complaints.store.personal_data import complaints_of, entries_of_customer, erase, open_complaints
from servicekit.identity import Identity
from servicekit.personal_data import Holdings, Obstacle
from servicekit.uow import UnitOfWork

_THEMSELVES = Identity("system/complaints", frozenset({"system"}))
"""Who complained confidentially may know that it was they."""


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    for row in complaints_of(uow, customer_id):
        complaint = complaint_of(row)
        yield complaint_to_proto(complaint, _THEMSELVES, complaint.is_overdue(uow.now))
    yield from (entry_to_proto(row) for row in entries_of_customer(uow, customer_id))


def _obstacles(uow: UnitOfWork, customer_id: str) -> Sequence[Obstacle]:
    """Of a confidential one not which it is: the request is read by more people than may know whose it is."""
    found = open_complaints(uow, customer_id)
    return [Obstacle("COMPLAINT_OPEN", "complaints/-" if row.confidential else f"complaints/{row.id}") for row in found]


HOLDINGS = Holdings(_gather, erase, _obstacles)
