"""Metrics: bounded labels, counted after the commit, next to nothing when off, never in the way (P3)."""

import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from hearthline.workorders.v1.events_pb2 import TicketCreated
from hearthline_cli.otlp import receiver
from servicekit.cli import _of_its_own
from servicekit.clock import ManualClock
from servicekit.errors import Aborted, InvalidArgument, Unavailable
from servicekit.inbox import ConsumerLoop
from servicekit.kit import Kit
from servicekit.loops import LoopThread
from servicekit.metrics import Counted, Kind, Metric, Metrics, Reading
from servicekit.metrics.export import connect_metrics
from servicekit.metrics.watch import Watch, watch_database
from servicekit.settings import ServiceSettings
from servicekit.subscriptions import Subscription
from servicekit.tables import timers
from servicekit.telemetry import sampled_trace, within
from servicekit.timers import Timer, TimerLoop
from servicekit.uow import UnitOfWork
from tests.servicekit.notebook import notebook, write_note
from tests.support.running import MORNING, fact
from tests.support.scraping import Scrape

NOTES = Metric("hearthline.notes", Kind.COUNTER, "Notes.", "{note}", {"kind": ("short", "long")})
COUNTS = [Counted(NOTES, {TicketCreated: lambda event: None if event.imported else {"kind": event.category}})]
TOPIC = "hearthline.workorders.v1"
SETTINGS = ServiceSettings(metrics_listen="127.0.0.1:0", metrics_watch_seconds=0.2)


@contextmanager
def exported(counts: list[Counted] | None = None, settings: ServiceSettings = SETTINGS) -> Iterator[Metrics]:
    """Metrics with an endpoint."""
    metrics = connect_metrics("notes", settings, counts or [])
    try:
        yield metrics
    finally:
        metrics.close()


@pytest.fixture
def book(database: str) -> Iterator[Kit]:
    """A notebook whose notes are counted."""
    with notebook(database) as kit, exported(COUNTS) as metrics:
        kit.metrics = metrics
        yield kit


def notes(kit: Kit) -> dict[str, float]:
    """Counted notes by kind."""
    return Scrape.of(kit.metrics.port).by("kind", "hearthline_notes_total")


def test_without_an_endpoint_nothing_is_there_to_record_on() -> None:
    metrics = connect_metrics("notes", ServiceSettings(), COUNTS)
    assert (metrics.is_on, metrics.port) == (False, 0)
    assert metrics.counts_of(TicketCreated(category="short")) == []
    assert metrics.recorder(NOTES, {"kind": "short"}) is metrics.recorder(NOTES, {"kind": "long"})


def test_a_value_that_a_label_may_not_have_is_counted_as_other() -> None:
    with exported() as metrics:
        for kind in ("short", "epic", "c5f7"):
            metrics.recorder(NOTES, {"kind": kind})(1)
        assert Scrape.of(metrics.port).by("kind", "hearthline_notes_total") == {"other": 2, "short": 1}


def test_a_label_that_was_not_declared_is_a_mistake() -> None:
    with exported() as metrics, pytest.raises(KeyError):
        metrics.recorder(NOTES, {"ticket": "tickets/7"})


def test_an_event_is_counted_once_its_unit_is_committed(book: Kit) -> None:
    with book.unit() as uow:
        uow.emit(TicketCreated(category="short"), "tickets/1", 1)
        uow.emit(TicketCreated(category="short", imported=True), "tickets/2", 1)
        uow.count(NOTES, kind="long")
        assert notes(book) == {}
        uow.commit(None)
    assert notes(book) == {"long": 1, "short": 1}


def test_what_is_rolled_back_is_not_counted(book: Kit) -> None:
    with suppress(InvalidArgument), book.unit() as uow:
        uow.emit(TicketCreated(category="short"), "tickets/1", 1)
        raise InvalidArgument("note", "is wrong")
    with book.unit() as uow:
        write_note(uow, "1")
        uow.commit(None)
    assert notes(book) == {"other": 1}


def test_a_batch_of_a_consumer_is_counted_when_it_commits(book: Kit) -> None:
    def copy(uow, event):
        uow.emit(TicketCreated(category=event.data.category), event.data.ticket, 1)
        uow.commit(None)

    loop = ConsumerLoop("notes.copies", [Subscription("notes.copies", TOPIC, {TicketCreated: copy})])
    loop.apply(
        book, [fact(TicketCreated(ticket=f"tickets/{n}", category="long"), "workorders", f"tickets/{n}") for n in "12"]
    )
    scrape = Scrape.of(book.metrics.port)
    assert scrape.total("hearthline_notes_total", kind="long") == 2
    assert scrape.total("hearthline_event_delay_seconds_count", messaging_consumer_group_name="notes.copies") == 2


def test_a_handler_that_fails_is_told_by_its_error_and_ends_as_a_dead_letter(book: Kit) -> None:
    def refuse(uow, event):
        raise InvalidArgument("note", "is wrong")

    loop = ConsumerLoop("notes.refusal", [Subscription("notes.refusal", TOPIC, {TicketCreated: refuse})])
    loop._take(book, [fact(TicketCreated(ticket="tickets/1"), "workorders", "tickets/1")])
    scrape = Scrape.of(book.metrics.port)
    tries = scrape.by("error_type", "messaging_process_duration_seconds_count")
    # In the batch, and then alone for as often as the settings say.
    assert tries == {"InvalidArgument": 1 + book.settings.retry_attempts}
    assert scrape.total("hearthline_dead_letters_total", messaging_consumer_group_name="notes.refusal") == 1


