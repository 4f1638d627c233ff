"""Peers are installed by pip, each into a virtual environment of its own in build/, which stays for the next run."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from psycopg.conninfo import conninfo_to_dict

from tests.bench.machine import CORES, Machine, free_address
from tests.bench.peers.posting import Target

SITES = Path(__file__).parent / "sites"
_HOME = Path(__file__).parents[3] / "build" / "peers"
_SERVES = "peer serves"
"""What `sites/served.py` says for each server process."""


class NotInstalled(Exception):
    """A peer cannot be had on this machine; the message is one line that says why."""


class Peer(Protocol):
    """A module for one peer."""

    def start(self, made: Machine) -> Target:
        """Serves it on a new database, and says how a ticket is made. Errors: NotInstalled."""
        ...


def install(name: str, packages: Sequence[str]) -> Path:
    """The Python of an environment that has these packages; NotInstalled when pip cannot get them."""
    home = _HOME / name
    python, pins = home / "bin" / "python", home / "pins.txt"
    wanted = "\n".join(packages)
    if not pins.exists() or pins.read_text(encoding="utf-8") != wanted:
        shutil.rmtree(home, ignore_errors=True)
        try:
            run(Path(sys.executable), "-m", "venv", str(home))
            # No patience: where there is no way to a registry, the rest of the bench goes on.
            run(python, "-m", "pip", "install", "--quiet", "--retries", "1", "--timeout", "15", *packages)
        except RuntimeError as error:
            raise NotInstalled(f"{name} is left out, it does not install: {error}") from error
        pins.write_text(wanted, encoding="utf-8")
    return python


def serve(made: Machine, python: Path, app: str, environment: Mapping[str, str]) -> str:
    """The address of a WSGI application of `sites` under gunicorn."""
    listen = free_address()
    options = ["--config", "python:served", "--bind", listen]
    # As many processes as our own service has.
    given = {**environment, "PYTHONPATH": str(SITES), "WEB_CONCURRENCY": str(CORES)}
    made.start("gunicorn", app, *options, waits_for=_SERVES, times=CORES, environment=given, python=python)
    return listen


def run(python: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> str:
    """What `python …` writes; RuntimeError with its last words when it fails."""
    given = {**os.environ, "PYTHONPATH": str(SITES), **(environment or {})}
    done = subprocess.run([python, *arguments], env=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError((done.stderr.strip() or done.stdout.strip()).rpartition("\n")[2])
    return done.stdout


def database_environment(url: str) -> dict[str, str]:
    """A database's URL as the variables that libpq reads."""
    given = conninfo_to_dict(url)
    return {f"PG{'DATABASE' if name == 'dbname' else name.upper()}": str(value) for name, value in given.items()}
