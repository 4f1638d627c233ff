"""The yardstick: what the same server does with three inserts in one transaction, sent by a client in C."""

import re
import subprocess
from pathlib import Path

import psycopg

from tests.bench.machine import pgbench_program

# Rows as large as ours: the aggregate, its event in the outbox, its entry in the audit.
_TABLES = """
CREATE TABLE aggregate (id text PRIMARY KEY, state text NOT NULL, body jsonb NOT NULL, version int NOT NULL);
CREATE TABLE outbox (seq bigserial PRIMARY KEY, topic text NOT NULL, key text NOT NULL, headers jsonb NOT NULL,
    value bytea NOT NULL, created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE audit (id text PRIMARY KEY, time timestamptz NOT NULL, actor text NOT NULL, action text NOT NULL,
    resource text NOT NULL, request_id text NOT NULL);
"""
THREE_INSERTS = """
\\set n random(1, 1000000000000)
BEGIN;
INSERT INTO aggregate VALUES (gen_random_uuid()::text, 'NEW', jsonb_build_object('n', :n::bigint,
    'summary', repeat('no heating in the whole flat ', 8), 'premises', 'premises/1234567', 'channel', 'hotline'), 1);
INSERT INTO outbox (topic, key, headers, value) VALUES ('hearthline.workorders.v1', :n::text,
    jsonb_build_object('ce_id', :n::text, 'ce_type', 'hearthline.workorders.v1.TicketCreated',
        'ce_source', '/hearthline/workorders', 'ce_subject', 'tickets/1234567', 'ce_time', '2026-01-15T01:00:00Z',
        'traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'), decode(repeat('a0', 300), 'hex'));
INSERT INTO audit VALUES (gen_random_uuid()::text, now(), 'staff/1007', 'TicketService/CreateTicket',
    'tickets/1234567', gen_random_uuid()::text);
COMMIT;
"""


def prepare(url: str) -> None:
    """Makes the tables."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_TABLES)


def transactions_per_s(url: str, clients: int, seconds: float, scratch: Path, script: str = THREE_INSERTS) -> float:
    """Transactions a second of so many clients; prepared statements, one thread."""
    path = scratch / "script.sql"
    path.write_text(script, encoding="utf-8")
    options = ["-n", "-M", "prepared", "-c", str(clients), "-T", str(max(round(seconds), 1)), "-f", str(path)]
    done = subprocess.run([pgbench_program(), *options, url], capture_output=True, text=True, check=False)
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if not found:
        raise RuntimeError(f"pgbench: {done.stderr.strip() or done.stdout.strip()}")
    return float(found[1])
