"""Real services in this process: own databases, one embedded event log, a clock the test moves."""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
from google.protobuf.message import Message

from hearthline.operations.v1.operations_pb2 import GetProgressRequest, Progress
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from servicekit import cloudevents
from servicekit.client import connect
from servicekit.clock import ManualClock
from servicekit.eventlog import EventLog, Record
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from servicekit.inbox import consumer_loops
from servicekit.service import Running, Service
from servicekit.settings import ServiceSettings
from tests.support.postgres import Databases

# A Thursday morning in the heating season, a working day in China.
MORNING = datetime(2026, 1, 15, 1, 0, tzinfo=UTC)
PATIENCE_S = 20.0

MakeService = Callable[[Any], Service]


class RunningService:
    """One running service as a test sees it."""

    def __init__(self, service: Service, running: Running, clock: ManualClock) -> None:
        self.service = service
        self.running = running
        self.kit = running.kit
        self.clock = clock
        self.target = f"127.0.0.1:{running.port}"
        self.channel = self.connect("staff/1007")

    @property
    def database(self) -> str:
        """Name of its database."""
        return str(self.kit.engine.url.database)

    def connect(self, actor: str, roles: Sequence[str] = ()) -> grpc.Channel:
        """A channel for a caller of this name."""
        return connect(self.target, actor, roles)

    def progress(self) -> Progress:
        """What is still to do."""
        return OperationsServiceStub(self.channel).GetProgress(GetProgressRequest())

    def settle(self) -> None:
        """Waits until nothing is left to relay, consume, fire or send; fails when that does not come about."""
        settle([self])

    def deliver(self, records: Iterable[Record]) -> None:
        """Hands records straight to the consumers that want them, in this order, one transaction each."""
        loops = consumer_loops(self.service.subscriptions)
        for record in records:
            for loop in loops:
                if loop.wants(record):
                    loop.apply(self.kit, [record])


def settle(services: Sequence[RunningService]) -> None:
    """Waits until several services are idle, twice in a row with nothing committed in between."""
    before: list[int] | None = None
    working = [s for s in services if s.running.idleness is not None]
    while (commits := [s.kit.commits for s in working]) != before:
        before = commits
        for service in working:
            assert service.running.idleness is not None
            if not service.running.idleness.wait(PATIENCE_S):
                raise AssertionError(f"{service.service.name} is still busy: {service.progress()}")


def fact(
    message: Message, service: str, subject: str, sequence: int = 1, time: datetime = MORNING, id: str = ""
) -> Record:
    """A record as the relay of `service` would publish it."""
    headers = cloudevents.headers(message, service, subject, sequence, time, "")
    if id:
        headers["ce_id"] = id
    topic = f"hearthline.{service}.v1"
    return Record(topic=topic, key=subject.partition("/")[2], value=message.SerializeToString(), headers=headers)


def make_topics(eventlog_url: str) -> None:
    """All topics that there are, with two partitions each."""
    with connect_eventlog(eventlog_url) as log:
        log.ensure_topics(load_topics(banks=["icbc", "ccb", "abc"], partitions=2))


class Starter:
    """Starts services for one test; the fixture `start` stops them."""

    def __init__(self, databases: Databases, templates: dict[str, str]) -> None:
        self._databases = databases
        self._templates = templates
        self._urls: list[str] = []
        self._services: list[RunningService] = []
        self.clock = ManualClock(MORNING)
        self.eventlog_url = self._create(self._kept("eventlog", make_topics))
        self.eventlog: EventLog = connect_eventlog(self.eventlog_url)

    def __call__(self, make: MakeService, *, work: bool = True, **settings: Any) -> RunningService:
        """A running service with its own migrated database; `settings` override its defaults."""
        default = make(None)
        url = self._create(self._template(make, default))
        chosen = self._settings(default, database_url=url, **settings)
        running = Running(make(chosen), serve=True, work=work, clock=self.clock).start()
        self._services.append(RunningService(make(chosen), running, self.clock))
        return self._services[-1]

    def end(self, service: RunningService) -> None:
        """Ends one service; its database stays."""
        self._services.remove(service)
        service.channel.close()
        service.running.stop()

    def again(self, service: RunningService) -> RunningService:
        """Starts one that was ended, on the database that it had."""
        running = Running(service.service, serve=True, work=True, clock=self.clock).start()
        self._services.append(RunningService(service.service, running, self.clock))
        return self._services[-1]

    def beside(self, make: MakeService, other: RunningService, **settings: Any) -> RunningService:
        """Another server on the database of a running one, with these settings in place of its own."""
        chosen = other.service.settings.model_copy(update=settings)
        running = Running(make(chosen), serve=True, work=False, clock=self.clock).start()
        self._services.append(RunningService(make(chosen), running, self.clock))
        return self._services[-1]

    def advance(self, by: timedelta) -> None:
        """Moves the clock of all services, and waits until they have done what is due."""
        self.clock.advance(by)
        settle(self._services)

    def stop(self) -> None:
        """Ends the services and drops their databases."""
        for service in self._services:
            service.channel.close()
            service.running.stop()
        self.eventlog.close()
        for url in self._urls:
            self._databases.drop(url)

    def _settings(self, default: Service, **overrides: Any) -> ServiceSettings:
        kind = type(default.settings)
        chosen: dict[str, Any] = {"eventlog_url": self.eventlog_url, "drain_seconds": 1, "listen": "127.0.0.1:0"}
        return kind(**chosen | {"trust_callers": "jwks" not in overrides} | overrides)

    def _template(self, make: MakeService, default: Service) -> str:
        return self._kept(default.name, lambda url: make(self._settings(default, database_url=url)).migrate())

    def _kept(self, name: str, fill: Callable[[str], None]) -> str:
        """The database of this name that others are copies of; filled by the first that asks for it."""
        if name not in self._templates:
            url = self._databases.create()
            fill(url)
            self._templates[name] = url
        return self._templates[name]

    def _create(self, template: str) -> str:
        url = self._databases.create(template)
        self._urls.append(url)
        return url
