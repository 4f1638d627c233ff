"""A service's command line: `python -m <service> serve | work | run | migrate | dlq | outbox | consumers | …`."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Annotated

import psycopg
import structlog
import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from servicekit.errors import DomainError
from servicekit.eventlog import EventLogUnavailable, GroupInUse, Refused
from servicekit.logs import start_logging
from servicekit.operating import audit_app, consumers_app, dead_letter_app, outbox_app
from servicekit.personal.command import personal_app
from servicekit.service import Running, Service
from servicekit.settings import ServiceSettings
from servicekit.telemetry import start_telemetry, stop_telemetry
from servicekit.unused_settings import NOT_USED, names_of, unused

_log = structlog.get_logger()

_GARBAGE = 10_000
"""Objects more than before that make a look for garbage worth while."""

_ENDINGS = {signal.SIGTERM, signal.SIGINT}

MakeService = Callable[[], Service]


def main(make: MakeService) -> None:
    """Runs the command that the arguments name; a user's mistake ends in one clear line and exit code 2."""
    try:
        service = make()
    except ValidationError as error:
        for problem in error.errors():
            print(f"HEARTHLINE_{'.'.join(map(str, problem['loc'])).upper()}: {problem['msg']}", file=sys.stderr)
        sys.exit(2)
    settings = service.settings
    start_logging(service.name, settings.log_level, settings.log_json)
    for name, meant in unused(names_of(type(settings)), os.environ).items():
        _log.warning(NOT_USED, setting=name, **({"meant": meant} if meant else {}))
    try:
        _app(service)()
    except OperationalError as error:
        # Of an attempt to connect; the settings have no password in what libpq says of it.
        print(f"{service.name}: HEARTHLINE_DATABASE_URL: {_one_line(error)}", file=sys.stderr)
        sys.exit(2)
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
        print(
            f"{service.name}: the database has not this version's schema: {error.diag.message_primary}", file=sys.stderr
        )
        sys.exit(2)
    except (DomainError, EventLogUnavailable, GroupInUse, Refused, OSError, ValueError) as error:
        print(f"{service.name}: {error}", file=sys.stderr)
        sys.exit(2)


def _one_line(error: OperationalError) -> str:
    return str(error.orig).removeprefix("connection failed: ").splitlines()[0]


def _app(service: Service) -> typer.Typer:
    app = typer.Typer(help=f"The {service.name} service.", no_args_is_help=True, pretty_exceptions_enable=False)

    @app.command()
    def serve() -> None:
        """Answer gRPC calls."""
        if service.settings.processes > 1 and "HEARTHLINE_CHILD" not in os.environ:
            _serve_in_processes(service)
        else:
            _run(service, serve=True, work=False)

    @app.command()
    def work() -> None:
        """Relay events, consume events, fire timers."""
        _run(service, serve=False, work=True)

    @app.command()
    def run() -> None:
        """Both in one process, and the migration before them, as on a laptop."""
        service.migrate()
        _run(service, serve=True, work=True)

    @app.command()
    def migrate(
        wait: Annotated[float, typer.Option(min=0, help="change nothing, wait so many seconds for it")] = 0,
        patience: Annotated[float, typer.Option(min=0, help="seconds to wait for a database that is not up yet")] = 0,
    ) -> None:
        """Bring the database to this version's schema."""
        if wait:
            service.await_migrated(wait)
        else:
            service.migrate(patience)

    app.add_typer(dead_letter_app(service), name="dlq")
    app.add_typer(outbox_app(service), name="outbox")
    app.add_typer(consumers_app(service), name="consumers")
    app.add_typer(audit_app(service), name="audit")
    app.add_typer(personal_app(service), name="personal")
    return app


def _run(service: Service, serve: bool, work: bool) -> None:
    # Before there are threads, which block what their maker does: a signal waits until it is asked for below. A handler
    # would not do: the kernel may hand the signal to any thread, such as one that is being started, and Python's first
    # one, which alone runs handlers, sleeps on.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    settings = service.settings
    start_telemetry(service.name, settings.version, settings.environment, settings.otlp_endpoint)
    running = Running(service, serve, work).start()
    # What was imported stays for ever: looking through it again and again took a sixth of all the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    if serve:
        # For whoever started this process with port 0.
        print(f"{service.name} listens on port {running.port}", flush=True)
    signal.sigwait(_ENDINGS)
    running.stop()
    stop_telemetry()


def _serve_in_processes(service: Service) -> None:
    """Starts one server a core on one shared port, and ends them when it is ended."""
    watched = {*_ENDINGS, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    environment = {**os.environ, "HEARTHLINE_CHILD": "1"}
    children = [
        subprocess.Popen(
            [sys.executable, "-m", service.name, "serve"], env={**environment, **_of_its_own(service.settings, n)}
        )
        for n in range(service.settings.processes)
    ]
    while signal.sigwait(watched) == signal.SIGCHLD and None in [child.poll() for child in children]:
        pass
    for child in children:
        child.terminate()
    sys.exit(max(child.wait() for child in children))


def _of_its_own(settings: ServiceSettings, number: int) -> dict[str, str]:
    """What one of several processes has for itself: its core, and the port that its metrics are scraped from."""
    core = str(number % (os.cpu_count() or 1))
    host, _, port = settings.metrics_listen.rpartition(":")
    listen = f"{host}:{int(port) + number}" if port not in ("", "0") else settings.metrics_listen
    return {"HEARTHLINE_PIN_TO_CORE": core, "HEARTHLINE_METRICS_LISTEN": listen}
