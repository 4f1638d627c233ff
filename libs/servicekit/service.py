"""A service: its parts put together, and its life from start to drained (P5)."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import structlog
from google.protobuf.descriptor import FileDescriptor
from sqlalchemy import MetaData

from hearthline.operations.v1 import dead_letters_pb2, operations_pb2
from hearthline.operations.v1.dead_letters_pb2_grpc import add_DeadLetterServiceServicer_to_server
from hearthline.operations.v1.operations_pb2_grpc import add_OperationsServiceServicer_to_server
from hearthline.privacy.v1 import personal_data_pb2
from hearthline.privacy.v1.personal_data_pb2_grpc import add_PersonalDataServiceServicer_to_server
from servicekit.clock import Clock, connect_clock
from servicekit.database import connect_database
from servicekit.deadletter_api import DeadLetterApi
from servicekit.eventlog import EventLog
from servicekit.eventlog import connect as connect_eventlog
from servicekit.idleness import Idleness
from servicekit.inbox import ConsumerLoop, consumer_loops
from servicekit.kit import Kit
from servicekit.lanes import in_lanes
from servicekit.loops import Loop, LoopThread
from servicekit.maintenance import Maintenance
from servicekit.metrics import Counted, Measured
from servicekit.metrics.catalogue import DEAD_LETTERS, TIMER_FAILURES, UNREADABLE, of_consumer
from servicekit.metrics.export import connect_metrics
from servicekit.metrics.watch import watch_database, watch_eventlog, watch_pool
from servicekit.migrations import await_migrated, migrate
from servicekit.operations import OperationsApi
from servicekit.outbox import Relay
from servicekit.personal_data.api import PersonalDataApi
from servicekit.readiness import Readiness
from servicekit.retention import Retention, Rule, access_rule
from servicekit.sealing import AUDIT, Sealed, Sealer
from servicekit.server import Health, Server, Servicer
from servicekit.settings import ServiceSettings
from servicekit.subscriptions import Subscription
from servicekit.timers import TimerHandler, TimerLoop

_log = structlog.get_logger()
_LOOPS_END_S = 10.0


@dataclass(frozen=True, slots=True)
class Service:
    """What a service is made of; its `bootstrap.py` says it once."""

    name: str
    settings: ServiceSettings
    metadata: MetaData
    migrations: Path
    servicers: Sequence[Servicer]
    descriptors: Sequence[FileDescriptor]
    subscriptions: Sequence[Subscription] = ()
    timers: Mapping[str, TimerHandler] = field(default_factory=dict)
    loops: Sequence[Callable[[], Loop]] = ()
    """Makers of loops of its own; each `work` process gets its own instances."""
    lanes: Mapping[str, int] = field(default_factory=dict)
    """Threads that consumers of a lane share in each process, however many of them there are."""
    counts: Sequence[Counted] = ()
    gauges: Sequence[Measured] = ()
    sealed: Sequence[Sealed] = (AUDIT,)
    """Tables whose rows are sealed in hash chains."""
    retention: Sequence[Rule] = ()
    """Kinds of records of its own that go when they are past their time."""

    @property
    def rules(self) -> Sequence[Rule]:
        """For how long it keeps what."""
        return (access_rule(self.settings.access_retention), *self.retention)

    def migrate(self, patience: float = 0) -> None:
        """Brings the database to this version's schema; safe to run twice and beside the old version.

        Waits up to `patience` seconds for a database that does not answer yet.
        """
        engine = connect_database(self.settings.database_url, application=f"{self.name}-migrate")
        try:
            migrate(engine, self.migrations, patience)
        finally:
            engine.dispose()

    def await_migrated(self, seconds: float) -> None:
        """Returns when the database has this version's schema or a newer one; TimeoutError after `seconds`."""
        engine = connect_database(self.settings.database_url, application=f"{self.name}-wait")
        try:
            await_migrated(engine, self.migrations, seconds)
        finally:
            engine.dispose()


