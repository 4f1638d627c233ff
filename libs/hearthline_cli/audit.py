"""`hearthline audit`: are the sealed records of the services still those that were sealed (P4, S13)?"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hearthline_cli.laptop import HOME, SERVICES, postgres_in
from hearthline_cli.postgres import running_postgres

audit_app = typer.Typer(no_args_is_help=True, help="The records of the services that cannot be changed unseen.")


@audit_app.callback()
def only() -> None:
    """Keeps the command's name, though there is one."""


@audit_app.command()
def verify(
    services: Annotated[list[str] | None, typer.Argument(help="names of services; all six", show_default=False)] = None,
    published: Annotated[bool, typer.Option(help="compare with what the event log has of it, too")] = True,
    home: Annotated[Path, typer.Option(help="where `hearthline up` keeps its data")] = HOME,
) -> None:
    """Look whether every sealed row is there and as it was: the audit of each service, and what complaints were told.

    The databases are those of `hearthline up`, while it runs; or those that HEARTHLINE_CUSTOMERS_DATABASE_URL
    and its like name, with the event log of HEARTHLINE_EVENTLOG_URL. One line a chain. Exit code 1: a chain is broken,
    and its line names the first row that is; 2: no broken one was found, but not every one could be looked at.

    Example: hearthline audit verify billing complaints
    """
    chosen = list(dict.fromkeys(services or SERVICES))
    if unknown := sorted(set(chosen) - set(SERVICES)):
        raise typer.BadParameter(f"no service {', '.join(unknown)}; there are {', '.join(SERVICES)}")
    try:
        environments = _of_the_environment(chosen) or _of_the_laptop(chosen, home)
    except ValueError as error:
        typer.echo(f"audit: {error}", err=True)
        raise typer.Exit(2) from error
    codes = {_verify(service, environments[service], published) for service in chosen}
    if any(codes):
        raise typer.Exit(1 if 1 in codes else 2)


def _of_the_environment(services: Sequence[str]) -> dict[str, dict[str, str]]:
    """What the environment names; nothing when it names no database at all."""
    names = {service: f"HEARTHLINE_{service.upper()}_DATABASE_URL" for service in SERVICES}
    if not any(os.environ.get(name) for name in names.values()):
        return {}
    # One that is left out is forgotten: the laptop's in its place would be another platform's.
    if missing := [names[service] for service in services if not os.environ.get(names[service])]:
        raise ValueError(f"set {', '.join(missing)} too")
    if not os.environ.get("HEARTHLINE_EVENTLOG_URL"):
        raise ValueError("set HEARTHLINE_EVENTLOG_URL too")
    return {service: {"HEARTHLINE_DATABASE_URL": os.environ[names[service]]} for service in services}


def _of_the_laptop(services: Sequence[str], home: Path) -> dict[str, dict[str, str]]:
    server = running_postgres(postgres_in(home))
    if server is None:
        raise ValueError(f"no PostgreSQL runs in {home}: start `hearthline up`, or set HEARTHLINE_…_DATABASE_URL")
    eventlog = {"HEARTHLINE_EVENTLOG_URL": server.get_uri(database="eventlog")}
    return {service: eventlog | {"HEARTHLINE_DATABASE_URL": server.get_uri(database=service)} for service in services}


def _verify(service: str, environment: dict[str, str], published: bool) -> int:
    """Has a service verify its chains; its exit code. URLs go by the environment, which others do not see."""
    command = [sys.executable, "-m", service, "audit", "verify", *([] if published else ["--no-published"])]
    return subprocess.run(command, env=os.environ | environment, check=False).returncode
