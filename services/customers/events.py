"""Which topics the customers service reads: all of them, for the timeline."""

from types import ModuleType

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from customers.domain.timeline import KINDS
from customers.handlers.timeline import remember
from hearthline.billing.v1 import events_pb2 as billing
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.customers.v1 import events_pb2 as customers
from hearthline.notifications.v1 import events_pb2 as notifications
from hearthline.surveys.v1 import events_pb2 as surveys
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.inbox import Subscription


def _kinds(module: ModuleType) -> list[type[Message]]:
    descriptors = module.DESCRIPTOR.message_types_by_name
    return [GetMessageClass(descriptors[name]) for name in descriptors if name in KINDS]


SUBSCRIPTIONS = [
    Subscription(
        consumer="customers.timeline",
        topic=f"{module.DESCRIPTOR.package}",
        handlers=dict.fromkeys(_kinds(module), remember),
    )
    for module in (customers, workorders, notifications, surveys, complaints, billing)
]
