"""What the operations' pages say of metrics, alerts and commands is so."""

import re
from typing import Any

import pytest
from typer.main import get_command

from billing.bootstrap import service as billing
from hearthline_cli.call import _call
from servicekit.cli import _app
from tests.helm.tools import ROOT
from tests.observability.conftest import Observed
from tests.observability.tables import PAGE, tables, written

RUNBOOKS = (ROOT / "docs" / "operations" / "runbooks.md").read_text()
CALLS = re.findall(r"hearthline call (hearthline[\w./]+/\w+)(?: '([^']*)')?", RUNBOOKS)


@pytest.mark.parametrize("table", list(tables()))
def test_the_table_is_as_the_sources_make_it(table: str) -> None:
    """`python -m tests.observability.tables` writes it again."""
    assert written(PAGE.read_text())[table] == tables()[table]


def test_there_are_calls_to_try() -> None:
    assert len(CALLS) >= 6


@pytest.mark.parametrize(("method", "body"), CALLS)
def test_a_call_of_the_runbooks_is_answered(observed: Observed, method: str, body: str) -> None:
    service = observed.services[method.split(".")[1]]
    assert _call(service.channel, method, body or "{}").startswith("{")


def test_dead_letters_are_worked_on_by_verbs_that_there_are() -> None:
    verbs = set(re.findall(r"dlq (\w+)", RUNBOOKS))
    group: Any = get_command(_app(billing()))
    assert verbs == set(group.commands["dlq"].commands)


def test_links_within_the_runbooks_lead_somewhere() -> None:
    links = set(re.findall(r"\]\(#([\w-]+)\)", RUNBOOKS))
    sections = {line.lstrip("# ").lower() for line in RUNBOOKS.splitlines() if line.startswith("#")}
    assert links - sections == set()
