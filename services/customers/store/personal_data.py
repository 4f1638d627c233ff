"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select, update

from customers.domain.customer import ERASED
from customers.store.tables import agreements, interactions, timeline
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

_AGREEMENTS = select(agreements).where(agreements.c.customer_id == bindparam("customer")).order_by(agreements.c.id)
_INTERACTIONS = (
    select(interactions).where(interactions.c.customer_id == bindparam("customer")).order_by(interactions.c.id)
)
_TIMELINE = (
    select(timeline)
    .where(timeline.c.customer_id == bindparam("customer"))
    .order_by(timeline.c.occur_time, timeline.c.id)
)


UNSAID = {"contact_address": "", "summary": ERASED, "confirmed_facts": []}
"""What a contact becomes."""


def agreements_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_AGREEMENTS, {"customer": customer_id})


def interactions_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_INTERACTIONS, {"customer": customer_id})


def timeline_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_TIMELINE, {"customer": customer_id})


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """That there was a contact stays, for staffing; what was said goes, and all of the timeline."""
    uow.execute(update(interactions).where(interactions.c.customer_id == customer_id).values(UNSAID))
    uow.execute(delete(timeline).where(timeline.c.customer_id == customer_id))
