"""Gauges that have to ask the database or the event log: looked at in a loop of their own, never by a scrape."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import product

from sqlalchemy import QueuePool, extract, func, select

from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.metrics import Measured, Metric, Reading, catalogue
from servicekit.reads import AnySelect
from servicekit.tables import outbox, timers
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


def watch_database(kit: Kit, gauges: Sequence[Measured]) -> Watch:
    """Watches the outbox, the timers, and what the service itself keeps count of."""
    own = (catalogue.OUTBOX, catalogue.OUTBOX_AGE, catalogue.OVERDUE, catalogue.OVERDUE_AGE)

    def look(kit: Kit) -> dict[str, list[Reading]]:
        with kit.unit() as uow:
            ((events, age),) = uow.rows(_UNPUBLISHED)
            ((due, earliest),) = uow.rows(_due(uow.now))
            waited = (uow.now - earliest).total_seconds() if earliest else 0.0
            values = zip(own, (events, age, due, waited), strict=True)
            seen: dict[str, list[Reading]] = {metric.name: [({}, float(value))] for metric, value in values}
            return seen | {gauge.metric.name: _measured(uow, gauge) for gauge in gauges}

    return Watch("watch.database", kit, [*own, *(gauge.metric for gauge in gauges)], look)


def watch_eventlog(kit: Kit, consumers: Sequence[ConsumerLoop]) -> Watch:
    """Watches how far the consumer groups are behind."""

    def look(kit: Kit) -> dict[str, list[Reading]]:
        lags: list[Reading] = [
            (catalogue.of_consumer(consumer.name, topic), float(events))
            for consumer in consumers
            for topic, events in kit.eventlog.lag(consumer.name, consumer.topics).items()
        ]
        return {catalogue.LAG.name: lags}

    return Watch("watch.eventlog", kit, [catalogue.LAG], look)


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


def _measured(uow: UnitOfWork, gauge: Measured) -> list[Reading]:
    """The rows of a gauge; those that none came for are 0, so that a line on a dashboard does not break off."""
    names = tuple(gauge.metric.labels)
    numbers = dict.fromkeys(product(*gauge.metric.labels.values()), 0.0)
    for *values, number in uow.rows(gauge.query(uow.now)):
        numbers[tuple(values)] = float(number)
    return [(dict(zip(names, values, strict=True)), number) for values, number in numbers.items()]
