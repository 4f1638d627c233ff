"""ListTickets with filters, among few tickets and among many: its p99 must not grow."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

from hearthline.workorders.v1.tickets_pb2 import ListTicketsRequest, ListTicketsResponse
from tests.bench import calls, pgbench
from tests.bench.load import Requests, load
from tests.bench.machine import Machine
from tests.bench.serving import Served, serve
from tests.bench.sizes import Sizes

METHOD = "/hearthline.workorders.v1.TicketService/ListTickets"
USUAL = 4
_OPEN = 4000

# Three years of tickets. Some customers call often; most are resolved; what is rare is unevenly spread.
# As many are open among few as among many, for a page that is not full is no measure of one that is.
_FILL = """
INSERT INTO tickets (id, state, customer_id, premises_id, incident_id, commodity, category, severity, urgency, channel,
    summary, report_time, resolve_time, outcome, imported, related_resource, create_time, update_time, version)
SELECT uuidv7(age)::text,
    CASE WHEN is_open THEN CASE WHEN luck < 0.3 THEN 'NEW' ELSE 'LINKED' END
        WHEN luck < 0.97 THEN 'RESOLVED' ELSE 'CANCELLED' END,
    'customer-' || floor(luck * luck * %(n)s / 5), 'premises-' || floor(luck * luck * %(n)s / 7), 'incident-' || n / 2,
    CASE WHEN luck < 0.7 THEN 'heat' WHEN luck < 0.9 THEN 'gas' ELSE 'power' END,
    (ARRAY['low_temperature', 'no_heat', 'leak', 'outage', 'meter', 'gas_smell'])[1 + floor(6 * pow(random(), 3))::int],
    (ARRAY['minor', 'medium', 'major'])[1 + floor(3 * pow(random(), 2))::int],
    CASE WHEN random() < 0.95 THEN 'routine' ELSE 'emergency' END,
    (ARRAY['hotline', 'wechat', 'web', 'counter', 'email'])[1 + floor(5 * pow(random(), 2))::int],
    'Two of three radiators have been cold since the day before yesterday.', now() + age,
    CASE WHEN NOT is_open THEN now() + age + interval '5 hours' END, '', false,
    CASE WHEN luck < 0.02 THEN 'surveys/' || n ELSE '' END, now() + age, now() + age, 1
FROM (SELECT n, random() AS luck, random() * %(n)s < %(open)s AS is_open,
    make_interval(secs => (n - %(n)s) * (94608000.0 / %(n)s)) AS age
    FROM generate_series(1, %(n)s) n) aged
"""
_MONTH_AGO = "(now() - interval '30 days')"
# By name: the filter, and the same in SQL for its bound.
KINDS = {
    "open": ('state = "STATE_NEW"', "state = 'NEW'", "id"),
    "open of a category": (
        'state = "LINKED" AND category = "gas_smell"',
        "state = 'LINKED' AND category = 'gas_smell'",
        "id",
    ),
    "of a customer": ('customer = "customers/customer-1"', "customer_id = 'customer-1'", "id"),
    "of premises": ('premises = "premises/premises-1"', "premises_id = 'premises-1'", "id"),
    "of a month": ('report_time >= "{month_ago}"', f"report_time >= {_MONTH_AGO}", "report_time, id"),
    "resolved in a month": ('resolve_time >= "{month_ago}"', f"resolve_time >= {_MONTH_AGO}", "resolve_time, id"),
    "of a survey": ('related_resource = "surveys/1"', "related_resource = 'surveys/1'", "id"),
    "all": ("", "true", "id"),
}
_MIXED = "mixed"


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Every kind of list at one number of callers, and all kinds mixed at each."""
    found = {str(rows): _among(made, sizes, rows) for rows in (sizes.few, sizes.many)}
    few, many = found[str(sizes.few)]["by_callers"], found[str(sizes.many)]["by_callers"]
    growth = {callers: round(many[callers]["p99_ms"] / (few[callers]["p99_ms"] or 1), 2) for callers in many}
    return {"list": {"by_rows": found, "p99_growth": growth}}


def _among(made: Machine, sizes: Sizes, rows: int) -> dict[str, Any]:
    served = serve(made, "workorders", f"lists_{rows}")
    fill(served, rows)

    def bound(callers: int) -> float:
        return pgbench.transactions_per_s(served.database, callers, sizes.seconds / 2, made.logs, _script())

    mixed = calls.measure(served, __name__, _MIXED, sizes, bound)
    each = {kind: _p99(served, kind, sizes) for kind in list(KINDS)[: sizes.kinds]}
    made.stop_processes()
    return {**mixed, "p99_ms": each}


def fill(served: Served, rows: int) -> None:
    """So many tickets."""
    with psycopg.connect(served.database, autocommit=True) as connection:
        connection.execute(_FILL, {"n": rows, "open": _OPEN})
        connection.execute("VACUUM ANALYZE tickets")


def requests(kind: str, caller: int, callers: int) -> Requests:
    """The first page of a list, or with `mixed` of any of them."""
    chosen = [kind] if kind in KINDS else list(KINDS)
    month_ago = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    while True:
        text, _, _ = KINDS[random.choice(chosen)]
        reply = yield ListTicketsRequest(filter=text.format(month_ago=month_ago))
        ListTicketsResponse.FromString(reply)


def _p99(served: Served, kind: str, sizes: Sizes) -> float:
    return load(served.target, __name__, kind, min(USUAL, *sizes.callers[-1:]), sizes.seconds / 2).p99_ms


def _script() -> str:
    """What the database is asked, for pgbench: each kind as often as the others."""
    parts = [f"\\set kind random(1, {len(KINDS)})"]
    for number, (_, condition, order) in enumerate(KINDS.values(), 1):
        parts.append(f"\\{'if' if number == 1 else 'elif'} :kind = {number}")
        parts.append(f"SELECT * FROM tickets WHERE {condition} ORDER BY {order} LIMIT 51;")
    return "\n".join([*parts, "\\endif", ""])
