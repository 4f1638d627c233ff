"""`hearthline up` takes a Kafka and the banks, and passes over no variable in silence (P6)."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from hearthline_cli import main
from hearthline_cli.laptop import BANKS, SERVICES, Laptop, Options
from tests.support.postgres import Databases


class Fake:
    """A platform that ends at once."""

    asked: Options

    def __init__(self, options: Options) -> None:
        Fake.asked = options
        self.targets: dict[str, str] = {}
        self.eventlog_url = ""

    def __enter__(self) -> "Fake":
        return self

    def __exit__(self, *_: object) -> None:
        """Has nothing to end."""

    def is_running(self) -> bool:
        return False

    def unused_settings(self) -> dict[str, str]:
        return {"HEARTHLINE_LISTENS": "HEARTHLINE_LISTEN", "HEARTHLINE_KAFKA": ""}


@pytest.mark.parametrize(
    ("arguments", "environment", "kafka", "banks"),
    [
        ([], {}, "", BANKS),
        (["--kafka", "127.0.0.1:9092", "--banks", "icbc,boc"], {}, "127.0.0.1:9092", ("icbc", "boc")),
        ([], {"HEARTHLINE_BANKS": "boc, icbc ,boc,"}, "", ("boc", "icbc")),
        (["--banks", "ccb"], {"HEARTHLINE_BANKS": "boc"}, "", ("ccb",)),
    ],
)
def test_up_takes_a_kafka_and_banks(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], environment: dict[str, Any], kafka: str, banks: Any
) -> None:
    monkeypatch.setattr(main, "Laptop", Fake)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    CliRunner().invoke(main.app, ["up", *arguments], env=environment)
    assert (Fake.asked.kafka, tuple(Fake.asked.banks)) == (kafka, banks)


def test_up_tells_what_it_does_not_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(main, "Laptop", Fake)
    monkeypatch.setattr("signal.signal", lambda *_: None)
    said = CliRunner().invoke(main.app, ["up"], env={"HEARTHLINE_EVENTLOG_URL": "kafka://k:1"}).stderr
    assert "HEARTHLINE_EVENTLOG_URL is not used: give --kafka host:port" in said
    assert "HEARTHLINE_LISTENS is a setting of no service: is HEARTHLINE_LISTEN meant?" in said
    assert "HEARTHLINE_KAFKA is a setting of no service\n" in said


def test_a_running_platform_knows_what_no_service_uses(
    tmp_path: Path, databases: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEARTHLINE_LISTENS", "x")
    monkeypatch.setenv("HEARTHLINE_CURRENCY", "CNY")
    urls = {name: databases.create() for name in (*SERVICES, "eventlog")}
    with Laptop(Options(tmp_path, False, durable=False, databases=urls, banks=("boc",))) as laptop:
        assert laptop.unused_settings() == {"HEARTHLINE_LISTENS": "HEARTHLINE_LISTEN"}
        with laptop.eventlog() as log:
            assert not list(log.read("hearthline.bank.boc.payments.v1", 1))
    for url in urls.values():
        databases.drop(url)
