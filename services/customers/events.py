"""Which topics the customers service reads: all of them, for the timeline, and for the answers to data requests."""

from types import ModuleType

from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from customers.domain.timeline import KINDS
from customers.handlers.data_requests import PrivacyDesk
from customers.handlers.timeline import remember
from hearthline.billing.v1 import events_pb2 as billing
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.customers.v1 import events_pb2 as customers
from hearthline.notifications.v1 import events_pb2 as notifications
from hearthline.privacy.v1 import events_pb2 as privacy
from hearthline.surveys.v1 import events_pb2 as surveys
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.subscriptions import EventHandler, Subscription


def _kinds(module: ModuleType) -> list[type[Message]]:
    descriptors = module.DESCRIPTOR.message_types_by_name
    return [GetMessageClass(descriptors[name]) for name in descriptors if name in KINDS]


_PRODUCERS = (customers, workorders, notifications, surveys, complaints, billing)

SUBSCRIPTIONS = [
    Subscription(
        consumer="customers.timeline",
        topic=f"{module.DESCRIPTOR.package}",
        handlers=dict.fromkeys(_kinds(module), remember),
    )
    for module in _PRODUCERS
]


def answers(desk: PrivacyDesk) -> list[Subscription]:
    """What the services answer to the requests of customers about their own data."""
    handlers: dict[type[Message], EventHandler] = {
        privacy.PersonalDataExported: desk.on_exported,
        privacy.ErasureAgreed: desk.on_agreed,
        privacy.ErasureRefused: desk.on_refused,
        privacy.PersonalDataErased: desk.on_erased,
    }
    return [Subscription("customers.privacy", f"{module.DESCRIPTOR.package}", handlers) for module in _PRODUCERS]
