"""What `hearthline version` tells an operator."""

import json
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from hearthline_cli.main import app

NUMBER = version("hearthline")


@pytest.fixture
def image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTHLINE_COMMIT", "0123abc")
    monkeypatch.setenv("HEARTHLINE_BUILD_DATE", "2026-11-24T03:00:00Z")


@pytest.mark.usefixtures("image")
def test_an_image_tells_its_commit_and_build_date() -> None:
    shown = CliRunner().invoke(app, ["version"])
    assert shown.stdout == f"{NUMBER} (commit 0123abc, built 2026-11-24T03:00:00Z)\n"


@pytest.mark.usefixtures("image")
def test_an_image_tells_them_as_json() -> None:
    shown = CliRunner().invoke(app, ["version", "--json"])
    assert json.loads(shown.stdout) == {
        "version": NUMBER,
        "commit": "0123abc",
        "build_date": "2026-11-24T03:00:00Z",
    }


def test_a_working_tree_tells_its_number_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEARTHLINE_COMMIT", raising=False)
    assert CliRunner().invoke(app, ["version"]).stdout == f"{NUMBER}\n"
