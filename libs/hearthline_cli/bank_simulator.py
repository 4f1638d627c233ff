"""`hearthline bank-simulator`: partner banks that pay, and misbehave, on a running platform (B2)."""

import json
import random
from decimal import Decimal
from typing import Annotated, Any

import grpc
import typer
from babel.numbers import get_currency_precision
from rich.console import Console
from rich.table import Table

from hearthline.billing.v1 import accounts_pb2
from hearthline.billing.v1.accounts_pb2_grpc import AccountServiceStub
from hearthline_cli.bank import BankSimulator, Order, Reconciliation
from servicekit.client import connect
from servicekit.clock import connect_clock
from servicekit.eventlog import EventLogUnavailable
from servicekit.eventlog import connect as connect_eventlog


def bank_simulator(
    eventlog: Annotated[
        str, typer.Option(envvar="HEARTHLINE_EVENTLOG_URL", help="kafka://host:port,… or postgresql://… of the log")
    ],
    billing: Annotated[str, typer.Option(help="host:port of the billing service")] = "127.0.0.1:50056",
    banks: Annotated[str, typer.Option(envvar="HEARTHLINE_BANKS", help="bank ids by comma")] = "icbc,ccb,abc",
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="payments to make")] = 200,
    seed: Annotated[int, typer.Option(help="the same seed makes the same events")] = 1,
    clock: Annotated[str, typer.Option(envvar="HEARTHLINE_CLOCK", help="system, or file:PATH")] = "system",
    wait: Annotated[float, typer.Option(help="seconds to wait for the replies")] = 30.0,
    as_json: Annotated[bool, typer.Option("--json", help="the result as one JSON object")] = False,
) -> None:
    """Publish good, doubled, late, out-of-order, forged and malformed payment events, and check the replies.

    Pays the accounts that billing lists, in their order and over again. Exits with 1 when an event got another
    answer than it must get, with 2 when the platform cannot be reached or has no accounts.

    Example: hearthline bank-simulator --eventlog kafka://localhost:9092 --count 1000 --seed 7
    """
    try:
        found = _run(eventlog, billing, [b.strip() for b in banks.split(",") if b.strip()], count, seed, clock, wait)
    except (grpc.RpcError, EventLogUnavailable, ValueError) as error:
        reason = error.details() if isinstance(error, grpc.Call) else error
        typer.echo(f"bank-simulator: {reason}", err=True)
        raise typer.Exit(2) from error
    if as_json:
        typer.echo(json.dumps(_plain(found), ensure_ascii=False))
    else:
        _show(found)
    if not found.is_complete:
        raise typer.Exit(1)


def _run(
    eventlog: str, billing: str, banks: list[str], count: int, seed: int, clock: str, wait: float
) -> Reconciliation:
    now = connect_clock(clock).now()
    with connect(billing, "system/bank-simulator", ["system"]) as channel, connect_eventlog(eventlog) as log:
        orders = _orders(channel, count, seed)
        simulator = BankSimulator(log, banks, seed)
        try:
            simulator.register(channel)
            simulator.publish(orders, now)
            return simulator.collect(wait)
        finally:
            simulator.close()


def _orders(channel: grpc.Channel, count: int, seed: int) -> list[Order]:
    """A payment for each account in turn: what is owed on it, or else a random sum."""
    rng = random.Random(seed)
    accounts = _accounts(AccountServiceStub(channel), count)
    if not accounts:
        raise ValueError("billing has no accounts yet: import customers, or run `hearthline demo`")
    return [_order(accounts[number % len(accounts)], rng) for number in range(count)]


def _accounts(stub: AccountServiceStub, count: int) -> list[accounts_pb2.Account]:
    accounts: list[accounts_pb2.Account] = []
    token = ""
    while len(accounts) < count:
        page = stub.ListAccounts(accounts_pb2.ListAccountsRequest(page_size=1000, page_token=token))
        accounts += page.accounts
        token = page.next_page_token
        if not token:
            break
    return accounts[:count]


def _order(account: accounts_pb2.Account, rng: random.Random) -> Order:
    currency = account.balance.currency_code
    minor = account.balance.amount if account.balance.amount > 0 else rng.randrange(1_00, 3_000_00)
    amount = Decimal(minor).scaleb(-get_currency_precision(currency))
    return Order(account.name, f"{amount:f}", currency)


def _plain(found: Reconciliation) -> dict[str, Any]:
    return {
        "sent": dict(found.sent),
        "answered": dict(found.answered),
        "missing": [repr(answer) for answer in found.missing],
        "unexpected": [repr(answer) for answer in found.unexpected],
        "complete": found.is_complete,
    }


def _show(found: Reconciliation) -> None:
    console = Console()
    for title, counts in (("Events sent", found.sent), ("Answers", found.answered)):
        table = Table("kind", "records", title=title)
        for kind, number in sorted(counts.items()):
            table.add_row(kind, str(number))
        console.print(table)
    for answer in found.missing[:20]:
        console.print(f"missing: {answer}")
    for answer in found.unexpected[:20]:
        console.print(f"unexpected: {answer}")
    verdict = "every event got the answer it must get" if found.is_complete else "the answers do not match the events"
    console.print(verdict)
