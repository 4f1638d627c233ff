"""No secret of the settings is shown with them, nor by a start that fails over them."""

import os
import subprocess
import sys
from importlib import import_module

import pytest

from servicekit.settings import ServiceSettings
from tests.architecture.tree import services

CANARY = "canary-5f2e"
# Words in the names of settings whose values are secrets, or hold some.
SECRET = ("url", "password", "link_keys", "secret")


def is_secret(name: str) -> bool:
    return any(word in name for word in SECRET)


@pytest.mark.parametrize("service", services())
def test_settings_do_not_show_their_secrets(service: str) -> None:
    kind: type[ServiceSettings] = import_module(f"{service}.settings").Settings
    secrets = [name for name in kind.model_fields if is_secret(name)]
    assert {"database_url", "eventlog_url"} <= set(secrets)
    settings = kind(**{name: f"postgresql://user:{CANARY}@host/{name}" for name in secrets})  # type: ignore[arg-type]
    assert CANARY not in f"{settings!r} {settings}"


@pytest.mark.parametrize("eventlog", ["postgresql", "amqp"])
@pytest.mark.parametrize("command", [["run"], ["work"], ["migrate"], ["audit", "verify"], ["dlq", "list"]])
def test_a_start_that_fails_tells_no_password(command: list[str], eventlog: str) -> None:
    refused = f"user:{CANARY}@127.0.0.1:1/none"
    environment = os.environ | {
        "HEARTHLINE_DATABASE_URL": f"postgresql://{refused}",
        "HEARTHLINE_EVENTLOG_URL": f"{eventlog}://{refused}",
        "HEARTHLINE_LOG_LEVEL": "debug",
    }
    if command == ["work"]:
        environment["HEARTHLINE_CLOCK"] = "none"
    done = subprocess.run(
        [sys.executable, "-m", "workorders", *command], env=environment, capture_output=True, text=True, timeout=60
    )
    assert done.returncode != 0
    assert done.stderr
    assert CANARY not in done.stdout + done.stderr
