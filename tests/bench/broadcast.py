"""One message to very many customers, from the planned row to the receipt of the sandbox."""

import time
from typing import Any

import psycopg

from tests.bench import eventlog, memory
from tests.bench.machine import Machine
from tests.bench.serving import serve
from tests.bench.sizes import Sizes

_PATIENCE_S = 600

_CONTACTS = """
INSERT INTO contacts (customer_id, display_name, points, version)
SELECT 'customer-' || n, 'Wang ' || n, jsonb_build_array(jsonb_build_object('channel', 'sms',
    'address', '+861380' || lpad((n / 10)::text, 6, '0') || '0', 'language', 'zh-CN', 'consented', true,
    'preferred', true)), 1
FROM generate_series(1, %s) n
"""
_MESSAGES = """
INSERT INTO notifications (id, template_code, recipient, customer_id, variables, related_resource, traceparent, state,
    due, create_time, update_time, version)
SELECT uuidv7()::text, 'ticket-received', 'customers/customer-' || n, 'customer-' || n,
    jsonb_build_object('ticket', 'tickets/' || n, 'commodity', jsonb_build_object('term', 'heat'),
        'category', jsonb_build_object('term', 'no_heat'), 'report_time', jsonb_build_object('time', now())),
    'tickets/' || n, '', 'PENDING', now(), now(), now(), 1
FROM generate_series(1, %s) n
"""
_LEFT = (
    "SELECT count(*) FILTER (WHERE state <> 'DELIVERED'), count(*) FILTER (WHERE state = 'FAILED') FROM notifications"
)


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Messages a second until the last receipt, and their share of the events that the log alone would take."""
    served = serve(made, "notifications", "broadcast", work=True)
    idle = memory.megabytes(served.pids, "VmRSS")
    with psycopg.connect(served.database, autocommit=True) as connection:
        connection.execute(_CONTACTS, [sizes.messages])
        started = time.perf_counter()
        connection.execute(_MESSAGES, [sizes.messages])
        _until_delivered(connection, started)
    rate = sizes.messages / (time.perf_counter() - started)
    seen = {"messages_per_s": round(rate), "idle_mb": idle, **memory.peak(served)}
    made.stop_processes()
    most = eventlog.measure_log(made.database("broadcast_raw"), sizes.events)["publish_events_per_s"]
    return {"broadcast": {**seen, "log_events_per_s": most, "ratio_to_log": round(rate / most, 3)}}


def _until_delivered(connection: "psycopg.Connection[tuple[int, int]]", started: float) -> None:
    while True:
        left, failed = connection.execute(_LEFT).fetchone() or (0, 0)
        if not left:
            return
        if failed or time.perf_counter() - started > _PATIENCE_S:
            raise RuntimeError(f"{left} messages were not delivered, {failed} failed")
        time.sleep(0.5)
