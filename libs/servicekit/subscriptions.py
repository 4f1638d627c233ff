"""What a service says of the topics that it reads: which handlers take which facts; `inbox` runs them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from google.protobuf.message import Message

from servicekit.cloudevents import Event
from servicekit.eventlog import Record
from servicekit.uow import UnitOfWork

EventHandler = Callable[[UnitOfWork, Event[Any]], object]
RawHandler = Callable[[UnitOfWork, Record], object]


@dataclass(frozen=True, slots=True)
class Together:
    """A handler for events of which there are very many: all of its type that follow each other in a batch, at once.

    It reads what it needs for them together, where one event at a time would ask the database for each.
    """

    handler: Callable[[UnitOfWork, Sequence[Event[Any]]], object]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What one consumer does with one topic; subscriptions of one consumer name share a group and a thread.

    `handlers` maps message classes to handlers, other types are passed over. `raw` instead takes every
    record as it came, for partners' topics; its handler must judge the bytes itself.
    """

    consumer: str
    topic: str
    handlers: Mapping[type[Message], EventHandler | Together] = field(default_factory=dict)
    raw: RawHandler | None = None
    unreadable: RawHandler | None = None
    """What is done beside the dead letter about bytes that cannot be read, such as telling who sent them."""
    succeeds: str = ""
    """Consumer of an earlier version that read this topic: where it was is taken over, and what it took is taken."""
    lane: str = ""
    """Consumers of one lane share threads (`Service.lanes`)."""
