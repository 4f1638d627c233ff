"""Banks' payment events: signed, judged, posted to the ledger and answered, by the consumer of billing."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from psycopg.types.json import Jsonb

from billing.settings import Settings
from hearthline_cli.bank.events import Order, encode, payment, record
from hearthline_cli.bank.keys import SigningKey
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.eventlog import Producer, Record, connect
from servicekit.inbox import consumer_loops
from servicekit.kit import Kit
from tests.bench import arriving, eventlog
from tests.bench.machine import Machine
from tests.bench.serving import made_of, prepare
from tests.bench.sizes import Sizes

KEY = SigningKey("icbc", "2026-01", 1)
_ACCOUNTS = 1000
_BATCH = 500
_CONSUMER = f"billing.banks.{KEY.bank}"

_ADD_BANK = """
INSERT INTO banks (id, display_name, keys, create_time, update_time, version) VALUES (%s, 'ICBC', %s, now(), now(), 1)
"""
_ADD_ACCOUNTS = """
INSERT INTO accounts (id, customer_id, premises_id, service_agreement_id, commodity, currency, state, balance,
    open_time, create_time, update_time, version)
SELECT 'account-' || n, 'customer-' || n, 'premises-' || n, '', 'heat', 'CNY', 'OPEN', 0, now(), now(), now(), 1
FROM generate_series(0, %s - 1) n
"""
_JUDGED = "SELECT count(*) FROM bank_records WHERE state = 'POSTED'"


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Events a second, and their share of what the log alone would give."""
    database, log = prepare(made, "billing", "bank")
    with psycopg.connect(database, autocommit=True) as connection:
        keys = [{"kid": KEY.kid, "jwk": KEY.jwk, "valid_from": None, "valid_to": None}]
        connection.execute(_ADD_BANK, [KEY.bank, Jsonb(keys)])
        connection.execute(_ADD_ACCOUNTS, [_ACCOUNTS])
    rate, levels = _events_per_s(database, log, sizes.events // 4, sizes)
    most = eventlog.measure_log(made.database("bank_raw"), sizes.events)["consume_events_per_s"]
    return {
        "bank_event": {
            "events_per_s": round(rate),
            "log_events_per_s": most,
            "ratio_to_log": round(rate / most, 3),
            "by_callers": levels,
        }
    }


def _events_per_s(database: str, log_url: str, events: int, sizes: Sizes) -> tuple[float, dict[str, Any]]:
    """Of a backlog; and of events that come one or some at a time."""
    engine = connect_database(database)
    with connect(log_url) as log:
        publish(log.producer(), events)
        kit = Kit("billing", Settings(database_url=database), connect_clock("system"), engine, log)
        loops = consumer_loops(made_of("billing", database, log_url).subscriptions)
        loop = next(each for each in loops if each.name == _CONSUMER)
        with psycopg.connect(database, autocommit=True) as connection:
            while not (first := _judged(connection)):
                loop.run_once(kit)
            started = time.perf_counter()
            while loop.run_once(kit):
                pass
            seconds = time.perf_counter() - started
            if _judged(connection) != events:
                raise RuntimeError("not every payment was posted")
            paid_at = datetime.now(UTC) - timedelta(minutes=10)
            levels = arriving.by_callers(
                log,
                lambda n: _payment(events + n, paid_at),
                partial(loop.run_once, kit),
                partial(_judged, connection),
                sizes,
            )
        loop.close()
    engine.dispose()
    return (events - first) / seconds, levels


def publish(producer: Producer, events: int) -> None:
    """So many payments, spread over the accounts."""
    paid_at = datetime.now(UTC) - timedelta(minutes=10)
    for begin in range(0, events, _BATCH):
        numbers = range(begin, min(begin + _BATCH, events))
        producer.publish([_payment(n, paid_at) for n in numbers])
    producer.close()


def _payment(number: int, paid_at: datetime) -> Record:
    account = f"accounts/account-{number % _ACCOUNTS}"
    event = payment(KEY.bank, f"reference-{number}", Order(account, "123.45"), paid_at)
    return record(KEY, account, encode(event))


def _judged(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute(_JUDGED).fetchone()
    return row[0] if row else 0
