"""Our events as CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, protobuf as the value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from servicekit.eventlog import Record
from servicekit.ids import new_id

M_co = TypeVar("M_co", bound=Message, covariant=True)


class UndecodableEvent(Exception):
    """A record that is no event of ours: a header is missing, or the value does not parse. Never retried."""


@dataclass(frozen=True, slots=True)
class Event(Generic[M_co]):
    """A fact as its consumers see it."""

    id: str
    type: str
    topic: str
    subject: str
    sequence: int
    """Version of the aggregate that this fact belongs to."""
    time: datetime
    traceparent: str
    data: M_co


def headers(
    message: Message, service: str, subject: str, sequence: int, time: datetime, traceparent: str
) -> dict[str, str]:
    """The headers of a fact; the id is new, the type is the message's full protobuf name."""
    return {
        "ce_specversion": "1.0",
        "ce_id": new_id(),
        "ce_type": message.DESCRIPTOR.full_name,
        "ce_source": f"/hearthline/{service}",
        "ce_subject": subject,
        "ce_time": time.isoformat(),
        "ce_sequence": str(sequence),
        "content-type": "application/protobuf",
        "traceparent": traceparent,
    }


def event_type(record_headers: Mapping[str, str]) -> str:
    """The type of a record, empty when it has none."""
    return record_headers.get("ce_type", "")


def decode(record: Record, message: type[M_co]) -> Event[M_co]:
    """The event in a record; UndecodableEvent tells what is wrong with it."""
    try:
        h = record.headers
        time = datetime.fromisoformat(h["ce_time"])
        if time.tzinfo is None:
            raise ValueError(f"ce_time {h['ce_time']!r} has no offset from UTC")
        return Event(
            id=h["ce_id"],
            type=h["ce_type"],
            topic=record.topic,
            subject=h["ce_subject"],
            sequence=int(h["ce_sequence"]),
            time=time,
            traceparent=h.get("traceparent", ""),
            data=message.FromString(record.value),
        )
    except KeyError as error:
        raise UndecodableEvent(f"header {error} is missing") from error
    except (ValueError, DecodeError) as error:
        raise UndecodableEvent(f"{record.headers.get('ce_type')}: {error}") from error
