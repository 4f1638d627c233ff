"""ListTimelineEntries of a customer about whom very much is known."""

from typing import Any

import psycopg

from hearthline.customers.v1.customers_pb2 import ListTimelineEntriesRequest, ListTimelineEntriesResponse
from tests.bench import calls, pgbench
from tests.bench.load import Requests
from tests.bench.machine import Machine
from tests.bench.serving import Served, serve
from tests.bench.sizes import Sizes

METHOD = "/hearthline.customers.v1.CustomerService/ListTimelineEntries"
BUSY = "busy"
_OTHERS = 4
"""Entries of others for each of the busy customer's."""

_CUSTOMER = """
INSERT INTO customers (id, display_name, kind, segment, contacts, create_time, update_time, version)
VALUES (%s, 'Property management of twelve blocks', 'organisation', 'business', '[]', now(), now(), 1)
"""
_FILL = """
INSERT INTO timeline (id, customer_id, occur_time, kind, source, subject, data)
SELECT gen_random_uuid()::text, CASE mod(n, %(others)s + 1) WHEN 0 THEN %(busy)s ELSE 'customer-' || mod(n, 10007) END,
    now() - make_interval(secs => 1800.0 * n / (%(others)s + 1)),
    (ARRAY['TicketCreated', 'WorkOrderDispatched', 'WorkOrderCompleted', 'NotificationDelivered'])[1 + mod(n, 4)],
    'workorders', 'tickets/' || n,
    '{"category": "no_heat", "summary": "cold since yesterday", "crew_display_name": "North 3",
      "resolution": "valve replaced", "channel": "sms"}'
FROM generate_series(0, (%(others)s + 1) * %(entries)s - 1) n
"""
_NEWEST = f"SELECT * FROM timeline WHERE customer_id = '{BUSY}' ORDER BY occur_time DESC, id LIMIT 51;\n"


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """The newest page, and page after page down to the oldest."""
    served = serve(made, "customers", "timeline")
    fill(served, sizes.entries)

    def bound(callers: int) -> float:
        return pgbench.transactions_per_s(served.database, callers, sizes.seconds / 2, made.logs, _NEWEST)

    found = {kind: calls.measure(served, __name__, kind, sizes, bound) for kind in ("newest", "onwards")}
    made.stop_processes()
    return {"timeline": found}


def fill(served: Served, entries: int) -> None:
    """The busy customer with so many entries, and four times as many of others."""
    with psycopg.connect(served.database, autocommit=True) as connection:
        connection.execute(_CUSTOMER, [BUSY])
        connection.execute(_FILL, {"others": _OTHERS, "busy": BUSY, "entries": entries})
        connection.execute("VACUUM ANALYZE timeline")


def requests(kind: str, caller: int, callers: int) -> Requests:
    """`newest` asks for the first page again and again, `onwards` for the next one each time."""
    token = ""
    while True:
        reply = yield ListTimelineEntriesRequest(parent=f"customers/{BUSY}", page_token=token)
        page = ListTimelineEntriesResponse.FromString(reply)
        if not page.timeline_entries:
            raise RuntimeError("the busy customer has no timeline")
        token = page.next_page_token if kind == "onwards" else ""