def test_a_timer_tells_how_late_it_fired_and_how_often_it_failed(book: Kit) -> None:
    failing = iter([ValueError("not yet")])

    def ring(uow, timer):
        if error := next(failing, None):
            raise error

    with book.unit() as uow:
        uow.schedule("bell", "notes/1", MORNING)
        uow.commit(None)
    assert isinstance(book.clock, ManualClock)
    book.clock.set(MORNING.replace(second=42))
    loop = TimerLoop({"bell": ring})
    assert loop.run_once(book)
    with book.unit() as uow:
        uow.execute(timers.update().values(not_before=None))
        uow.commit(None)
    assert loop.run_once(book)
    scrape = Scrape.of(book.metrics.port)
    assert scrape.total("hearthline_timer_failures_total", kind="bell") == 1
    assert scrape.total("hearthline_timer_lateness_seconds_sum", kind="bell") == 42


def test_what_waits_in_the_database_is_looked_at(book: Kit) -> None:
    with book.unit() as uow:
        write_note(uow, "1")
        uow.schedule("bell", "notes/1", MORNING.replace(hour=0))
        uow.schedule("bell", "notes/2", MORNING.replace(hour=2))
        uow.commit(None)
    watch_database(book, [], ()).run_once(book)
    scrape = Scrape.of(book.metrics.port)
    assert scrape.total("hearthline_outbox_events") == 1
    assert scrape.total("hearthline_outbox_oldest_age_seconds") > 0
    assert scrape.total("hearthline_timers_overdue") == 1
    assert scrape.total("hearthline_timers_oldest_overdue_seconds") == 3600


def test_a_gauge_whose_source_is_away_leaves_a_gap_and_holds_nobody_up(book: Kit) -> None:
    gauge = Metric("hearthline.stock", Kind.GAUGE, "Stock.")
    answers: list[dict[str, list[Reading]]] = [{gauge.name: [({}, 5.0)]}]

    def look(kit: Kit) -> dict[str, list[Reading]]:
        if not answers:
            raise Unavailable("the database cannot be reached")
        return answers.pop()

    thread = LoopThread(Watch("watch.stock", book, [gauge], look), book)
    thread.start()
    failures = {"loop": "watch.stock", "reason": "unavailable"}
    seen, last = set(), Scrape([])
    while last.total("hearthline_loop_failures_total", **failures) < 4 or "hearthline_stock" in last.names():
        last = Scrape.of(book.metrics.port)
        seen |= last.names()
    thread.stop()
    thread.join()
    assert "hearthline_stock" in seen


class Racer:
    """A loop that loses races: one, and after a success two in a row."""

    name = "racer"

    def __init__(self) -> None:
        self.outcomes: list[Exception | None] = [Aborted("c"), Aborted("b"), None, Aborted("a")]
        self.is_done = threading.Event()

    def run_once(self, kit: Kit) -> bool:
        if not self.outcomes:
            self.is_done.set()
            return False
        if (outcome := self.outcomes.pop()) is not None:
            raise outcome
        return True


def test_a_race_that_a_loop_loses_once_is_no_failure_of_it(book: Kit) -> None:
    racer = Racer()
    thread = LoopThread(racer, book)
    thread.start()
    assert racer.is_done.wait(20)
    thread.stop()
    thread.join()
    assert Scrape.of(book.metrics.port).total("hearthline_loop_failures_total", loop="racer", reason="failed") == 1


@pytest.mark.parametrize(("races", "failures"), [(1, 0), (2, 1)])
def test_a_race_that_a_timer_loses_once_is_no_failure_of_it(book: Kit, races: int, failures: int) -> None:
    lost, fired = [Aborted("a")] * races, threading.Event()

    def racing(uow: UnitOfWork, timer: Timer) -> None:
        if lost:
            raise lost.pop()
        fired.set()
        uow.commit(None)

    with book.unit() as uow:
        uow.schedule("remind", "notes/1", uow.now)
        uow.commit(None)
    loop, end = TimerLoop({"remind": racing}), time.monotonic() + 20
    while not fired.is_set():
        loop.run_once(book)
        assert time.monotonic() < end
    assert Scrape.of(book.metrics.port).total("hearthline_timer_failures_total", kind="remind") == failures


def test_exemplars_carry_the_trace_to_the_collector() -> None:
    traceparent = sampled_trace()
    with receiver() as collector:
        settings = ServiceSettings.model_validate({"OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint})
        with exported(settings=settings) as metrics, within(traceparent):
            metrics.recorder(NOTES, {"kind": "short"})(1)
    assert collector.metrics.received["notes", "hearthline.notes"].sum.data_points[0].as_int == 1
    assert collector.metrics.traces["notes", "hearthline.notes"] == {traceparent.split("-")[1]}


def test_a_taken_port_is_told_by_the_name_of_its_setting() -> None:
    with exported() as metrics:
        taken = ServiceSettings(metrics_listen=f"127.0.0.1:{metrics.port}")
        with pytest.raises(OSError, match=r"HEARTHLINE_METRICS_LISTEN: cannot listen on 127\.0\.0\.1:"):
            connect_metrics("notes", taken)


@pytest.mark.parametrize(
    ("listen", "second"),
    [("0.0.0.0:9464", "0.0.0.0:9465"), ("[::]:9464", "[::]:9465"), ("127.0.0.1:0", "127.0.0.1:0"), ("", "")],
)
def test_processes_that_share_a_port_are_scraped_from_one_each(listen: str, second: str) -> None:
    assert _of_its_own(ServiceSettings(metrics_listen=listen), 1)["HEARTHLINE_METRICS_LISTEN"] == second


def test_the_endpoint_ends_with_the_service() -> None:
    with exported() as metrics:
        port = metrics.port
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5)
