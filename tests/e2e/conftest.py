"""The story of one repair, told once on each event log; the tests ask about it."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from hearthline_cli.laptop import BANKS, SERVICES, Laptop, Options
from hearthline_cli.otlp import Receiver, receiver
from servicekit.clock import FileClock
from servicekit.deadletters import list_dead_letters
from servicekit.eventlog import EventLog, Record
from tests.e2e.story import Story
from tests.support.postgres import Databases
from tests.support.running import MORNING


@dataclass(frozen=True, slots=True)
class Told:
    """A story that was told, on a platform that still runs."""

    story: Story
    laptop: Laptop
    log: EventLog
    spans: Receiver
    _earlier: frozenset[str]
    _dead_before: Mapping[str, int]

    def facts(self) -> list[Record]:
        """Every fact that the services published in this story, topic by topic in order."""
        topics = [f"hearthline.{service}.v1" for service in SERVICES]
        found = [record for topic in topics for record in self.log.read(topic, 10_000)]
        return [record for record in found if record.headers["ce_id"] not in self._earlier]

    def new_dead_letters(self) -> dict[str, int]:
        """How many each topic got in this story; a broker may hold others'."""
        return {t: new for t, n in dead_letters(self.log).items() if (new := n - self._dead_before[t])}


def dead_letters(log: EventLog) -> dict[str, int]:
    """How many each topic has."""
    topics = [f"hearthline.{service}.v1" for service in SERVICES]
    topics += [f"hearthline.bank.{bank}.payments.v1" for bank in BANKS]
    return {topic: sum(1 for _ in list_dead_letters(log, topic)) for topic in topics}


@pytest.fixture(scope="session", params=["embedded", "kafka"])
def told(request: pytest.FixtureRequest) -> Iterator[Told]:
    """Six processes on the embedded log and PostgreSQL, or on a real Kafka and the tests' PostgreSQL."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="hl-e2e-", ignore_cleanup_errors=True)))
        # The embedded PostgreSQL runs as a user of its own when it is started by root.
        home.chmod(0o755)
        kafka, urls = "", {}
        if request.param == "kafka":
            kafka = request.getfixturevalue("kafka")
            databases: Databases = request.getfixturevalue("databases")
            urls = {name: databases.create() for name in SERVICES}
            for url in urls.values():
                stack.callback(databases.drop, url)
        clock = FileClock.create(home / "clock", MORNING)
        spans = stack.enter_context(receiver())
        environment = {
            "HEARTHLINE_CLOCK": f"file:{home}/clock",
            "HEARTHLINE_LOG_JSON": "true",
            "OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint,
            "OTEL_TRACES_SAMPLER": "parentbased_always_off",
            "OTEL_METRIC_EXPORT_INTERVAL": "1000",
        }
        options = Options(home, False, kafka, durable=False, databases=urls, environment=environment)
        laptop = stack.enter_context(Laptop(options))
        log = stack.enter_context(laptop.eventlog())
        earlier = frozenset(
            record.headers["ce_id"] for service in SERVICES for record in log.read(f"hearthline.{service}.v1", 10_000)
        )
        dead_before = dead_letters(log)
        story = Story(laptop.targets, log, clock)
        stack.callback(story.close)
        story.tell()
        yield Told(story, laptop, log, spans, earlier, dead_before)
