"""Events of which there are very many are handled together; what holds for single ones holds for each of them (P2)."""

from collections.abc import Sequence

import pytest
from google.protobuf.message import Message
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from hearthline.workorders.v1.events_pb2 import TicketCreated, TicketLinked
from servicekit import cloudevents, telemetry
from servicekit.cloudevents import Event
from servicekit.eventlog import Record
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.subscriptions import EventHandler, Subscription, Together
from servicekit.uow import UnitOfWork
from tests.servicekit.counting import CONSUMER, count
from tests.support.running import MORNING

TRACES = [f"00-{n:032x}-{n:016x}-01" for n in range(1, 6)]


class Counting:
    """Takes tickets together, and links alone; keeps what it was given, and fails at a ticket "poison"."""

    def __init__(self, kit: Kit) -> None:
        self.given: list[str] = []
        handlers: dict[type[Message], EventHandler | Together] = {
            TicketCreated: Together(self.many),
            TicketLinked: self.one,
        }
        self.loop = ConsumerLoop(CONSUMER, [Subscription(CONSUMER, kit.topic, handlers)])

    def many(self, uow: UnitOfWork, events: Sequence[Event[TicketCreated]]) -> None:
        self.given.append("+".join(event.data.ticket for event in events))
        for event in events:
            count(uow, event)
            if event.data.ticket == "poison":
                raise ValueError("not this one")

    def one(self, uow: UnitOfWork, event: Event[TicketLinked]) -> None:
        self.given.append(f"linked {event.data.ticket}")


def told(kit: Kit, ticket: str, kind: type[TicketCreated | TicketLinked] = TicketCreated, trace: str = "") -> Record:
    message = kind(ticket=ticket)
    headers = cloudevents.headers(message, kit.name, f"tickets/{ticket}", 1, MORNING, trace)
    return Record(kit.topic, "one partition", message.SerializeToString(), headers)


def consume(kit: Kit, loop: ConsumerLoop, *records: Record) -> None:
    producer = kit.eventlog.producer()
    assert producer.publish(records) == [None] * len(records)
    producer.close()
    while sum(kit.eventlog.lag({loop.name: loop.topics})[loop.name].values()):
        loop.run_once(kit)
    loop.close()


def test_events_that_follow_each_other_come_together_and_in_their_order(book: Kit) -> None:
    counting, twice = Counting(book), told(book, "b")
    between = told(book, "b", TicketLinked)
    consume(book, counting.loop, told(book, "a"), twice, twice, between, told(book, "c"), told(book, "d"))
    assert counting.given == ["a+b", "linked b", "c+d"]
    consume(book, counting.loop, twice, told(book, "e"))
    assert counting.given[3:] == ["e"]


def test_a_poison_event_among_them_stops_nobody_else(book: Kit) -> None:
    book.settings = book.settings.model_copy(update={"retry_attempts": 1})
    counting = Counting(book)
    consume(book, counting.loop, told(book, "a"), told(book, "poison"), told(book, "b"))
    assert counting.given == ["a+poison+b", "a", "poison", "b"]
    with book.engine.connect() as connection:
        taken = connection.exec_driver_sql("SELECT count(*) FROM inbox").scalar_one()
        letters = connection.exec_driver_sql("SELECT count(*) FROM outbox WHERE topic LIKE '%%.dlq'").scalar_one()
    assert (taken, letters) == (3, 1)


def test_their_traces_are_linked_and_one_alone_continues_its_own(book: Kit, monkeypatch: pytest.MonkeyPatch) -> None:
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_TRACER", provider.get_tracer("hearthline"))
    counting = Counting(book)
    consume(book, counting.loop, *(told(book, "a", trace=trace) for trace in [*TRACES[:3], ""]))
    consume(book, counting.loop, told(book, "b", trace=TRACES[4]))
    together, alone = (s for s in exporter.get_finished_spans() if s.name == f"process {book.topic}")
    assert [link.context.trace_id for link in together.links] == [1, 2, 3]
    assert together.attributes is not None
    assert (together.parent, together.attributes["messaging.batch.message_count"]) == (None, 4)
    assert alone.context is not None
    assert (list(alone.links), alone.context.trace_id) == ([], 5)
