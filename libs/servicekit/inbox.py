"""Consumers: every event takes effect once, whatever the log delivers (P2).

A batch of events is one transaction that holds their inbox rows and their effects; then the offsets are
committed. What it changes stays locked meanwhile, so batches get smaller where they take long. When one fails its
events are tried one at a time, so that a poison message stops nobody but itself: after a few tries it goes to
`<topic>.dlq` with the reason.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from opentelemetry.trace import SpanKind
from sqlalchemy import bindparam, select

from servicekit.cloudevents import Event, UndecodableEvent, decode, event_type, trace_of
from servicekit.deadletters import dead_letter, set_aside
from servicekit.errors import Unavailable
from servicekit.eventlog import Consumer, EventLogUnavailable, Record
from servicekit.kit import Kit
from servicekit.metrics.catalogue import DELAY, PROCESS, described, of_consumer
from servicekit.personal.messages import opened_event
from servicekit.reads import ids_in
from servicekit.subscriptions import Subscription, Together
from servicekit.tables import inbox
from servicekit.telemetry import link, span, within
from servicekit.uow import UnitOfWork

_log = structlog.get_logger()
_FIRST_PAUSE_S = 0.05
_LARGEST_BATCH = 500
_LONG_S = 0.2
_LONGEST_ID = 200
_TAKEN = select(inbox.c.event_id).where(inbox.c.consumer == bindparam("consumer"), ids_in(inbox.c.event_id))


class ConsumerLoop:
    """The loop of one consumer group."""

    poll_s = 0.0

    def __init__(self, name: str, subscriptions: Sequence[Subscription]) -> None:
        self.name = name
        self.topics = [s.topic for s in subscriptions]
        self.known_as = subscriptions[0].succeeds or name
        """Its name in the inbox: that of the consumer that it took over from, so that it knows what that one took."""
        self.lane = subscriptions[0].lane
        self._raw = {s.topic: s.raw for s in subscriptions if s.raw}
        self._unreadable = {s.topic: s.unreadable for s in subscriptions}
        self._handlers = {
            (s.topic, message.DESCRIPTOR.full_name): (message, handler)
            for s in subscriptions
            for message, handler in s.handlers.items()
        }
        self._consumer: Consumer | None = None
        self._batch = _LARGEST_BATCH

    def run_once(self, kit: Kit, patience_s: float = 1.0) -> bool:
        """Takes one batch; waits for it inside the log's own poll, unless it is to gather a larger one."""
        if self._consumer is None:
            self.take_over(kit)
            self._consumer = kit.eventlog.consumer(self.name, self.topics)
        records = self._consumer.poll(timeout=0.0 if kit.is_paced else patience_s, max_records=self._batch)
        if not records:
            return False
        began = time.monotonic()
        try:
            for is_damaged, run in groupby(filter(self.wants, records), lambda record: bool(record.damage)):
                take = self._set_aside if is_damaged else self._take
                take(kit, list(run))
            self._consumer.commit()
        except Exception:
            # Whatever it was: what did not take effect comes again, and what did is committed with it. Offsets that
            # could not be committed would else stay behind until the topic's next record.
            self._consumer.rewind()
            raise
        finally:
            # After one that failed as well, for it may have failed because it took so long.
            self._batch = next_batch(self._batch, len(records), time.monotonic() - began)
        return True

    def take_over(self, kit: Kit) -> None:
        """Begins where the consumer of an earlier version had come to, unless it has begun before."""
        if self.known_as != self.name:
            kit.eventlog.take_over(self.name, self.known_as, self.topics)

    def wake(self) -> None:
        """Ends a waiting poll."""
        if self._consumer is not None:
            self._consumer.wake()

    def close(self) -> None:
        """Leaves the group."""
        if self._consumer is not None:
            self._consumer.close()
            self._consumer = None

    def wants(self, record: Record) -> bool:
        """True for a record that one of its subscriptions handles.

        One without a type may be for anybody: it is taken, to be told as undecodable.
        """
        kind = "" if record.damage else event_type(record.headers)
        handled = (record.topic, kind) in self._handlers if kind else record.topic in self.topics
        return handled or record.topic in self._raw

    def _set_aside(self, kit: Kit, records: list[Record]) -> None:
        for record in records:
            set_aside(kit, self.name, self.known_as, record, self._unreadable.get(record.topic))

    def _take(self, kit: Kit, records: list[Record]) -> None:
        try:
            self.apply(kit, records)
        except (Unavailable, EventLogUnavailable):
            raise
        except Exception as error:  # noqa: BLE001
            _log.info("batch failed, trying one at a time", consumer=self.name, size=len(records), reason=str(error))
            for record in records:
                self._insist(kit, record)

    def _insist(self, kit: Kit, record: Record) -> None:
        """Tries one record a few times, then sends it to the dead letters."""
        pause = _FIRST_PAUSE_S
        for attempt in range(1, kit.settings.retry_attempts + 1):
            try:
                self.apply(kit, [record])
                return
            except (Unavailable, EventLogUnavailable):
                raise
            except Exception as error:  # noqa: BLE001
                if attempt == kit.settings.retry_attempts or isinstance(error, UndecodableEvent):
                    dead_letter(kit, self.name, self._id(record), record, error, self.known_as)
                    with within(trace_of(record.headers)):
                        _log.error("dead letter", consumer=self.name, topic=record.topic, exc_info=error)
                    return
            time.sleep(pause)
            pause *= 2

    def apply(self, kit: Kit, records: Sequence[Record]) -> None:
        """Takes records in one transaction, each of them once."""
        with kit.unit(actor=f"consumer/{self.name}") as uow:
            uow.joined = True
            fresh = self._fresh(uow, records)
            uow.insert_all(inbox, [{"consumer": self.known_as, "event_id": identifier} for identifier in fresh])
            for together, run in groupby(fresh.values(), self._together):
                if together is None:
                    for record in run:
                        self.handle(kit, uow, record)
                else:
                    self._handle_together(kit, uow, list(run))
            uow.finish()
        self._measure(kit, fresh.values())

    def _measure(self, kit: Kit, applied: Iterable[Record]) -> None:
        """Records how long ago our events were made that took effect just now; partners' times prove nothing."""
        if kit.metrics.is_on:
            now = kit.clock.now()
            for record in applied:
                if record.topic not in self._raw:
                    late = now - datetime.fromisoformat(record.headers["ce_time"])
                    kit.metrics.recorder(DELAY, of_consumer(self.name, record.topic))(max(late.total_seconds(), 0))

    def _id(self, record: Record) -> str:
        """Its CloudEvents id; of a partner's record what it is in the log, for what a partner claims proves nothing."""
        told = "" if record.topic in self._raw else record.headers.get("ce_id", "")
        # What the inbox cannot hold is no name for anything.
        return told if told and len(told) <= _LONGEST_ID and "\0" not in told else record.identity

    def _fresh(self, uow: UnitOfWork, records: Sequence[Record]) -> dict[str, Record]:
        """By their ids the records that did not take effect yet; each of them once, in their order."""
        found: dict[str, Record] = {}
        for record in records:
            found.setdefault(self._id(record), record)
        for row in uow.rows(_TAKEN, {"consumer": self.known_as, "ids": list(found)}):
            del found[row.event_id]
        return found

    def handle(self, kit: Kit, uow: UnitOfWork, record: Record) -> None:
        """Takes one record in a unit that others commit, whether or not it was seen before."""
        told, labels = described(kit.eventlog.system, self.name, record.topic)
        attributes: dict[str, str | int | bool] = {**told, f"messaging.{kit.eventlog.system}.offset": record.offset}
        parent = trace_of(record.headers)
        with (
            span(f"process {record.topic}", parent, SpanKind.CONSUMER, attributes),
            kit.metrics.timed(PROCESS, labels),
        ):
            if raw := self._raw.get(record.topic):
                raw(uow, record)
                return
            handler, event = self._opened(kit, record)
            if isinstance(handler, Together):
                handler.handler(uow, [event])
            else:
                handler(uow, event)

    def _handle_together(self, kit: Kit, uow: UnitOfWork, records: Sequence[Record]) -> None:
        """Takes several records of one type in one trace, to which theirs are linked."""
        if len(records) == 1:
            self.handle(kit, uow, records[0])
            return
        told, labels = described(kit.eventlog.system, self.name, records[0].topic)
        attributes: dict[str, str | int | bool] = {**told, "messaging.batch.message_count": len(records)}
        with (
            span(f"process {records[0].topic}", kind=SpanKind.CONSUMER, attributes=attributes) as current,
            kit.metrics.timed(PROCESS, labels),
        ):
            link(current, [trace_of(record.headers) for record in records])
            opened = [self._opened(kit, record) for record in records]
            opened[0][0].handler(uow, [event for _, event in opened])

    def _together(self, record: Record) -> tuple[str, str] | None:
        """What records have alike that one handler takes at once; None for one that is taken alone."""
        key = (record.topic, event_type(record.headers))
        return key if isinstance(self._handlers.get(key, (None, None))[1], Together) else None

    def _opened(self, kit: Kit, record: Record) -> tuple[Any, Event[Any]]:
        """A record's handler, and its event in clear."""
        kind = event_type(record.headers)
        if not kind:
            raise UndecodableEvent("header 'ce_type' is missing")
        message, handler = self._handlers[record.topic, kind]
        event = decode(record, message)
        opened_event(kit.keyring, event.data)
        return handler, event


def next_batch(largest: int, size: int, took_s: float) -> int:
    """The largest number of events to take at once, after `size` of them took so many seconds.

    Callers who want what a batch changes wait until it is committed, so it is to take a fifth of a second at most.
    """
    if took_s > _LONG_S:
        return max(1, int(size * _LONG_S / took_s))
    return min(max(largest, 2 * size), _LARGEST_BATCH)


def consumer_loops(subscriptions: Sequence[Subscription]) -> list[ConsumerLoop]:
    """One loop for each consumer name."""
    names = dict.fromkeys(s.consumer for s in subscriptions)
    return [ConsumerLoop(name, [s for s in subscriptions if s.consumer == name]) for name in names]
