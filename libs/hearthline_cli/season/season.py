"""The season itself: everything set up, ten weeks let pass, the report made."""

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from hearthline_cli.bank import BankSimulator, Order
from hearthline_cli.laptop import BANKS, SERVICES, Laptop, Options
from hearthline_cli.otlp import Receiver, receiver
from hearthline_cli.season.demand import WEEKS, faults, temperature
from hearthline_cli.season.district import make_district
from hearthline_cli.season.people import People
from hearthline_cli.season.platform import Platform
from hearthline_cli.season.report import Findings, find
from hearthline_cli.season.sensors import Gateway
from hearthline_cli.season.settling_in import FEE, account_of, charge, settle_in
from hearthline_cli.season.timeline import Timeline, Wait
from servicekit.clock import FileClock
from servicekit.deadletters import list_dead_letters
from servicekit.eventlog import EventLog

PREMISES, TICKETS = 5_000, 2_000
START = datetime(2025, 11, 10, tzinfo=ZoneInfo("Asia/Shanghai"))
END = START + timedelta(weeks=WEEKS)
_AFTERMATH = timedelta(days=16)
"""After the last call: jobs end, surveys run out, banks are answered."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a season to simulate: its size, its seed, and a Kafka to use instead of the embedded log."""

    scale: float = 1.0
    seed: int = 1
    kafka: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it."""

    findings: Findings
    trace: str
    """The richest trace, drawn as a tree."""
    weather: str


def simulate(wishes: Wishes, console: Console) -> Outcome:
    """Runs a whole season on a platform of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="hearthline-season-", ignore_cleanup_errors=True) as home:
        Path(home).chmod(0o755)
        clock = FileClock.create(Path(home) / "clock", START)
        with receiver() as spans, _progress(console) as bar:
            environment = {
                "HEARTHLINE_CLOCK": f"file:{home}/clock",
                "HEARTHLINE_LOG_LEVEL": "warning",
                # Everything that need not be done at once is done in large batches, at the next settling.
                "HEARTHLINE_LOOP_PACE_SECONDS": "1",
                "OTEL_EXPORTER_OTLP_ENDPOINT": spans.endpoint,
                # The receiver draws traces; nobody reads metrics.
                "OTEL_METRICS_EXPORTER": "none",
                "OTEL_TRACES_SAMPLER": "parentbased_always_off",
            }
            options = Options(Path(home), False, wishes.kafka, durable=False, environment=environment)
            step = bar.add_task("starting six services", total=1)
            with Laptop(options) as laptop, laptop.eventlog() as log:
                bar.update(step, advance=1)
                return _Season(wishes, laptop, log, clock, bar).run(spans)


class _Season:
    def __init__(self, wishes: Wishes, laptop: Laptop, log: EventLog, clock: FileClock, bar: Progress) -> None:
        self._platform = Platform(laptop.targets)
        self._log = log
        self._clock = clock
        self._bar = bar
        self._seed = wishes.seed
        self._district = make_district(round(PREMISES * wishes.scale), wishes.seed)
        self._faults = faults(self._district, START, round(TICKETS * wishes.scale), wishes.seed)
        self._timeline = Timeline(clock, workers=16)
        self._people = People(self._platform, self._timeline, wishes.seed)
        self._banks = BankSimulator(log, BANKS, wishes.seed)
        self._gateway = Gateway(self._platform, log, self._district, START, wishes.seed)

    def run(self, spans: Receiver) -> Outcome:
        try:
            self._move_in()
            self._plan()
            self._let_pass()
            answered = self._banks.collect(20)
            self._platform.settle()
            dead = {topic: n for topic in _topics() if (n := sum(1 for _ in list_dead_letters(self._log, topic)))}
            cold = len(self._gateway.cold_nights)
            found = find(self._platform, START, self._clock.now(), self._people.memory, answered, cold, dead)
            return Outcome(found, self._richest(spans), _weather())
        finally:
            self._timeline.close()
            self._banks.close()
            self._gateway.close()
            self._platform.close()

    def _move_in(self) -> None:
        district, platform = self._district, self._platform
        step = self._bar.add_task(f"{len(district.homes):,} homes move in", total=None)
        settle_in(platform, district, START, lambda n: self._bar.update(step, advance=n))
        platform.settle()
        charge(platform, district, START, END, lambda n: self._bar.update(step, advance=n))
        self._banks.register(platform.channel("billing"))
        platform.settle()
        self._gateway.register()
        self._bar.update(step, total=1, completed=1)

    def _plan(self) -> None:
        for number, fault in enumerate(self._faults):
            urgent = fault.urgency == "emergency"
            self._timeline.at(fault.at, self._people.call(fault, number), Wait.ANSWER, urgent)
        for day in range(WEEKS * 7):
            morning = START + timedelta(days=day, hours=10)
            self._timeline.at(morning, lambda day=day: self._pay(day))  # type: ignore[misc]
            wait = Wait.ANSWER if day in self._gateway.cold_nights.values() else Wait.ACTION
            self._timeline.at(morning, self._deliver, wait)
        end = END + _AFTERMATH
        self._timeline.daily(START, (11, 20), end, self._people.look_at_surveys)
        self._timeline.daily(START, (9, 15), end, self._people.look_at_complaints)

    def _deliver(self) -> None:
        self._gateway.deliver(self._clock.now())

    def _pay(self, day: int) -> None:
        """The homes that pay on a day; three of four pay within the season, a third of them in two parts."""
        rng = random.Random(f"{self._seed}/pay/{day}")
        share = 0.75 / (WEEKS * 7)
        orders = []
        for home in self._district.homes:
            if rng.random() < share:
                amount = FEE // 2 if rng.random() < 0.33 else FEE
                orders.append(Order(account_of(home), str(Decimal(amount) / 100), "CNY"))
        if orders:
            self._banks.publish(orders, self._clock.now())

    def _let_pass(self) -> None:
        end = END + _AFTERMATH
        step = self._bar.add_task("the season passes", total=(end - START).days)

        def tell(now: datetime) -> None:
            days = (now - START) / timedelta(days=1)
            self._bar.update(
                step, completed=days, description=f"the season passes: {now.astimezone(START.tzinfo):%d %b}"
            )

        self._timeline.run(end, self._next_deadline, self._platform.hurry, tell)
        self._platform.settle()

    def _next_deadline(self) -> datetime | None:
        """Jobs first: what came in is dispatched, what is due is told, before time goes on."""
        following = self._platform.settle_service("workorders")
        self._people.look_at_jobs()
        return following

    def _richest(self, spans: Receiver) -> str:
        """The tree of the trace that went furthest."""
        traces = self._people.memory.traces
        best = max(traces, key=lambda trace: len({span.name for span in spans.spans(trace)}), default="")
        return "\n".join(root.draw() for root in spans.tree(best))


def _topics() -> list[str]:
    banks = [f"hearthline.bank.{bank}.payments.v1" for bank in BANKS]
    return [*(f"hearthline.{service}.v1" for service in SERVICES), "hearthline.telemetry.v1", *banks]


def _weather() -> str:
    """The season's weeks with their mean outdoor temperatures."""
    means = [sum(temperature(day) for day in range(week * 7, week * 7 + 7)) / 7 for week in range(WEEKS)]
    return "  ".join(f"{mean:.0f}" for mean in means)


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<34}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        yield bar
