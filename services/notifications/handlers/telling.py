"""From a fact to the message that it causes (N4)."""

from collections.abc import Mapping
from typing import Any

from hearthline.billing.v1.events_pb2 import MinorUnits
from notifications.domain.notification import Notification
from notifications.domain.routing import Route
from notifications.domain.values import Money, Value
from notifications.domain.worth import rank_of
from notifications.store.notifications import add_notification
from servicekit.cloudevents import Event
from servicekit.ids import derived_id
from servicekit.tables import erased_customers
from servicekit.uow import UnitOfWork


def tell(
    uow: UnitOfWork,
    event: Event[Any],
    code: str,
    recipient: str,
    values: Mapping[str, Value],
    about: str,
    direct: Route | None = None,
    confidential: bool = False,
    urgency: str = "",
    once: str = "",
) -> None:
    """Makes the one message of this event, template and recipient; nothing for nobody, or who was erased (N4, C9).

    Everything in it comes from the event, so that it is the same whenever and however often the event arrives. `once`
    names what several events tell alike; its message is made by whichever comes first.
    """
    if not recipient:
        return
    notification = Notification(
        id=derived_id(once or event.id, f"{code}/{recipient}"),
        template_code=code,
        recipient=recipient,
        variables=values,
        related_resource=about,
        due=event.time,
        create_time=event.time,
        update_time=event.time,
        direct=direct,
        confidential=confidential,
        rank=rank_of(code, urgency),
        sequence=event.sequence if about == event.subject and not once else 0,
    )
    add_notification(uow, notification, unless=erased_customers)


def tell_customers(uow: UnitOfWork, event: Event[Any], code: str, facts: Any, values: Mapping[str, Value]) -> None:
    """Tells each customer of a job once."""
    for customer in dict.fromkeys(facts.customers):
        tell(uow, event, code, customer, values, facts.work_order, urgency=facts.urgency)


def id_of(name: str) -> str:
    """The id part of a resource name."""
    return name.partition("/")[2]


def money(fact: MinorUnits) -> Money:
    """An amount; without a currency it is none of ours, and in ours."""
    return Money(fact.amount, fact.currency_code or "CNY")
