"""Interactions in the database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import extract, func, select

from customers.domain.interaction import Interaction, Outcome
from customers.store.customers import customers_in
from customers.store.tables import interactions
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

INTERACTIONS = Listing(
    select(interactions),
    {
        "customer": interactions.c.customer_id,
        "premises": interactions.c.premises_id,
        "channel": interactions.c.channel,
        "first_contact_owner": interactions.c.first_contact_owner,
        "outcome": interactions.c.outcome,
        "occur_time": interactions.c.occur_time,
    },
    key=interactions.c.id,
    resource={"customer": "customers", "premises": "premises"},
    enums={"outcome": Outcome},
    owners={
        "customer": interactions.c.customer_id,
        "cell": lambda ids: interactions.c.customer_id.in_(customers_in(ids)),
    },
)


def interaction_of(row: AnyRow) -> Interaction:
    return Interaction(
        row.id,
        row.customer_id,
        row.premises_id,
        row.channel,
        row.contact_address,
        row.first_contact_owner,
        row.summary,
        tuple(row.confirmed_facts),
        row.queue_seconds,
        Outcome(row.outcome),
        row.occur_time,
        row.create_time,
    )


def get_interaction(uow: UnitOfWork, identifier: str) -> Interaction:
    row = uow.get(interactions, identifier)
    if row is None:
        raise NotFound(f"interactions/{identifier}")
    return interaction_of(row)


def add_interaction(uow: UnitOfWork, interaction: Interaction) -> None:
    row = {
        "id": interaction.id,
        "customer_id": interaction.customer_id,
        "premises_id": interaction.premises_id,
        "channel": interaction.channel,
        "contact_address": interaction.contact_address,
        "first_contact_owner": interaction.first_contact_owner,
        "summary": interaction.summary,
        "confirmed_facts": list(interaction.confirmed_facts),
        "queue_seconds": interaction.queue_seconds,
        "outcome": interaction.outcome,
        "occur_time": interaction.occur_time,
        "create_time": interaction.create_time,
    }
    uow.insert(interactions, row)


def interaction_statistics(
    uow: UnitOfWork, start: datetime | None, end: datetime | None, time_zone: str
) -> Sequence[AnyRow]:
    """(channel, weekday, hour, offered, answered, abandoned, queue_seconds, longest), ordered; hours are local."""
    c = interactions.c
    local = func.timezone(time_zone, c.occur_time)
    hours = select(
        c.channel,
        c.outcome,
        c.queue_seconds,
        extract("isodow", local).label("weekday"),
        extract("hour", local).label("hour"),
    )
    if start is not None:
        hours = hours.where(c.occur_time >= start)
    if end is not None:
        hours = hours.where(c.occur_time < end)
    h = hours.subquery().c
    hour = (h.channel, h.weekday, h.hour)
    outcomes = (func.count().filter(h.outcome == outcome.value).label(outcome.value) for outcome in Outcome)
    waited = (func.sum(h.queue_seconds).label("queue_seconds"), func.max(h.queue_seconds).label("longest"))
    return uow.rows(select(*hour, *outcomes, *waited).group_by(*hour).order_by(*hour))
