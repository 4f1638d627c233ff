"""B2: simulated banks do every kind of mischief, and each event gets the answer it must get."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hearthline_cli.bank import BankSimulator, Mischief, Order
from hearthline_cli.bank_simulator import bank_simulator
from servicekit.clock import FileClock
from tests.billing.running import ICBC, Billing
from tests.support.running import MORNING, Starter

BANKS = ["icbc", "ccb", "abc"]
# Every kind, equally often.
ALL: dict[Mischief, float] = {kind: 1 / len(Mischief) for kind in Mischief if kind is not Mischief.NONE}


@pytest.fixture
def billing(start: Starter) -> Billing:
    billing = Billing(start)
    for n in range(5):
        billing.open(f"a{n}")
        billing.charge(50_000_00, f"accounts/a{n}")
    return billing


def orders(count: int) -> list[Order]:
    return [Order(f"accounts/a{n % 5}", f"{n + 1}.50") for n in range(count)]


def test_every_event_gets_its_answer_and_every_order_is_paid_once(billing: Billing) -> None:
    simulator = BankSimulator(billing.starter.eventlog, BANKS, seed=7)
    simulator.register(billing.running.channel)
    simulator.publish(orders(200), MORNING, ALL)
    billing.running.settle()
    billing.starter.advance(timedelta(days=1))

    found = simulator.collect(timeout=10)
    simulator.close()

    assert (list(found.missing), list(found.unexpected)) == ([], [])
    assert set(found.sent) == set(Mischief)
    assert {"BAD_SIGNATURE", "UNKNOWN_KEY", "MALFORMED_JSON", "BAD_AMOUNT", "UNKNOWN_ACCOUNT"} <= set(found.answered)
    paid = sum(n * 100 + 150 for n in range(200))
    assert sum(billing.balance(f"accounts/a{n}") for n in range(5)) == 5 * 50_000_00 - paid


def test_the_same_seed_sends_the_same_bytes(billing: Billing) -> None:
    def sent(seed: int) -> list[bytes]:
        simulator = BankSimulator(billing.starter.eventlog, BANKS, seed)
        return [each.record.value for each in simulator.publish(orders(30), MORNING)]

    assert sent(3) == sent(3)
    assert sent(3) != sent(4)


def test_a_bank_that_is_known_keeps_its_other_keys(billing: Billing) -> None:
    billing.register(ICBC)
    for _ in range(2):
        simulator = BankSimulator(billing.starter.eventlog, ["icbc"], seed=7)
        simulator.register(billing.running.channel)
        simulator.close()
    billing.deliver(ICBC.payment("R1", account="accounts/a1"))
    assert billing.balance("accounts/a1") == 50_000_00 - 100_00


def test_the_command_pays_what_is_owed_and_says_how_it_went(billing: Billing, tmp_path: Path) -> None:
    FileClock.create(tmp_path / "clock", MORNING)
    app = typer.Typer()
    app.command()(bank_simulator)
    places = ["--eventlog", billing.starter.eventlog_url, "--billing", billing.running.target]
    result = CliRunner().invoke(app, [*places, "--clock", f"file:{tmp_path / 'clock'}", "--count", "60", "--json"])
    assert result.exit_code == 0, result.output
    # The service of this test logs to the same output.
    [said] = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    assert said["complete"]
    assert sum(said["sent"].values()) == sum(said["answered"].values()) >= 60
    assert billing.balance("accounts/a0") < 50_000_00


def test_the_command_needs_accounts(start: Starter) -> None:
    billing = Billing(start)
    app = typer.Typer()
    app.command()(bank_simulator)
    arguments = ["--eventlog", start.eventlog_url, "--billing", billing.running.target]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, "no accounts" in result.output) == (2, True)
