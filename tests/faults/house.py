"""The whole platform as processes, with a wire between each pair and a clock of its own."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
from google.protobuf.duration_pb2 import Duration
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from hearthline.operations.v1.operations_pb2 import WaitUntilIdleRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from hearthline_cli.laptop import BANKS
from servicekit.client import connect
from servicekit.clock import FileClock
from servicekit.eventlog import EventLog, EventLogUnavailable
from servicekit.eventlog import connect as connect_eventlog
from servicekit.eventlog.topics import load_topics
from tests.faults.broker import Broker
from tests.faults.postgres import PostgresServer
from tests.faults.proxy import DatabaseWire, Wire, wire_to
from tests.faults.services import SERVICES, ServiceProcess
from tests.faults.workload import ROLES
from tests.support.ports import free_port
from tests.support.running import MORNING

PARTITIONS = 3
PATIENCE_S = 150.0
SPEED = 60
"""Seconds of the platform's time in a real one."""
_TICK_S = 0.02
_COULD_NOT_START = 2
"""Exit code of a service that tells in one line what it has not got."""


class StillBusy(AssertionError):
    """The platform did not come to rest; the message says who."""


def asking_again() -> Retrying:
    """Tries what the harness asks of an event log until it answers; on a busy machine a broker may take its time."""
    outage = retry_if_exception_type(EventLogUnavailable)
    return Retrying(retry=outage, stop=stop_after_delay(PATIENCE_S), wait=wait_fixed(0.2), reraise=True)


