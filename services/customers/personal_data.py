"""What the customers service holds on a customer: themselves, their agreements, contacts with us, and timeline (C9)."""

from collections.abc import Iterator, Sequence

from google.protobuf.message import Message

from customers.api.views import agreement_to_proto, customer_to_proto, entry_to_proto, interaction_to_proto
from customers.store.agreements import agreement_of, running_agreement
from customers.store.customers import get_customer
from customers.store.interactions import interaction_of
from customers.store.personal_data import agreements_of, erase, interactions_of, timeline_of
from servicekit.personal_data import Holdings, Obstacle
from servicekit.uow import UnitOfWork


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    yield customer_to_proto(get_customer(uow, customer_id))
    yield from (agreement_to_proto(agreement_of(row)) for row in agreements_of(uow, customer_id))
    yield from (interaction_to_proto(interaction_of(row)) for row in interactions_of(uow, customer_id))
    yield from (entry_to_proto(row, "zh-CN") for row in timeline_of(uow, customer_id))


def _obstacles(uow: UnitOfWork, customer_id: str) -> Sequence[Obstacle]:
    """One may have begun since the request was made."""
    running = running_agreement(uow, customer_id)
    return [Obstacle("AGREEMENT_RUNNING", f"serviceAgreements/{running}")] if running else []


HOLDINGS = Holdings(_gather, erase, _obstacles)
