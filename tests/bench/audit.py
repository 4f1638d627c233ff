"""Audit rows: sealed by the loop, and verified as `hearthline audit verify` does."""

import time
from typing import Any

import psycopg

from servicekit.auditing import verify
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.eventlog import connect
from servicekit.kit import Kit
from servicekit.sealing import AUDIT, Sealer
from tests.bench.machine import Machine
from tests.bench.serving import prepare
from tests.bench.sizes import Sizes
from workorders.settings import Settings

# As long as those of a ticket.
_FILL = """
INSERT INTO audit (id, time, actor, action, resource, request_id, trace_id)
SELECT gen_random_uuid()::text, now() + n * interval '1234 us', 'staff/' || mod(n, 3000),
    '/hearthline.workorders.v1.TicketService/CreateTicket', 'tickets/' || gen_random_uuid(), gen_random_uuid()::text,
    md5(n::text)
FROM generate_series(1, %s) n
"""


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Rows a second of each, with as many rows as a broadcast has messages."""
    database, log = prepare(made, "workorders", "workorders_audit")
    _run(database, _FILL, [sizes.messages])
    settings = Settings(database_url=database, eventlog_url=log)
    with connect(log) as eventlog:
        kit = Kit("workorders", settings, connect_clock("system"), connect_database(database), eventlog)
        sealer = Sealer()
        started = time.perf_counter()
        while sealer.run_once(kit):
            pass
        sealed = time.perf_counter()
        sealer.close()
        # As autovacuum would.
        _run(database, "VACUUM ANALYZE audit")
        begun = time.perf_counter()
        rows = verify(kit, AUDIT, {}).head.position
        verified = time.perf_counter()
    rates = {"sealed_per_s": sizes.messages / (sealed - started), "verified_per_s": rows / (verified - begun)}
    return {"audit": {"rows": rows, **{name: round(rate) for name, rate in rates.items()}}}


def _run(database: str, sql: str, values: list[int] | None = None) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(sql, values)
