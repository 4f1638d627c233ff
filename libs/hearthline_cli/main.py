"""`hearthline`: the command line of the platform."""

import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Annotated

import typer
from rich.console import Console

from hearthline_cli.audit import audit_app
from hearthline_cli.bank_simulator import bank_simulator
from hearthline_cli.call import call
from hearthline_cli.certificates.command import certificates
from hearthline_cli.dlq import dlq_app
from hearthline_cli.importing.command import import_app
from hearthline_cli.laptop import BANKS, HOME, PORTS, SET_BY_US, Laptop, Options, StartError
from hearthline_cli.measure import measure
from hearthline_cli.tokens.command import token
from hearthline_cli.topics import topics_app
from hearthline_cli.version import version
from hearthline_cli.walk import walk

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
app.command("bank-simulator")(bank_simulator)
app.command("call")(call)
app.command("certificates")(certificates)
app.command("measure")(measure)
app.command("token")(token)
app.command("version")(version)
app.command("walk")(walk)
app.add_typer(audit_app, name="audit")
app.add_typer(dlq_app, name="dlq")
app.add_typer(import_app, name="import")
app.add_typer(topics_app, name="topics")


@app.command()
def demo(
    scale: Annotated[float, typer.Option(envvar="SCALE", min=0.02, max=100, help="1 is 5,000 homes")] = 1.0,
    seed: Annotated[int, typer.Option(help="the same seed makes the same season")] = 1,
    bus: Annotated[str, typer.Option(envvar="BUS", help="embedded or kafka")] = "embedded",
    kafka: Annotated[str, typer.Option(envvar="KAFKA", help="host:port, when the bus is kafka")] = "",
) -> None:
    """Watch a heating season of a district go through the six services, and see whether it all adds up.

    Example: SCALE=0.1 hearthline demo
    """
    from hearthline_cli.season.report import show
    from hearthline_cli.season.season import Wishes, simulate

    if bus not in ("embedded", "kafka") or (bus == "kafka") != bool(kafka):
        raise typer.BadParameter("bus is 'embedded', or 'kafka' together with --kafka host:port")
    # Ended from outside it still ends the services that it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        outcome = simulate(Wishes(scale, seed, kafka), Console(stderr=True))
    except StartError as error:
        typer.echo(f"demo: {error}", err=True)
        raise typer.Exit(2) from error
    console = Console()
    console.print(f"\n[bold]A heating season[/]: mean °C by week  {outcome.weather}\n")
    show(outcome.findings, console)
    console.print("\n[bold]One trace, from the first call to the last message[/]\n")
    console.print(outcome.trace, markup=False, highlight=False, soft_wrap=True)
    console.print(_GO_ON, markup=False, highlight=False, soft_wrap=True)
    if not all(check.holds for check in outcome.findings.checks):
        raise typer.Exit(1)


@app.command()
def up(
    home: Annotated[Path, typer.Option(help="where the data is kept")] = HOME,
    kafka: Annotated[str, typer.Option(help="host:port of a Kafka; without it the event log is embedded")] = "",
    banks: Annotated[str, typer.Option(envvar="HEARTHLINE_BANKS", help="ids of partner banks by comma")] = ",".join(
        BANKS
    ),
) -> None:
    """Run the platform on this machine: an embedded PostgreSQL, an embedded event log, six services.

    Example: hearthline up --kafka 127.0.0.1:9092 --banks icbc,boc
    """
    for name in (name for name in SET_BY_US if name in os.environ):
        hint = "give --kafka host:port" if "EVENTLOG" in name else "up chooses it itself"
        typer.echo(f"{name} is not used: {hint}", err=True)
    partners = tuple(dict.fromkeys(filter(None, (bank.strip() for bank in banks.split(",")))))
    # A queue and not an Event, whose lock a handler may find held by the thread that it interrupts.
    endings: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: endings.put(number))
    try:
        with Laptop(Options(home, kafka=kafka, banks=partners)) as laptop:
            for service, target in laptop.targets.items():
                typer.echo(f"{service:<14} {target}   log: {laptop.log_file(service)}")
            for name, meant in laptop.unused_settings().items():
                typer.echo(f"{name} is a setting of no service{f': is {meant} meant?' if meant else ''}", err=True)
            typer.echo(f"event log      {laptop.eventlog_url}\nCtrl-C ends it; the data stays in {home}.")
            if not _is_ended(endings, laptop):
                typer.echo("a service ended by itself; its log says why", err=True)
                raise typer.Exit(1)
    except StartError as error:
        typer.echo(f"up: {error}", err=True)
        raise typer.Exit(2) from error


def _is_ended(endings: "SimpleQueue[int]", laptop: Laptop) -> bool:
    """Waits; True for a signal, False for a service that ended by itself."""
    while laptop.is_running():
        with suppress(Empty):
            endings.get(timeout=0.5)
            return True
    return False


_GO_ON = f"""
How to go on
  .venv/bin/hearthline up                        the platform, to play with; data in ~/.hearthline
  .venv/bin/hearthline call --list               every RPC
  .venv/bin/hearthline call hearthline.workorders.v1.StandardService/ListServiceStandards
  grpcurl -plaintext 127.0.0.1:{PORTS["customers"]} list          or with grpcurl: reflection is on
  .venv/bin/hearthline bank-simulator --help     let the banks {", ".join(BANKS)} pay, and misbehave
"""


if __name__ == "__main__":
    sys.exit(app())
