"""Dead letters: events that a consumer could not take, kept on `<topic>.dlq` with the reason (P2).

They go out through the outbox, in one transaction with the inbox row that says the event is dealt with. What an
operator does with one (replay or drop) is kept in the same way: an inbox row of the consumer `dlq`. So it is done
once, whoever asks, and is listed no more; the log itself keeps its records until their retention ends. A replay gives
the event to its handler directly: a service may not write to the topics of others, nor say again what they said.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import bindparam, select

from servicekit.errors import Aborted, AlreadyExists, FailedPrecondition, Unavailable
from servicekit.eventlog import EventLog, Record
from servicekit.eventlog.topics import DEAD_LETTERS
from servicekit.ids import new_id
from servicekit.kit import Kit
from servicekit.metrics.catalogue import DEAD_LETTERS as LETTERS
from servicekit.metrics.catalogue import UNREADABLE, of_consumer
from servicekit.tables import inbox
from servicekit.uow import UnitOfWork

REASON, CONSUMER, TOPIC, PLACE, ID = "dlq-reason", "dlq-consumer", "dlq-topic", "dlq-place", "dlq-id"
LAST_OFFSET = "dlq-last-offset"
"""Of bytes that nobody can read, the last of the offsets that they hold; its presence says that they are such."""
CUT = "dlq-cut"
"""Of a record that was larger than a dead letter can be: how large; the rest of it is where it came from."""
OPERATOR = "dlq"
"""The consumer whose inbox rows are the dead letters that an operator has dealt with."""

_log = structlog.get_logger()
_MANY = 100_000
_LARGEST_BYTES = 900_000
_KEPT_BYTES = 500_000
_LONGEST_KEPT = 1_000
_MOST_HEADERS = 50
"""Of what is larger than a dead letter can be, so much is kept; the log takes a little more at once."""


_SEEN = select(inbox.c.event_id).where(
    inbox.c.consumer == bindparam("consumer"), inbox.c.event_id == bindparam("event_id")
)


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
    def is_unreadable(self) -> bool:
        """True for bytes that no client could read: only their producer can send them again."""
        return LAST_OFFSET in self.record.headers

    @property
    def original(self) -> Record:
        """The record that was refused, as it came."""
        headers = {
            k: v for k, v in self.record.headers.items() if k not in (REASON, CONSUMER, TOPIC, PLACE, ID, LAST_OFFSET)
        }
        # Without the place it is one of an older version, whose own place is as good as any.
        place = self.record.headers.get(PLACE, f"{self.record.partition}/{self.record.offset}")
        partition, offset = map(int, place.split("/"))
        return replace(self.record, topic=self.topic, headers=headers, partition=partition, offset=offset)


def dead_letter(kit: Kit, consumer: str, identifier: str, record: Record, error: Exception, known_as: str = "") -> None:
    """Puts a record on its topic's dead letters; the consumer will pass it over from now on.

    `known_as` is the consumer's name in the inbox, where that is another.
    """
    with kit.unit(actor=f"consumer/{consumer}") as uow:
        uow.upsert(inbox, {"consumer": known_as or consumer, "event_id": identifier}, key=["consumer", "event_id"])
        _put(uow, consumer, record, f"{type(error).__name__}: {error}", record.headers)
        uow.commit(None)
    kit.metrics.recorder(LETTERS, of_consumer(consumer, record.topic))(1)


def set_aside(
    kit: Kit, consumer: str, known_as: str, record: Record, tell: Callable[[UnitOfWork, Record], object] | None
) -> None:
    """Puts bytes that cannot be read on their topic's dead letters, once, with the offsets that they hold.

    `tell` does in the same transaction what else is to be done, such as answering who sent them.
    """
    last = max(record.last_offset, record.offset)
    why = f"unreadable, offsets {record.offset} to {last} of partition {record.partition}: {record.damage}"
    seen = {"consumer": known_as, "event_id": record.identity}
    with kit.unit(actor=f"consumer/{consumer}") as uow:
        if uow.row(_SEEN, seen) is not None:
            return
        uow.insert(inbox, seen)
        _put(uow, consumer, record, why, {LAST_OFFSET: str(last)})
        if tell is not None:
            uow.joined = True
            tell(uow, record)
            uow.joined = False
        uow.commit(None)
    kit.metrics.recorder(LETTERS, of_consumer(consumer, record.topic))(1)
    kit.metrics.recorder(UNREADABLE, of_consumer(consumer, record.topic))(1)
    _log.error("bytes set aside", consumer=consumer, topic=record.topic, reason=why)


def _put(uow: UnitOfWork, consumer: str, record: Record, why: str, headers: Mapping[str, str]) -> None:
    # No partner's record may stop the others: not by what the outbox cannot hold, nor by more than a broker takes, as a
    # record that came compressed may be.
    size = len(record.value) + sum(4 * len(text) for text in (record.key, *headers, *headers.values()))
    if size > _LARGEST_BYTES:
        short = [(name, text) for name, text in headers.items() if len(name) + len(text) <= _LONGEST_KEPT]
        headers = dict(short[:_MOST_HEADERS]) | {CUT: str(size)}
        record = replace(record, key=record.key[:_LONGEST_KEPT], value=record.value[:_KEPT_BYTES])
    storable = {_storable(name): _storable(text) for name, text in {**headers, REASON: why[:1000]}.items()}
    place = f"{record.partition}/{record.offset}"
    told = {**storable, CONSUMER: consumer, TOPIC: record.topic, PLACE: place, ID: new_id()}
    uow.emit_raw(record.topic + DEAD_LETTERS, _storable(record.key), record.value, told)


def _storable(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")


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
    if letter.is_unreadable:
        description = "holds bytes that no client can read: have their producer send the events again, then drop it"
        raise FailedPrecondition("UNREADABLE", letter.name, description)
    if size := letter.record.headers.get(CUT):
        description = f"was {size} bytes, more than a dead letter holds: have its producer send it again, then drop it"
        raise FailedPrecondition("TOO_LARGE", letter.name, description)
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
