"""The command line of a service: `python -m <service> serve | work | run | migrate | dlq`."""

import gc
import getpass
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Annotated

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.deadletters import DeadLetter, drop, open_dead_letters, replay
from servicekit.errors import DomainError
from servicekit.eventlog import EventLogUnavailable
from servicekit.eventlog import connect as connect_eventlog
from servicekit.kit import Kit
from servicekit.logs import start_logging
from servicekit.service import Running, Service
from servicekit.telemetry import start_telemetry, stop_telemetry

_GARBAGE = 10_000
"""Objects more than before that make a look for garbage worth while."""

MakeService = Callable[[], Service]
Chosen = Annotated[str, typer.Argument(help="id of a dead letter, or 'all'")]


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
    try:
        _app(service)()
    except OperationalError as error:
        # Of an attempt to connect; the settings have no password in what libpq says of it.
        print(f"{service.name}: HEARTHLINE_DATABASE_URL: {_one_line(error)}", file=sys.stderr)
        sys.exit(2)
    except (DomainError, EventLogUnavailable, OSError, ValueError) as error:
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

    app.add_typer(_dead_letter_app(service), name="dlq")
    return app


def _run(service: Service, serve: bool, work: bool) -> None:
    settings = service.settings
    start_telemetry(service.name, settings.version, settings.environment, settings.otlp_endpoint)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = Running(service, serve, work).start()
    # What was imported stays for ever: looking through it again and again took a sixth of all the time.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE)
    if serve:
        # For whoever started this process with port 0.
        print(f"{service.name} listens on port {running.port}", flush=True)
    stopping.wait()
    running.stop()
    stop_telemetry()


def _serve_in_processes(service: Service) -> None:
    """Starts one server a core on one shared port, and ends them when it is ended."""
    environment = {**os.environ, "HEARTHLINE_CHILD": "1"}
    children = [
        subprocess.Popen([sys.executable, "-m", service.name, "serve"], env={**environment, **_core(n)})
        for n in range(service.settings.processes)
    ]
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: _terminate(children))
    sys.exit(max(child.wait() for child in children))


def _terminate(children: list["subprocess.Popen[bytes]"]) -> None:
    for child in children:
        child.terminate()


def _core(number: int) -> dict[str, str]:
    return {"HEARTHLINE_PIN_TO_CORE": str(number % (os.cpu_count() or 1))}


def _dead_letter_app(service: Service) -> typer.Typer:
    app = typer.Typer(help="Events that a consumer of this service could not take.", no_args_is_help=True)

    @app.command("list")
    def show() -> None:
        """One JSON object a line: id, topic, consumer, reason, key; those that nobody has dealt with."""
        kit = _kit(service)
        for letter in _letters(kit, service):
            fields = {"id": letter.id, "topic": letter.topic, "consumer": letter.consumer, "reason": letter.reason}
            print(json.dumps({**fields, "key": letter.record.key}, ensure_ascii=False))

    @app.command("replay")
    def again(identifier: Chosen) -> None:
        """Give events to their consumer again, after what refused them was mended."""
        kit = _kit(service)
        chosen = _chosen(kit, service, identifier)
        for letter in chosen:
            with kit.unit(_operator()) as uow:
                replay(uow, letter)
        print(f"{len(chosen)} replayed")

    @app.command("drop")
    def give_up(identifier: Chosen, yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False) -> None:
        """Give events up: they are never tried again and listed no more."""
        kit = _kit(service)
        chosen = _chosen(kit, service, identifier)
        if not yes:
            typer.confirm(f"Drop {len(chosen)} for good?", abort=True)
        for letter in chosen:
            with kit.unit(_operator()) as uow:
                drop(uow, letter)
        print(f"{len(chosen)} dropped")

    return app


def _kit(service: Service) -> Kit:
    settings = service.settings
    engine = connect_database(settings.database_url)
    return Kit(service.name, settings, connect_clock(settings.clock), engine, connect_eventlog(settings.eventlog_url))


def _letters(kit: Kit, service: Service) -> list[DeadLetter]:
    topics = list(dict.fromkeys(s.topic for s in service.subscriptions))
    with kit.unit() as uow:
        return open_dead_letters(uow, kit.eventlog, topics, {s.consumer for s in service.subscriptions})


def _chosen(kit: Kit, service: Service, identifier: str) -> list[DeadLetter]:
    chosen = [letter for letter in _letters(kit, service) if identifier in ("all", letter.id)]
    if not chosen:
        raise ValueError(f"no dead letter {identifier}")
    return chosen


def _operator() -> str:
    """Who works on the dead letters: the account of this machine."""
    return f"operator/{getpass.getuser()}"
