"""How many events a second an event log takes and gives."""

import time
from datetime import timedelta
from uuid import uuid4

from servicekit.eventlog import EventLog, Record, Topic, connect

BATCH = 500
_VALUE = bytes(range(256))
_HEADERS = {
    "ce_specversion": "1.0",
    "ce_id": "0198c0de-0000-7000-8000-000000000000",
    "ce_type": "hearthline.workorders.v1.TicketCreated",
    "ce_source": "/hearthline/workorders",
    "ce_subject": "tickets/0198c0de-0000-7000-8000-000000000000",
    "ce_time": "2026-01-15T01:00:00+00:00",
    "ce_sequence": "1",
    "content-type": "application/protobuf",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
}


def measure_log(url: str, events: int) -> dict[str, float]:
    """Events a second published in batches of 500 by one producer, and consumed by one member of a new group."""
    with connect(url) as log:
        topic = f"bench.{uuid4().hex[:8]}"
        log.ensure_topics([Topic(topic, 12, timedelta(days=1))])
        return {
            "publish_events_per_s": round(events / publish(log, topic, events)),
            "consume_events_per_s": round(events / consume(log, topic, events)),
        }


def publish(log: EventLog, topic: str, events: int) -> float:
    """Seconds it takes to publish `events` records of 256 bytes with our usual headers."""
    producer = log.producer()
    producer.publish([Record(topic, "warm", b"", _HEADERS)])
    started = time.perf_counter()
    for first in range(0, events, BATCH):
        records = [record(topic, n) for n in range(first, first + BATCH)]
        refused = [outcome for outcome in producer.publish(records) if outcome is not None]
        if refused:
            raise refused[0]
    seconds = time.perf_counter() - started
    producer.close()
    return seconds


def record(topic: str, number: int) -> Record:
    """One of 256 bytes with our usual headers."""
    return Record(topic, f"key-{number % 1000}", _VALUE, _HEADERS)


def consume(log: EventLog, topic: str, events: int) -> float:
    """Seconds from the first batch to the last, each committed."""
    consumer = log.consumer(f"bench.{uuid4().hex[:8]}", [topic])
    taken = len(consumer.poll(30))
    started = time.perf_counter()
    while taken < events:
        taken += len(consumer.poll(10))
        consumer.commit()
    seconds = time.perf_counter() - started
    consumer.close()
    return seconds
