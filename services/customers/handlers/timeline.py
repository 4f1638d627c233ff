"""Everyone's facts become lines of the timelines of the customers they concern (C6).

A line is made of its fact alone, under an id made of the fact's id, and never changed: so it does not matter
in what order, or how often, facts come.
"""

from google.protobuf.message import Message

from customers.domain.timeline import kept_fields
from customers.store.tables import timeline
from hearthline.billing.v1.events_pb2 import MinorUnits
from servicekit.cloudevents import Event
from servicekit.ids import derived_id
from servicekit.uow import UnitOfWork

_LONGEST = 500


def remember(uow: UnitOfWork, event: Event[Message]) -> None:
    """Adds a line for each customer the fact names; most name one.

    None for who complains confidentially: more people read timelines than may know of it (S1).
    """
    if getattr(getattr(event.data, "facts", None), "confidential", False):
        return
    kind = event.type.rpartition(".")[2]
    source = event.type.split(".")[1]
    data = {name: _kept(getattr(event.data, name)) for name in kept_fields(kind)}
    for customer in dict.fromkeys(_concerned(event.data)):
        row = {
            "id": derived_id(event.id, customer),
            "customer_id": customer.removeprefix("customers/"),
            "occur_time": event.time,
            "kind": kind,
            "source": source,
            "subject": event.subject,
            "data": data,
        }
        uow.upsert(timeline, row, key=["id"])


def _concerned(fact: Message) -> list[str]:
    """Names of customers in a fact: in `customer`, or in its `facts`."""
    about = getattr(fact, "facts", fact)
    several = list(getattr(about, "customers", ()))
    return several or [name for name in (getattr(about, "customer", ""),) if name]


def _kept(value: object) -> str | dict[str, str | int]:
    """A field as the timeline stores it: text, or an amount of money."""
    if isinstance(value, MinorUnits):
        return {"minor_units": value.amount, "currency": value.currency_code}
    return str(value)[:_LONGEST]
