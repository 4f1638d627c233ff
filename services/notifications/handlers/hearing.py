"""Keeping what makes messages untrue, beside the messages that facts cause (N4)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any

from google.protobuf.message import Message

from hearthline.billing.v1 import events_pb2 as billing
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.surveys.v1 import events_pb2 as surveys
from hearthline.workorders.v1 import events_pb2 as workorders
from notifications.domain.truth import HEARD, Happening
from notifications.store.happenings import keep_happening
from servicekit.cloudevents import Event
from servicekit.subscriptions import Subscription
from servicekit.uow import UnitOfWork

TOPICS: Mapping[str, ModuleType] = {
    "hearthline.workorders.v1": workorders,
    "hearthline.surveys.v1": surveys,
    "hearthline.complaints.v1": complaints,
    "hearthline.billing.v1": billing,
}


def hearing(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    """The subscriptions, which also keep the facts that make messages untrue, before they tell of them."""
    return [replace(each, handlers=_handlers(TOPICS[each.topic], each.handlers)) for each in subscriptions]


def _handlers(events: ModuleType, told: Mapping[type[Message], Any]) -> dict[type[Message], Any]:
    heard = {getattr(events, name) for name in HEARD if hasattr(events, name)}
    only = sorted(heard - set(told), key=lambda kind: str(kind.__name__))
    return {kind: _keeping(told.get(kind)) if kind in heard else told[kind] for kind in (*told, *only)}


def _keeping(tell: Callable[..., Any] | None) -> Callable[[UnitOfWork, Event[Any]], None]:
    def handle(uow: UnitOfWork, event: Event[Any]) -> None:
        kind = event.data.DESCRIPTOR.name
        keep_happening(uow, Happening(event.subject, kind, event.sequence, event.time))
        if tell is not None:
            tell(uow, event)

    return handle
