"""Our events as CloudEvents 1.0 in Kafka's binary mode: attributes in `ce_` headers, protobuf as the value."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from servicekit.eventlog import Record
from servicekit.ids import new_id

_VERSION = "1.0"
_DIGITS = 19
"""Of the largest sequence, 2**63 - 1. Padded to them, sequences sort as texts as they do as numbers."""
_SEQUENCE = re.compile(r"\d{1,19}", re.ASCII)

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
    """The headers of a fact; the id is new, the type is the message's full protobuf name.

    The trace is there twice: `ce_traceparent`, an extension of CloudEvents, says what the fact was made in and stays;
    `traceparent` is for transports and changes on the way.
    """
    made_in = {"ce_traceparent": traceparent} if traceparent else {}
    return {
        "ce_specversion": _VERSION,
        "ce_id": new_id(),
        "ce_type": message.DESCRIPTOR.full_name,
        "ce_source": f"/hearthline/{service}",
        "ce_subject": subject,
        "ce_time": time.isoformat(),
        "ce_sequence": f"{sequence:0{_DIGITS}}",
        "ce_dataschema": f"proto:{message.DESCRIPTOR.full_name}",
        **made_in,
        "content-type": "application/protobuf",
        "traceparent": traceparent,
    }


def event_type(record_headers: Mapping[str, str]) -> str:
    """The type of a record, empty when it has none."""
    return record_headers.get("ce_type", "")


def trace_of(record_headers: Mapping[str, str]) -> str:
    """The trace that a record goes on with; empty when it is of none."""
    return record_headers.get("traceparent") or record_headers.get("ce_traceparent", "")


def decode(record: Record, message: type[M_co]) -> Event[M_co]:
    """The event in a record; UndecodableEvent tells what is wrong with it."""
    try:
        h = record.headers
        if h["ce_specversion"] != _VERSION:
            raise ValueError(f"ce_specversion is {h['ce_specversion'][:40]!r}, and must be {_VERSION}")
        for name in ("ce_id", "ce_source", "ce_type", "ce_subject"):
            if not h[name]:
                raise ValueError(f"{name} is empty")
        time = datetime.fromisoformat(h["ce_time"])
        if time.tzinfo is None:
            raise ValueError(f"ce_time {h['ce_time']!r} has no offset from UTC")
        return Event(
            id=h["ce_id"],
            type=h["ce_type"],
            topic=record.topic,
            subject=h["ce_subject"],
            sequence=_sequence(h["ce_sequence"]),
            time=time,
            traceparent=trace_of(h),
            data=message.FromString(record.value),
        )
    except KeyError as error:
        raise UndecodableEvent(f"header {error} is missing") from error
    except (ValueError, DecodeError) as error:
        raise UndecodableEvent(f"{record.headers.get('ce_type')}: {error}") from error


def _sequence(text: str) -> int:
    """A number, padded or as it was written before sequences were."""
    if not _SEQUENCE.fullmatch(text) or int(text) >= 2**63:
        raise ValueError(f"ce_sequence {text[:40]!r} is not a whole number from 0 to 2**63 - 1")
    return int(text)
