"""The timeline in the database."""

from sqlalchemy import select

from customers.store.tables import timeline
from servicekit.listing import Listing

TIMELINE = Listing(
    select(timeline),
    {name: timeline.c[name] for name in ("kind", "source", "subject", "occur_time")},
    key=timeline.c.id,
    order_by="occur_time desc",
)
