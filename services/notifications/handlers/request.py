"""Sending one message because somebody asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass

from notifications.domain.address import check_address
from notifications.domain.channel import Channel
from notifications.domain.notification import Notification
from notifications.domain.routing import Route
from notifications.domain.values import Value
from notifications.domain.worth import rank_of
from notifications.store.notifications import add_notification
from notifications.store.templates import newest_published
from servicekit.contacts.phones import takes_texts
from servicekit.errors import InvalidArgument
from servicekit.ids import new_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class SendNotification:
    """To a customer's contacts (`recipient`), or to one address (`direct`)."""

    template_code: str
    recipient: str
    values: Mapping[str, Value]
    related_resource: str
    direct: Route | None = None
    display_name: str = ""


def send_notification(uow: UnitOfWork, command: SendNotification) -> Notification:
    """Checks the values against the template and makes the job; NotFound, InvalidArgument."""
    template = newest_published(uow, command.template_code)
    template.check_values(command.values)
    if command.direct is not None:
        _check_route(command.direct)
    notification = Notification(
        id=new_id(),
        template_code=template.code,
        template_id=template.id,
        recipient=command.recipient,
        variables=command.values,
        related_resource=command.related_resource,
        due=uow.now,
        create_time=uow.now,
        update_time=uow.now,
        direct=command.direct,
        direct_name=command.display_name,
        rank=rank_of(template.code),
    )
    add_notification(uow, notification)
    uow.audit(notification.name)
    return uow.commit(notification)


def _check_route(route: Route) -> None:
    """InvalidArgument for what is no address of the channel, or a number of a kind that its messages do not reach."""
    check_address(route.channel, route.address)
    if route.channel is Channel.SMS and not takes_texts(route.address):
        rule = "is a number that takes no text messages: a land line, a service number, or none that exists"
        raise InvalidArgument("address.address", rule, reason="BAD_ADDRESS")
