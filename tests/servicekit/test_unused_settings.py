"""A variable that nobody reads is told at the start, with the setting that may be meant (P6)."""

from importlib import import_module

import pytest
from structlog.testing import capture_logs

from billing.settings import Settings as Billing
from hearthline_cli.laptop import SERVICES, _unused
from servicekit import cli
from servicekit.settings import ServiceSettings
from servicekit.unused_settings import NOT_USED, names_of, unused

KNOWN = names_of(Billing)
NEAR = {
    "HEARTHLINE_BANK": "HEARTHLINE_BANKS",
    "HEARTHLINE_CURENCY": "HEARTHLINE_CURRENCY",
    "HEARTHLINE_DATABASEURL": "HEARTHLINE_DATABASE_URL",
    "HEARTHLINE_DB_URL": "",
    "HEARTHLINE_EVENT_LOG_URL": "HEARTHLINE_EVENTLOG_URL",
    "HEARTHLINE_KAFKA": "",
    "HEARTHLINE_KEY_RING": "HEARTHLINE_KEYRING",
    "HEARTHLINE_LISTENS": "HEARTHLINE_LISTEN",
    "HEARTHLINE_LOGLEVEL": "HEARTHLINE_LOG_LEVEL",
    "HEARTHLINE_TIMEZONE": "HEARTHLINE_TIME_ZONE",
    "HEARTHLINE_TOKEN_ROLE": "HEARTHLINE_TOKEN_ROLES",
    "HEARTHLINE_TRUST_CALLER": "HEARTHLINE_TRUST_CALLERS",
    "HEARTHLINE_JWK": "HEARTHLINE_JWKS",
    "HEARTHLINE_PROCESS": "HEARTHLINE_PROCESSES",
    "hearthline_thread": "HEARTHLINE_THREADS",
}
HEARD = [
    "HEARTHLINE_DATABASE_URL",
    "hearthline_banks",
    "HEARTHLINE_CALLER_TLS",
    "HEARTHLINE_COMMIT",
    "HEARTHLINE_TEST_KAFKA",
    "HEARTHLINE_WORKORDERS_DATABASE_URL",
    "HEARTHLINE_BILLING_SERVICE_HOST",
    "HEARTHLINE_BILLING_PORT_50051_TCP",
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "PATH",
]


@pytest.mark.parametrize(("name", "meant"), NEAR.items())
def test_what_nobody_reads_is_told_with_its_nearest_name(name: str, meant: str) -> None:
    assert unused(KNOWN, {name: "x"}) == {name.upper(): meant}


def test_what_is_read_is_not_told() -> None:
    assert unused(KNOWN, dict.fromkeys(HEARD, "x")) == {}
    assert all(unused(KNOWN, {name: "x"}) == {} for name in KNOWN)


def test_a_setting_of_another_service_is_not_used_by_this_one() -> None:
    assert "HEARTHLINE_CURRENCY" in unused(names_of(ServiceSettings), {"HEARTHLINE_CURRENCY": "CNY"})


@pytest.mark.parametrize("name", SERVICES)
def test_every_service_tells_it_at_the_start(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEARTHLINE_LISTENS", "127.0.0.1:1")
    monkeypatch.setattr("sys.argv", [name, "--help"])
    with capture_logs() as logs, pytest.raises(SystemExit):
        cli.main(import_module(f"{name}.bootstrap").service)
    assert [(each["setting"], each["meant"]) for each in logs if each["event"] == NOT_USED] == [
        ("HEARTHLINE_LISTENS", "HEARTHLINE_LISTEN")
    ]


@pytest.fixture(autouse=True)
def logging_as_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line sets up logging for a process of its own."""
    monkeypatch.setattr(cli, "start_logging", lambda *_: None)


LOGS = {
    f"2026-12-01 [warning  ] {NOT_USED} meant=HEARTHLINE_LISTEN setting=HEARTHLINE_LISTENS": "HEARTHLINE_LISTEN",
    f"\x1b[2m2026\x1b[0m {NOT_USED} \x1b[36msetting\x1b[0m=\x1b[35mHEARTHLINE_LISTENS\x1b[0m": "",
    f'{{"setting": "HEARTHLINE_LISTENS", "meant": "HEARTHLINE_LISTEN", "event": "{NOT_USED}"}}': "HEARTHLINE_LISTEN",
}


@pytest.mark.parametrize(("line", "meant"), LOGS.items())
def test_up_reads_it_from_logs_of_either_form(line: str, meant: str) -> None:
    assert _unused(f"serving\n{line}\nother setting=HEARTHLINE_X\n") == {"HEARTHLINE_LISTENS": meant}
