"""Six services in this process in which one repair was told to its end, and what went through them meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from typing import Any
from unittest.mock import patch

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from hearthline.telemetry.v1.events_pb2 import SensorMeasured
from hearthline.workorders.v1.sensors_pb2 import ListSensorAlarmsRequest
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceStub
from hearthline_cli.laptop import BANKS, SERVICES
from hearthline_cli.measure import reading
from servicekit import interceptors
from servicekit.deadletters import CONSUMER, PLACE, REASON, TOPIC
from servicekit.eventlog import Record
from servicekit.eventlog.topics import load_topics
from servicekit.inbox import consumer_loops
from servicekit.validation import validate
from tests.e2e.story import PREMISES, Story
from tests.fuzz.known import Known
from tests.support.running import RunningService, Starter, settle
from tests.support.scraping import Scrape
from tests.workorders.readings import sensor

NEW_BANKS = ("boc", "bcm", "cmb")
"""Partners whose topics are there, and that are not known to billing yet."""
_ROLES = ("agent", "supervisor", "system")
SOURCE = "fuzz-source"
"""Header of records that were made up: by what."""
_READER = "fuzz"
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a dead letter is from, empty for one of the platform's own facts, and why it is one."""

    source: str
    reason: str


class World:
    """The platform under attack."""

    def __init__(self, start: Starter) -> None:
        self.start = start
        self.known = Known()
        start.eventlog.ensure_topics(load_topics(banks=NEW_BANKS, partitions=2))
        # Two tries for an event, for one may lose a race; the pauses between four are the machine's time.
        rest: dict[str, Any] = {"metrics_listen": "127.0.0.1:0", "retry_attempts": 2}
        rest["banks"] = ",".join([*BANKS, *NEW_BANKS])
        self.services: dict[str, RunningService] = {
            name: start(import_module(f"{name}.bootstrap").service, **rest) for name in SERVICES
        }
        self.channels = {name: service.connect("staff/1007", _ROLES) for name, service in self.services.items()}
        self.loops = {n: consumer_loops(s.service.subscriptions) for n, s in self.services.items()}
        self._letters = sorted(
            {f"{topic}.dlq" for loops in self.loops.values() for loop in loops for topic in loop.topics}
        )
        self._reader = start.eventlog.consumer(_READER, self._letters)
        story = Story({n: s.target for n, s in self.services.items()}, start.eventlog, start.clock)
        with _requests_to(self.known):
            story.tell()
        story.close()
        self._feel_cold()
        for record in self.facts():
            self.known.learn(GetMessageClass(kind_of(record.headers["ce_type"])).FromString(record.value))

    def _feel_cold(self) -> None:
        """Two sensors of which one holds an alarm open, so that readings are known."""
        sensors = SensorServiceStub(self.channels["workorders"])
        for name in ("bedroom", "hall"):
            self.known.learn(sensors.CreateSensor(sensor(name, premises=PREMISES)))
        now = self.start.clock.now()
        readings = [reading("bedroom", 16.0, now - n * timedelta(minutes=30)) for n in range(4, -1, -1)]
        producer = self.start.eventlog.producer()
        assert not any(producer.publish([*readings, reading("hall", 21.0, now)]))
        producer.close()
        self.services["workorders"].settle()
        assert len(sensors.ListSensorAlarms(ListSensorAlarmsRequest()).sensor_alarms) == 1
        for record in readings:
            self.known.learn(SensorMeasured.FromString(record.value))

    def facts(self) -> Iterator[Record]:
        """What the services have published."""
        for service in SERVICES:
            yield from self.start.eventlog.read(f"hearthline.{service}.v1", _MANY)

    def new_letters(self) -> list["Letter"]:
        """Of each record that became a dead letter since the last look; several consumers may have refused it."""
        found: dict[str, Letter] = {}
        while any(self.start.eventlog.lag({_READER: self._letters})[_READER].values()):
            for record in self._reader.poll(timeout=1, max_records=_MANY):
                told = {name: record.headers.get(name, "") for name in (TOPIC, PLACE, REASON, CONSUMER, SOURCE)}
                found[told[TOPIC] + told[PLACE]] = Letter(told[SOURCE], f"{told[REASON]} ({told[CONSUMER]})")
            self._reader.commit()
        return list(found.values())

    def close(self) -> None:
        """Lets its own connections go; the services are their starter's to end."""
        self._reader.close()
        for channel in self.channels.values():
            channel.close()

    def settle(self) -> None:
        """Everything that follows has happened; AssertionError when it does not come to an end."""
        settle(list(self.services.values()))

    def failures(self) -> list[str]:
        """Loops and timers that failed, and loops that ended, a line each."""
        found = []
        for name, service in self.services.items():
            scrape = Scrape.of(service.kit.metrics.port)
            for label in ("loop", "timer"):
                failed = scrape.by("kind" if label == "timer" else label, f"hearthline_{label}_failures_total")
                found += [f"{name}: {label} {each} failed {count:.0f} times" for each, count in failed.items()]
            ended = [thread.name for thread in service.running._threads if not thread.is_alive()]
            found += [f"{name}: loop {loop} has ended" for loop in ended]
        return found


@contextmanager
def _requests_to(known: Known) -> Iterator[None]:
    def learn(request: Message) -> None:
        known.learn(request)
        validate(request)

    with patch.object(interceptors, "validate", learn):
        yield


def kind_of(name: str) -> Descriptor:
    """The descriptor of a message of ours."""
    return descriptor_pool.Default().FindMessageTypeByName(name)
