"""Dead letters: events that a consumer could not take, kept on `<topic>.dlq` with the reason (P2).

They go out through the outbox, in one transaction with the inbox row that says the event is dealt with. What an
operator does with one (replay or drop) is kept in the same way: an inbox row of the consumer `dlq`. So it is done
once, whoever asks, and is listed no more; the log itself keeps its records until their retention ends. A replay gives
the event to its handler directly: a service may not write to the topics of others, nor say again what they said.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import select

from servicekit.errors import Aborted, AlreadyExists, FailedPrecondition, Unavailable
from servicekit.eventlog import EventLog, Record
from servicekit.eventlog.topics import DEAD_LETTERS
from servicekit.ids import new_id
from servicekit.kit import Kit
from servicekit.metrics.catalogue import DEAD_LETTERS as LETTERS
from servicekit.metrics.catalogue import of_consumer
from servicekit.tables import inbox
from servicekit.uow import UnitOfWork

REASON, CONSUMER, TOPIC, PLACE, ID = "dlq-reason", "dlq-consumer", "dlq-topic", "dlq-place", "dlq-id"
OPERATOR = "dlq"
"""The consumer whose inbox rows are the dead letters that an operator has dealt with."""

_log = structlog.get_logger()
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry of a dead-letter topic."""

    id: str
    topic: str
    consumer: str
    reason: str
    time: datetime | None
    record: Record

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"deadLetters/{self.id}"

    @property
    def place(self) -> str:
        """Where it lies: `topic/partition/offset` of the dead-letter topic."""
        return f"{self.record.topic}/{self.record.partition}/{self.record.offset}"

    @property
    def original(self) -> Record:
        """The record that was refused, as it came."""
        headers = {k: v for k, v in self.record.headers.items() if k not in (REASON, CONSUMER, TOPIC, PLACE, ID)}
        # Without the place it is one of an older version, whose own place is as good as any.
        place = self.record.headers.get(PLACE, f"{self.record.partition}/{self.record.offset}")
        partition, offset = map(int, place.split("/"))
        return replace(self.record, topic=self.topic, headers=headers, partition=partition, offset=offset)


def dead_letter(kit: Kit, consumer: str, identifier: str, record: Record, error: Exception) -> None:
    """Puts a record on its topic's dead letters; the consumer will pass it over from now on."""
    told = {**record.headers, REASON: f"{type(error).__name__}: {error}"[:1000]}
    # The outbox cannot hold a NUL, and no partner's record may stop the others.
    storable = {_storable(name): _storable(text) for name, text in told.items()}
    place = f"{record.partition}/{record.offset}"
    headers = {**storable, CONSUMER: consumer, TOPIC: record.topic, PLACE: place, ID: new_id()}
    with kit.unit(actor=f"consumer/{consumer}") as uow:
        uow.upsert(inbox, {"consumer": consumer, "event_id": identifier}, key=["consumer", "event_id"])
        uow.emit_raw(record.topic + DEAD_LETTERS, _storable(record.key), record.value, headers)
        uow.commit(None)
    kit.metrics.recorder(LETTERS, of_consumer(consumer, record.topic))(1)


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")


def list_dead_letters(eventlog: EventLog, topic: str, limit: int = 1000) -> Iterator[DeadLetter]:
    """All dead letters of a topic that the log still keeps, dealt with or not, oldest first."""
    for record in eventlog.read(topic + DEAD_LETTERS, limit):
        h = record.headers
        yield DeadLetter(
            h.get(ID, ""), h.get(TOPIC, topic), h.get(CONSUMER, ""), h.get(REASON, ""), record.timestamp, record
        )


def open_dead_letters(
    uow: UnitOfWork, eventlog: EventLog, topics: Sequence[str], consumers: Collection[str]
) -> list[DeadLetter]:
    """The dead letters of these consumers that nobody has replayed or dropped yet, oldest first."""
    letters = [letter for topic in topics for letter in list_dead_letters(eventlog, topic, _MANY)]
    done = {row.event_id for row in uow.rows(select(inbox.c.event_id).where(inbox.c.consumer == OPERATOR))}
    found = (letter for letter in letters if letter.consumer in consumers and letter.id not in done)
    return sorted(found, key=lambda letter: letter.id)


def replay(uow: UnitOfWork, letter: DeadLetter, handle: Callable[[UnitOfWork, Record], object]) -> DeadLetter:
    """Gives a dead letter to the consumer that had refused it, and commits both with the note.

    FailedPrecondition when it was dealt with before, or when it is refused again: it then stays open.
    """
    uow.joined = True
    try:
        handle(uow, letter.original)
    except (Aborted, Unavailable):
        raise
    except Exception as error:
        description = f"is refused again: {type(error).__name__}: {error}"
        raise FailedPrecondition("REFUSED_AGAIN", letter.name, description) from error
    finally:
        uow.joined = False
    return _deal_with(uow, letter, "replayed")


def drop(uow: UnitOfWork, letter: DeadLetter) -> DeadLetter:
    """Gives a dead letter up: it is never tried again, and listed no more. Errors as in `replay`."""
    return _deal_with(uow, letter, "dropped")


def _deal_with(uow: UnitOfWork, letter: DeadLetter, deed: str) -> DeadLetter:
    """Commits the unit with the note that the letter is done with, and tells the log who did what."""
    uow.insert(inbox, {"consumer": OPERATOR, "event_id": letter.id})
    uow.audit(letter.name)
    try:
        uow.commit(letter)
    except AlreadyExists as error:
        if error.name != inbox.name:
            raise
        raise FailedPrecondition("ALREADY_HANDLED", letter.name, "was replayed or dropped before") from error
    _log.warning(
        f"dead letter {deed}",
        actor=uow.actor,
        id=letter.id,
        place=letter.place,
        topic=letter.topic,
        key=letter.record.key,
        consumer=letter.consumer,
        reason=letter.reason,
    )
    return letter
