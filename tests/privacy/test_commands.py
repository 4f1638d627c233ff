"""What operators type: keys that are missing are told at the start, and rows are encrypted anew by command (C9)."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from customers.bootstrap import service
from tests.privacy.keyrings import keyring
from tests.privacy.test_at_rest import write_in_clear
from tests.support.running import Starter


def run(*arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    environment = {**os.environ, **{f"HEARTHLINE_{name}": value for name, value in settings.items()}}
    command = [sys.executable, "-m", "customers", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("command", ["serve", "work"])
def test_production_does_not_start_without_keys(command: str) -> None:
    nowhere = "postgresql://nobody@127.0.0.1:1/none"
    done = run(command, ENVIRONMENT="production", DATABASE_URL=nowhere, EVENTLOG_URL=nowhere)
    assert (done.returncode, "HEARTHLINE_KEYRING" in done.stderr) == (2, True)


def test_rows_are_encrypted_by_command_and_the_second_run_finds_nothing(start: Starter, tmp_path: Path) -> None:
    path = keyring(tmp_path)
    running = start(service, work=False, keyring=path)
    write_in_clear(running, 120)
    settings = running.service.settings
    environment = {
        "KEYRING": str(path),
        "DATABASE_URL": settings.database_url,
        "EVENTLOG_URL": settings.eventlog_url,
    }
    first, second = (run("personal", "reencrypt", **environment) for _ in range(2))
    assert (first.returncode, first.stdout) == (0, "120 rows encrypted, 0 left under other keys\n")
    assert "customers: 100 of 120" in first.stderr
    assert (second.returncode, second.stdout) == (0, "0 rows encrypted, 0 left under other keys\n")
