"""Dead letters: events that a consumer could not take, kept on `<topic>.dlq` with the reason (P2).

They go out through the outbox, in one transaction with the inbox row that says the event is dealt with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from servicekit.eventlog import EventLog, Record
from servicekit.ids import new_id
from servicekit.kit import Kit
from servicekit.tables import inbox

REASON, CONSUMER, TOPIC = "dlq-reason", "dlq-consumer", "dlq-topic"


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One entry of a dead-letter topic."""

    id: str
    topic: str
    consumer: str
    reason: str
    time: datetime | None
    record: Record


def dead_letter(kit: Kit, consumer: str, identifier: str, record: Record, error: Exception) -> None:
    """Puts a record on its topic's dead letters; the consumer will pass it over from now on."""
    headers = {
        **record.headers,
        REASON: f"{type(error).__name__}: {error}"[:1000],
        CONSUMER: consumer,
        TOPIC: record.topic,
        "dlq-id": new_id(),
    }
    with kit.unit(actor=f"consumer/{consumer}") as uow:
        uow.upsert(inbox, {"consumer": consumer, "event_id": identifier}, key=["consumer", "event_id"])
        uow.emit_raw(f"{record.topic}.dlq", record.key, record.value, headers)
        uow.commit(None)


def list_dead_letters(eventlog: EventLog, topic: str, limit: int = 1000) -> Iterator[DeadLetter]:
    """The dead letters of a topic, oldest first."""
    for record in eventlog.read(f"{topic}.dlq", limit):
        h = record.headers
        yield DeadLetter(
            h.get("dlq-id", ""), h.get(TOPIC, topic), h.get(CONSUMER, ""), h.get(REASON, ""), record.timestamp, record
        )


def replay(kit: Kit, letter: DeadLetter) -> None:
    """Publishes a dead letter on its topic again, for the consumer that had refused it; others have seen it."""
    headers = {k: v for k, v in letter.record.headers.items() if not k.startswith("dlq-")}
    with kit.unit() as uow:
        uow.delete(inbox, {"consumer": letter.consumer, "event_id": headers.get("ce_id", "")})
        uow.emit_raw(letter.topic, letter.record.key, letter.record.value, headers)
        uow.commit(None)
