"""Compares what callers were told with databases, topics and projections, change by change (P1, P2).

It looks while the platform is at rest, and each time at what is new since the last look.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any
from uuid import uuid4

from google.protobuf.message import Message

from hearthline.complaints.v1.events_pb2 import ComplaintSupervised
from hearthline.workorders.v1.events_pb2 import ServiceStandardBreached, ServiceStandardWarned
from servicekit.eventlog import Record
from servicekit.eventlog.topics import DEAD_LETTERS
from servicekit.subscriptions import Subscription
from servicekit.times import instant
from tests.e2e.tables import opened_reply
from tests.faults import gateway
from tests.faults.bank import METHOD, check_payments
from tests.faults.house import House, asking_again
from tests.faults.services import SERVICES
from tests.faults.workload import Outcome, Told
from tests.support.findings import Event, Findings, compare_topic

TOPICS = tuple(f"hearthline.{service}.v1" for service in SERVICES)
_OUTBOX = "SELECT topic, key, headers, value, seq FROM outbox WHERE seq > %s ORDER BY seq"
_MARKED = "SELECT seq, created_at::text, published_at::text, now()::text FROM outbox WHERE seq = ANY(%s) ORDER BY seq"
_PUBLISHED = (METHOD, gateway.METHOD)
"""What is told by records, not by calls."""
_DUE: dict[str, type[Message]] = {
    "ServiceStandardWarned": ServiceStandardWarned,
    "ServiceStandardBreached": ServiceStandardBreached,
    "ComplaintSupervised": ComplaintSupervised,
}
"""Events that a timer told, each once for its time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A row of an outbox."""

    topic: str
    key: str
    headers: Mapping[str, str]
    value: bytes
    seq: int

    @property
    def kind(self) -> str:
        """Type of the event without its package."""
        return self.headers.get("ce_type", "").rpartition(".")[2]


class Checker:
    """Each look has findings of its own."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._last = dict.fromkeys(SERVICES, 0)
        self._told_due: Counter[tuple[str, ...]] = Counter()
        self._reopened: Counter[str] = Counter()
        """Jobs whose promises began anew, which may be due at the same end of a night as before."""
        self.dead_letters_meant = 0
        """How many may be there: somebody sent poison."""
        self.forget_topics()

    def forget_topics(self) -> None:
        """Topics are read from their beginning again, and must hold all of every outbox: they were lost."""
        self._group = f"faults-{uuid4().hex[:8]}"
        self._known: dict[str, set[str]] = {topic: set() for topic in TOPICS}
        self._sent_before = dict.fromkeys(SERVICES, 0)

    def look(self, told: Sequence[Told]) -> Findings:
        """Waits until the platform is at rest, and compares."""
        found = Findings()
        with self._house.frozen():
            self._house.settle()
            new = {service: self._outbox(service, self._last[service]) for service in SERVICES}
            fresh = self._read_topics()
            for service, topic in zip(SERVICES, TOPICS, strict=True):
                self._check_topic(service, topic, fresh[topic], found)
                calls = [call for call in told if call.service == service and call.method not in _PUBLISHED]
                self._check_calls(service, calls, new[service], found)
                self._check_timers(service, new[service], found)
                self._check_sequences(service, new[service], found)
                self._check_inboxes(service, fresh, found)
                self._last[service] = max([sent.seq for sent in new[service]], default=self._last[service])
            self._check_dead_letters(new, found)
            self._check_ledger(found)
            paid = [call for call in told if call.method == METHOD]
            lost, wrong = check_payments(lambda query: self._rows("billing", query), paid)
            found.lost += lost
            found.doubled += wrong
        return found

    def _outbox(self, service: str, after: int) -> list[Sent]:
        return [Sent(*row) for row in self._rows(service, _OUTBOX, after)]

    def _read_topics(self) -> dict[str, list[Record]]:
        """What each topic holds that it did not at the last look; each event once, as it came first."""
        fresh: dict[str, dict[str, Record]] = {topic: {} for topic in TOPICS}
        for attempt in asking_again():
            with attempt:
                self._read_on(fresh)
        return {topic: list(records.values()) for topic, records in fresh.items()}

    def _read_on(self, fresh: dict[str, dict[str, Record]]) -> None:
        with self._house.eventlog() as log, closing(log.consumer(self._group, TOPICS)) as consumer:
            idle = 0
            while idle < 2 or any(log.lag({self._group: TOPICS})[self._group].values()):
                records = consumer.poll(timeout=0.3)
                idle = 0 if records else idle + 1
                for record in records:
                    if record.headers["ce_id"] not in self._known[record.topic]:
                        fresh[record.topic].setdefault(record.headers["ce_id"], record)
                consumer.commit()

    def _check_topic(self, service: str, topic: str, fresh: Sequence[Record], found: Findings) -> None:
        sent = [each for each in self._outbox(service, self._sent_before[service]) if each.topic == topic]
        seen = [Event(record.key, record.headers["ce_id"]) for record in fresh]
        lost_before = len(found.lost)
        compare_topic(topic, [Event(each.key, each.headers["ce_id"]) for each in sent], seen, found)
        if len(found.lost) > lost_before:
            found.lost[-1] += f"; {self._whereabouts(service, topic, sent, {event.id for event in seen})}"
        self._sent_before[service] = max([each.seq for each in sent], default=self._sent_before[service])
        self._known[topic] |= {event.id for event in seen}

    def _whereabouts(self, service: str, topic: str, sent: Sequence[Sent], seen: set[str]) -> str:
        """What tells whether events are gone or were late: the databases are gone when somebody reads of it."""
        missing = [each for each in sent if each.headers["ce_id"] not in seen]
        marked = self._rows(service, _MARKED, [each.seq for each in missing])
        with self._house.eventlog() as log:
            there = {record.headers["ce_id"] for record in log.read(topic, 10_000_000)}
        late = sum(each.headers["ce_id"] in there for each in missing)
        return f"{late} of {len(missing)} are there by now; written, published, and the time: {marked[:3]}"

    def _check_dead_letters(self, new: Mapping[str, Sequence[Sent]], found: Findings) -> None:
        letters = [each for sent in new.values() for each in sent if each.topic.endswith(DEAD_LETTERS)]
        for letter in letters[self.dead_letters_meant :]:
            found.lost.append(f"{letter.topic}: {letter.headers['dlq-consumer']}: {letter.headers['dlq-reason']}")
        self.dead_letters_meant = 0

    def _check_calls(self, service: str, told: Sequence[Told], new: Sequence[Sent], found: Findings) -> None:
        """An answered change is there once, with answer, audit and event; any other wholly or not at all."""
        ids = [call.request_id for call in told]
        stored = self._rows(service, "SELECT request_id, reply FROM requests WHERE request_id = ANY(%s)", ids)
        answers = {request_id: opened_reply(service, request_id, reply) for request_id, reply in stored}
        audits = Counter(
            id_ for (id_,) in self._rows(service, "SELECT request_id FROM audit WHERE request_id = ANY(%s)", ids)
        )
        # A dead letter, and its replay, are the same fact once more.
        different = {(each.headers.get("traceparent", "")[3:35], each.kind, each.headers.get("ce_id")) for each in new}
        facts = Counter((trace, kind) for trace, kind, _ in different)
        for call in told:
            name = f"{service}: {call.method} {call.request_id}"
            counts = [int(call.request_id in answers), audits[call.request_id]]
            counts += [facts[call.trace, call.fact]] if call.fact else []
            if call.outcome is Outcome.FAILED:
                found.failed.append(f"{name}: {call.reply}")
            elif call.outcome is Outcome.REFUSED and any(counts):
                found.failed.append(f"{name} was refused, and done: {dict(call.statuses)}")
            elif call.outcome is Outcome.ACKED and min(counts) == 0:
                found.lost.append(f"{name} was answered: answer, audit, event {counts}")
            elif max(counts) > 1:
                found.doubled.append(f"{name}: answer, audit, event {counts}")
            elif min(counts) != max(counts):
                found.lost.append(f"{name} is there in parts: answer, audit, event {counts}")
            elif call.outcome is Outcome.ACKED and type(call.reply).FromString(answers[call.request_id]) != call.reply:
                found.failed.append(f"{name} was answered otherwise than stored")

    def _check_timers(self, service: str, new: Sequence[Sent], found: Findings) -> None:
        """Nothing that is due still waits; what fired was not early, and fired once."""
        late = self._rows(service, "SELECT kind, subject, due FROM timers WHERE due <= %s", self._house.now())
        found.lost += [f"{service}: timer {kind} of {subject} for {due} did not fire" for kind, subject, due in late]
        for sent in new:
            self._reopened[sent.headers.get("ce_subject", "")] += sent.kind == "WorkOrderReopened"
            if sent.kind not in _DUE:
                continue
            event: Any = _DUE[sent.kind].FromString(sent.value)
            due, at = instant(event.due_time), datetime.fromisoformat(sent.headers["ce_time"])
            if sent.kind == "ServiceStandardBreached" and at < due:
                found.failed.append(f"{service}: {sent.kind} of {sent.headers['ce_subject']} at {at}, due {due}")
            which = (
                sent.kind,
                sent.headers["ce_subject"],
                event.clock,
                due.isoformat(),
                str(getattr(event, "step", "")),
                str(self._reopened[sent.headers["ce_subject"]]),
            )
            self._told_due[which] += 1
            if self._told_due[which] > 1:
                found.doubled.append(f"{service}: {which} was told {self._told_due[which]} times")

    def _check_sequences(self, service: str, new: Sequence[Sent], found: Findings) -> None:
        """Events of one aggregate leave in the order of its versions."""
        versions: dict[str, int] = {}
        for each in new:
            if subject := each.headers.get("ce_subject", ""):
                version = int(each.headers.get("ce_sequence", 0))
                if version < versions.get(subject, 0):
                    found.reordered.append(f"{service}: {subject} has {version} after {versions[subject]}")
                versions[subject] = version

    def _check_inboxes(self, service: str, fresh: Mapping[str, Sequence[Record]], found: Findings) -> None:
        """Every event took effect in every consumer that wants it: its inbox row came with the effect."""
        for subscription in subscriptions(service):
            if subscription.topic not in fresh:
                continue
            kinds = {message.DESCRIPTOR.full_name for message in subscription.handlers}
            wanted = {r.headers["ce_id"] for r in fresh[subscription.topic] if r.headers["ce_type"] in kinds}
            query = "SELECT event_id FROM inbox WHERE consumer = %s AND event_id = ANY(%s)"
            taken = {id_ for (id_,) in self._rows(service, query, subscription.consumer, list(wanted))}
            found.lost += [f"{subscription.consumer}: event {id_} had no effect" for id_ in wanted - taken]

    def _check_ledger(self, found: Findings) -> None:
        query = "SELECT entry_id, currency, sum(amount) FROM postings GROUP BY 1, 2 HAVING sum(amount) <> 0"
        found.failed += [f"ledger: entry {row} does not sum to zero" for row in self._rows("billing", query)]
        query = """
            SELECT a.id, a.balance, coalesce(sum(p.amount), 0)
            FROM accounts a LEFT JOIN postings p ON p.account_id = a.id
            GROUP BY 1, 2 HAVING a.balance <> coalesce(sum(p.amount), 0)
        """
        found.failed += [f"ledger: account, balance, postings {row}" for row in self._rows("billing", query)]
        query = "SELECT subject, kind, count(*) FROM entries WHERE subject <> '' GROUP BY 1, 2 HAVING count(*) > 1"
        found.doubled += [f"ledger: {row}" for row in self._rows("billing", query)]

    def _rows(self, service: str, query: str, *values: object) -> list[tuple]:
        return self._house.postgres.query(service, query, values)


def subscriptions(service: str) -> list[Subscription]:
    """What a service reads, without banks' topics."""
    made = import_module(f"{service}.bootstrap").service(None)
    return [subscription for subscription in made.subscriptions if subscription.raw is None]
