"""`hearthline version`: what is installed, and what an image was built from."""

import json
import os
from importlib.metadata import version as package_version
from typing import Annotated

import typer

# The Dockerfile sets them; outside of an image there is no build.
_COMMIT, _BUILD_DATE = "HEARTHLINE_COMMIT", "HEARTHLINE_BUILD_DATE"


def version(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Show the version; in an image also its commit and the date of its build."""
    facts = {"version": package_version("hearthline")}
    if commit := os.environ.get(_COMMIT):
        facts |= {"commit": commit, "build_date": os.environ.get(_BUILD_DATE, "unknown")}
    if as_json:
        typer.echo(json.dumps(facts))
    elif commit:
        typer.echo(f"{facts['version']} (commit {commit}, built {facts['build_date']})")
    else:
        typer.echo(facts["version"])
