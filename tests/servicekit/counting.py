"""A consumer of the notebook's facts that counts them, and dies between its effect and its offset when asked to."""

import signal
import sys

from sqlalchemy import update

from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit.cloudevents import Event
from servicekit.eventlog import Consumer
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.subscriptions import EventHandler, Subscription
from servicekit.uow import UnitOfWork
from tests.servicekit.notebook import notes, open_notebook

CONSUMER = "notes.counter"


def count(uow: UnitOfWork, event: Event[TicketCreated]) -> None:
    """One more in the note's version: an effect that shows when it happens twice."""
    uow.execute(update(notes).where(notes.c.id == event.data.ticket).values(version=notes.c.version + 1))
    uow.commit(None)


def counter(kit: Kit, handler: EventHandler = count) -> ConsumerLoop:
    """The consumer of the notebook's own topic."""
    return ConsumerLoop(CONSUMER, [Subscription(CONSUMER, kit.topic, {TicketCreated: handler})])


def _die_before_the_offset(database_url: str, eventlog_url: str, name: str) -> None:
    def wait_for_the_end(self: Consumer) -> None:
        print("applied", flush=True)
        signal.pause()

    with open_notebook(database_url, eventlog_url=eventlog_url, name=name) as kit:
        type(kit.eventlog.consumer("probe", [kit.topic])).commit = wait_for_the_end  # type: ignore[method-assign]
        loop = counter(kit)
        while True:
            loop.run_once(kit)


if __name__ == "__main__":
    _die_before_the_offset(*sys.argv[1:])
