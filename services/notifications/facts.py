"""What this service tells the others."""

from hearthline.notifications.v1.events_pb2 import NotificationDelivered, NotificationFailed
from notifications.domain.notification import Notification, State
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork


def publish_end(uow: UnitOfWork, notification: Notification) -> None:
    """Publishes that a notification was delivered, or that it failed on every channel; nothing in other states."""
    n = notification
    customer = f"customers/{n.customer_id}" if n.customer_id else ""
    template = f"templates/{n.template_id or n.template_code}"
    if n.state is State.DELIVERED and n.last:
        delivered = NotificationDelivered(
            notification=n.name,
            customer=customer,
            channel=n.last.route.channel.value,
            template=template,
            language_code=n.last.route.language.value,
            related_resource=n.related_resource,
            deliver_time=to_timestamp(n.finish_time),
        )
        uow.emit(delivered, subject=n.name, sequence=n.version)
    elif n.state is State.FAILED:
        failed = NotificationFailed(
            notification=n.name,
            customer=customer,
            template=template,
            related_resource=n.related_resource,
            reason=n.reason,
            fail_time=to_timestamp(n.finish_time),
        )
        uow.emit(failed, subject=n.name, sequence=n.version)