class Running:
    """One process of a service: its server, its loops, or both. Made ready by `start`, ended by `stop`."""

    def __init__(
        self, service: Service, serve: bool, work: bool, clock: Clock | None = None, eventlog: EventLog | None = None
    ) -> None:
        settings = service.settings
        if settings.pin_to_core is not None:
            # Threads of one interpreter take turns anyway; kept on one core they stop fighting over its lock.
            os.sched_setaffinity(0, {settings.pin_to_core})
        engine = connect_database(settings.database_url, settings.threads + 10, f"hearthline-{service.name}")
        log = eventlog or connect_eventlog(settings.eventlog_url)
        self._owns_eventlog = eventlog is None
        metrics = connect_metrics(service.name, settings, service.counts)
        self.kit = Kit(service.name, settings, clock or connect_clock(settings.clock), engine, log, metrics)
        consumers = consumer_loops(service.subscriptions)
        own = [make() for make in service.loops]
        loops: list[Loop] = [
            Relay(0.25 if serve else 0.02),
            TimerLoop(service.timers),
            *in_lanes(consumers, service.lanes),
            *own,
        ]
        self._threads = [LoopThread(loop, self.kit) for loop in loops] if work else []
        self.idleness = Idleness(self.kit, self._threads) if work else None
        """Of the loops that do the service's work; None for a process that only serves."""
        if work:
            keeping: list[Loop] = [Maintenance(), Retention(service.rules), Sealer(service.sealed)]
            self._threads += [LoopThread(loop, self.kit) for loop in (*keeping, *self._watches(service, consumers))]
        watch_pool(self.kit)
        if settings.keyring is None:
            _log.warning("personal data is encrypted with keys that everybody knows", setting="HEARTHLINE_KEYRING")
        self.server = self._serve(service, consumers, own) if serve else None
        self.health = None if serve else Health(settings)
        if told := self.server or self.health:
            self._threads.append(LoopThread(Readiness(told), self.kit))

    def _watches(self, service: Service, consumers: Sequence[ConsumerLoop]) -> list[Loop]:
        """What looks after the gauges, where somebody is interested in them."""
        if not self.kit.metrics.is_on:
            return []
        # From 0 on, for a rate needs a value before the first failure.
        for subscription in service.subscriptions:
            labels = of_consumer(subscription.consumer, subscription.topic)
            self.kit.metrics.recorder(DEAD_LETTERS, labels)(0)
            self.kit.metrics.recorder(UNREADABLE, labels)(0)
        for kind in service.timers:
            self.kit.metrics.recorder(TIMER_FAILURES, {"kind": kind})(0)
        return [watch_database(self.kit, service.gauges, service.sealed), watch_eventlog(self.kit, consumers)]

    def _serve(self, service: Service, consumers: Sequence[ConsumerLoop], own: Sequence[Loop]) -> Server:
        def operations(_: object) -> OperationsApi:
            return OperationsApi(self.kit, consumers, own, self.idleness)

        servicers: list[Servicer] = [
            *service.servicers,
            (add_OperationsServiceServicer_to_server, operations),
            (add_DeadLetterServiceServicer_to_server, partial(DeadLetterApi, consumers=consumers)),
            (add_PersonalDataServiceServicer_to_server, PersonalDataApi),
        ]
        shared = [operations_pb2.DESCRIPTOR, dead_letters_pb2.DESCRIPTOR, personal_data_pb2.DESCRIPTOR]
        descriptors = [*service.descriptors, *shared]
        return Server(self.kit, servicers, descriptors)

    @property
    def port(self) -> int:
        """Where it serves."""
        assert self.server is not None
        return self.server.port

    def start(self) -> "Running":
        """Starts the loops, then the server."""
        for thread in self._threads:
            thread.start()
        if self.server is not None:
            self.server.start()
            _log.info("serving", port=self.server.port)
        if self.health is not None:
            self.health.start()
        return self

    def stop(self, settle_seconds: float = 0.0) -> None:
        """Drains: no new calls, running ones finish, loops end after their batch, connections close."""
        if self.server is not None:
            self.server.drain(settle_seconds)
        for thread in self._threads:
            thread.stop()
        end = time.monotonic() + _LOOPS_END_S
        for thread in self._threads:
            thread.join(timeout=max(end - time.monotonic(), 0))
            close = getattr(thread.loop, "close", None)
            if close is not None:
                close()
        if self.health is not None:
            self.health.stop()
        if self._owns_eventlog:
            self.kit.eventlog.close()
        self.kit.metrics.close()
        self.kit.engine.dispose()
        _log.info("stopped")
