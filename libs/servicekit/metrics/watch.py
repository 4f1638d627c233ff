"""Gauges that have to ask the database or the event log: looked at in a loop of their own, never by a scrape."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import product

from sqlalchemy import QueuePool, extract, func, select

from servicekit.core import AnySelect
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.metrics import Measured, Metric, Reading, catalogue
from servicekit.sealing import Sealed
from servicekit.tables import chains, outbox, timers
from servicekit.uow import UnitOfWork

_MANY = 100_000
_LOOKS_MISSED = 3

Look = Callable[[Kit], Mapping[str, list[Reading]]]


class Watch:
    """A loop that looks every `poll_s` seconds; what it saw is scraped until it has missed a few looks.

    So a scrape waits for nobody, and a database or broker that is away leaves a gap instead of old numbers.
    """

    def __init__(self, name: str, kit: Kit, metrics: Iterable[Metric], look: Look) -> None:
        self.name = name
        self.poll_s = kit.settings.metrics_watch_seconds
        self._look = look
        self._seen: Mapping[str, list[Reading]] = {}
        self._seen_at = 0.0
        for metric in metrics:
            kit.metrics.observe(metric, partial(self._read, metric.name))

    def run_once(self, kit: Kit) -> bool:
        """See `Loop`."""
        self._seen = self._look(kit)
        self._seen_at = time.monotonic()
        return False

    def _read(self, name: str) -> list[Reading]:
        is_fresh = time.monotonic() - self._seen_at < self.poll_s * _LOOKS_MISSED
        return self._seen.get(name, []) if is_fresh else []


def watch_database(kit: Kit, gauges: Sequence[Measured], sealed: Sequence[Sealed]) -> Watch:
    """Watches the outbox, the timers, the chains, and what the service itself keeps count of."""
    own = (catalogue.OUTBOX, catalogue.OUTBOX_AGE, catalogue.OVERDUE, catalogue.OVERDUE_AGE)

    def look(kit: Kit) -> dict[str, list[Reading]]:
        with kit.unit() as uow:
            ((events, age),) = uow.rows(_UNPUBLISHED)
            ((due, earliest),) = uow.rows(_due(uow.now))
            waited = (uow.now - earliest).total_seconds() if earliest else 0.0
            values = zip(own, (events, age, due, waited), strict=True)
            seen: dict[str, list[Reading]] = {metric.name: [({}, float(value))] for metric, value in values}
            seen |= {catalogue.SEALED.name: _sealed(uow), catalogue.UNSEALED.name: _unsealed(uow, sealed)}
            return seen | {gauge.metric.name: _measured(uow, gauge) for gauge in gauges}

    chained = (catalogue.SEALED, catalogue.UNSEALED)
    return Watch("watch.database", kit, [*own, *chained, *(gauge.metric for gauge in gauges)], look)


def watch_eventlog(kit: Kit, consumers: Sequence[ConsumerLoop]) -> Watch:
    """Watches how far the consumer groups are behind."""
    readers = {consumer.name: consumer.topics for consumer in consumers}
    topics = sorted({topic for consumer in consumers for topic in consumer.topics})
    open_since: dict[tuple[str, int, int], float] = {}

    def held_back(kit: Kit) -> list[Reading]:
        """By topic the oldest transaction that was seen open; a transaction is known by where it begins."""
        now = time.monotonic()
        found = {(topic, number, start) for (topic, number), start in kit.eventlog.held_back(topics).items()}
        for gone in open_since.keys() - found:
            del open_since[gone]
        for each in found:
            open_since.setdefault(each, now)
        ages = dict.fromkeys(topics, 0.0)
        for (topic, _, _), since in open_since.items():
            ages[topic] = max(ages[topic], now - since)
        return [(catalogue.held_back(topic), age) for topic, age in ages.items()]

    def look(kit: Kit) -> dict[str, list[Reading]]:
        lags: list[Reading] = [
            (catalogue.of_consumer(consumer, topic), float(events))
            for consumer, read in kit.eventlog.lag(readers).items()
            for topic, events in read.items()
        ]
        return {catalogue.LAG.name: lags, catalogue.HELD_BACK.name: held_back(kit)}

    return Watch("watch.eventlog", kit, [catalogue.LAG, catalogue.HELD_BACK], look)


def watch_pool(kit: Kit) -> None:
    """Has the connections of the pool counted at each scrape; that asks nobody."""
    name = {"db.client.connection.pool.name": kit.name}

    def pool() -> QueuePool:
        # The engine makes another one when the server went away.
        assert isinstance(kit.engine.pool, QueuePool)
        return kit.engine.pool

    def count() -> list[Reading]:
        states = {"used": pool().checkedout(), "idle": pool().checkedin()}
        return [({**name, "db.client.connection.state": state}, number) for state, number in states.items()]

    kit.metrics.observe(catalogue.CONNECTIONS, count)
    kit.metrics.observe(catalogue.CONNECTIONS_MAX, lambda: [(name, pool().size())])


_UNSENT = outbox.c.published_at.is_(None)
_AGE = func.now() - select(outbox.c.created_at).where(_UNSENT).order_by(outbox.c.seq).limit(1).scalar_subquery()
_UNPUBLISHED = select(
    select(func.count()).select_from(select(outbox.c.seq).where(_UNSENT).limit(_MANY).subquery()).scalar_subquery(),
    func.coalesce(func.greatest(extract("epoch", _AGE), 0), 0),
)


def _due(now: datetime) -> AnySelect:
    """How many timers' time has come, and the earliest such time."""
    due = select(timers.c.due).where(timers.c.due <= now).order_by(timers.c.due).limit(_MANY).subquery()
    return select(func.count(), func.min(due.c.due)).select_from(due)


def _sealed(uow: UnitOfWork) -> list[Reading]:
    return [({"chain": row.name}, float(row.position)) for row in uow.rows(select(chains.c.name, chains.c.position))]


def _unsealed(uow: UnitOfWork, sealed: Sequence[Sealed]) -> list[Reading]:
    found: list[Reading] = []
    for each in sealed:
        waiting = select(each.table.c.seal).where(each.table.c.position.is_(None)).limit(_MANY).subquery()
        found.append(({"chain": each.name}, float(uow.rows(select(func.count()).select_from(waiting))[0][0])))
    return found


def _measured(uow: UnitOfWork, gauge: Measured) -> list[Reading]:
    """The rows of a gauge; those that none came for are 0, so that a line on a dashboard does not break off."""
    names = tuple(gauge.metric.labels)
    numbers = dict.fromkeys(product(*gauge.metric.labels.values()), 0.0)
    for *values, number in uow.rows(gauge.query(uow.now)):
        numbers[tuple(values)] = float(number)
    return [(dict(zip(names, values, strict=True)), number) for values, number in numbers.items()]