class House:
    """Six services, their databases and their event log; a context manager that ends all it started."""

    def __init__(self, bus: str) -> None:
        self.bus = bus
        self._cleanup = ExitStack()
        self.home = Path()
        self.processes: dict[str, ServiceProcess] = {}
        self._ports = {service: free_port() for service in SERVICES}
        self.wires: dict[str, Wire] = {service: wire_to(port) for service, port in self._ports.items()}
        """Between callers and each service."""
        self.database_wires: dict[str, DatabaseWire] = {}
        self.broker: Broker | None = None
        self._frozen = False
        self._moving = threading.RLock()
        """Held by who moves the clock, or forbids it."""
        self._closing = threading.Event()

    def __enter__(self) -> "House":
        try:
            self._build()
        except BaseException:
            self._cleanup.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._cleanup.close()

    @property
    def targets(self) -> dict[str, str]:
        """Where callers reach each service."""
        return {service: f"127.0.0.1:{wire.port}" for service, wire in self.wires.items()}

    @property
    def log_wire(self) -> Wire:
        """Between everybody and the event log."""
        return self.database_wires["eventlog"] if self.broker is None else self.broker.wire

    def start(self, service: str, command: str = "run", name: str = "") -> ServiceProcess:
        """Starts a process of a service; one that ended before makes room for it."""
        name = name or service
        environment = self.environment(service)
        if name != service:
            environment["HEARTHLINE_LISTEN"] = "127.0.0.1:0"
        process = ServiceProcess(service, command.split(), environment, self.home / f"{name}.log")
        self.processes[name] = process
        return process

    def keep_running(self) -> None:
        """Starts again what could not start, as their supervisor does: the database was cut off just then."""
        for service in SERVICES:
            if self.processes[service].wait(0) == _COULD_NOT_START:
                self.start(service)

    def await_serving(self, services: Sequence[str] = SERVICES) -> None:
        """Returns when each of them answers."""
        for service in services:
            self._ask_to_be_idle(service, 0.001)

    def environment(self, service: str) -> dict[str, str]:
        """What a process of this service is told."""
        return {
            "HEARTHLINE_DATABASE_URL": self.database_wires[service].url,
            "HEARTHLINE_EVENTLOG_URL": self.eventlog_url,
            "HEARTHLINE_LISTEN": f"127.0.0.1:{self._ports[service]}",
            "HEARTHLINE_CLOCK": f"file:{self.home}/clock",
            "HEARTHLINE_BANKS": ",".join(BANKS),
            "HEARTHLINE_TRUST_CALLERS": "true",
            "HEARTHLINE_LOG_LEVEL": "warning",
            "HEARTHLINE_LOG_JSON": "true",
            "HEARTHLINE_THREADS": "8",
            "HEARTHLINE_DRAIN_SECONDS": "5",
            "HEARTHLINE_AUDIT_PUBLISH_SECONDS": "10",
            # What a killed sender had in hand is sent while its fault is looked at, not five minutes later.
            "HEARTHLINE_SEND_LEASE": "PT10S",
        }

    @property
    def eventlog_url(self) -> str:
        """The event log as services reach it."""
        return self.database_wires["eventlog"].url if self.broker is None else f"kafka://{self.broker.servers}"

    def eventlog(self) -> EventLog:
        """The event log; the caller closes it."""
        return connect_eventlog(self.eventlog_url)

    def make_topics(self) -> None:
        """Makes those that are missing."""
        for attempt in asking_again():
            with attempt, self.eventlog() as log:
                log.ensure_topics(load_topics(banks=BANKS, partitions=PARTITIONS))

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """No time passes on the platform meanwhile."""
        with self._moving:
            self._frozen = True
        try:
            yield
        finally:
            self._frozen = False

    def jump(self, by: timedelta) -> None:
        """The platform's clock is put forward or back."""
        with self._moving:
            self.clock.set(self.clock.now() + by)

    def settle(self) -> None:
        """Waits until every service has done what is to do, twice in a row with nothing committed in between."""
        before: list[int] | None = None
        end = time.monotonic() + 4 * PATIENCE_S
        while (commits := [self._ask_to_be_idle(service, 20) for service in SERVICES]) != before:
            before = commits
            if time.monotonic() > end:
                raise StillBusy("the services give each other work without end")

    def now(self) -> datetime:
        """The platform's time."""
        return self.clock.now()

    def _build(self) -> None:
        self.home = Path(
            self._cleanup.enter_context(TemporaryDirectory(prefix="hl-faults-", ignore_cleanup_errors=True))
        )
        self.postgres = PostgresServer(self.home / "postgres")
        self.postgres.create()
        self.postgres.start()
        self._cleanup.callback(lambda: self.postgres.stop())
        for name in (*SERVICES, "eventlog"):
            self.postgres.query("postgres", f"CREATE DATABASE {name}")
            self.database_wires[name] = wire = DatabaseWire(self.postgres.url(name))
            self._cleanup.enter_context(wire)
        if self.bus == "kafka":
            self.broker = Broker()
            self._cleanup.callback(self.broker.stop)
            self.broker.start()
        self.make_topics()
        self.clock = FileClock.create(self.home / "clock", MORNING)
        self._cleanup.callback(self._closing.set)
        threading.Thread(target=self._tick, daemon=True).start()
        self._cleanup.callback(self._end_processes)
        for service in SERVICES:
            self.start(service)
            self._cleanup.enter_context(self.wires[service])
        self.await_serving()

    def _tick(self) -> None:
        before = time.monotonic()
        while not self._closing.wait(_TICK_S):
            now = time.monotonic()
            with self._moving:
                if not self._frozen:
                    self.jump(timedelta(seconds=SPEED * (now - before)))
            before = now

    def _end_processes(self) -> None:
        for process in self.processes.values():
            process.kill()

    def _ask_to_be_idle(self, service: str, patience_s: float) -> int:
        """How often the service has committed, once it is idle; fails when that does not come about."""
        end = time.monotonic() + PATIENCE_S
        request = WaitUntilIdleRequest(timeout=Duration(nanos=int(patience_s % 1 * 1e9), seconds=int(patience_s)))
        with connect(f"127.0.0.1:{self._ports[service]}", "staff/1007", ROLES) as channel:
            stub = OperationsServiceStub(channel)
            while True:
                words = "busy"
                with suppress(grpc.RpcError):
                    answer = stub.WaitUntilIdle(request, timeout=patience_s + 20, wait_for_ready=True)
                    if answer.idle or patience_s < 1:
                        return int(answer.commits)
                    words = "not idle"
                self.keep_running()
                if time.monotonic() > end:
                    log = (self.home / f"{service}.log").read_text(errors="replace")
                    raise StillBusy(f"{service} is {words} after {PATIENCE_S:.0f} s; its log ends:\n{log[-4000:]}")
                time.sleep(0.05)
