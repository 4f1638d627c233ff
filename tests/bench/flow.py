"""The kit's own work, measured on the services: relay, consumer, and the way from a commit to its effect elsewhere."""

import time
from datetime import UTC, datetime, timedelta

import psycopg

from customers.bootstrap import service as customers
from customers.settings import Settings as CustomersSettings
from hearthline.customers.v1.events_pb2 import PremisesRegistered
from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit import cloudevents
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.eventlog import Record, connect
from servicekit.inbox import ConsumerLoop, consumer_loops
from servicekit.kit import Kit
from servicekit.outbox import Relay
from tests.bench.load import Load, summary
from tests.bench.serving import make_topics
from workorders.bootstrap import service as workorders
from workorders.settings import Settings as WorkOrdersSettings

_PLACES = "workorders.places"
_BATCH = 500
_PATIENCE = timedelta(seconds=60)

_FILL_OUTBOX = """
INSERT INTO outbox (topic, key, headers, value)
SELECT 'hearthline.notifications.v1', 'key-' || mod(n, 1000), jsonb_build_object('ce_specversion', '1.0',
    'ce_id', gen_random_uuid(), 'ce_type', 'hearthline.bench.v1.Nothing', 'ce_source', '/hearthline/bench',
    'ce_subject', 'tickets/1', 'ce_time', '2026-01-15T01:00:00+00:00', 'ce_sequence', '1',
    'content-type', 'application/protobuf', 'traceparent', ''), decode(repeat('a0', 250), 'hex')
FROM generate_series(1, %s) n
"""
# By the kept answer, which is written once: audit and outbox rows are changed when they are sealed and published.
_COMMITTED = """
SELECT o.headers->>'ce_id', pg_xact_commit_timestamp(r.xmin)
FROM outbox o JOIN audit a ON a.resource = o.headers->>'ce_subject' JOIN requests r ON r.request_id = a.request_id
WHERE o.headers->>'ce_type' = %s
"""
_APPLIED = "SELECT event_id, pg_xact_commit_timestamp(xmin) FROM inbox WHERE consumer = 'customers.timeline'"


def make_databases(workorders_url: str, customers_url: str, eventlog_url: str) -> None:
    """Brings both databases to their schema, and makes the topics."""
    workorders(WorkOrdersSettings(database_url=workorders_url, eventlog_url=eventlog_url)).migrate()
    customers(CustomersSettings(database_url=customers_url, eventlog_url=eventlog_url)).migrate()
    make_topics(eventlog_url)


def consumer_events_per_s(database_url: str, eventlog_url: str, events: int) -> float:
    """Consume, inbox and projection: premises as the workorders service keeps them, `premises/0` and on."""
    kit = _kit(database_url, eventlog_url)
    producer = kit.eventlog.producer()
    for begin in range(0, events, _BATCH):
        producer.publish([_place(n) for n in range(begin, min(begin + _BATCH, events))])
    loop = _places()
    with psycopg.connect(database_url, autocommit=True) as connection:
        while not (first := _taken(connection)):
            loop.run_once(kit)
        started = time.perf_counter()
        while _taken(connection) < events:
            loop.run_once(kit)
        seconds = time.perf_counter() - started
    loop.close()
    producer.close()
    kit.eventlog.close()
    return (events - first) / seconds


def relay_events_per_s(database_url: str, eventlog_url: str, events: int) -> float:
    """A backlog of outbox rows, read, published, acknowledged and marked."""
    kit = _kit(database_url, eventlog_url)
    relay = Relay()
    relay.run_once(kit)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(_FILL_OUTBOX, [events])
        connection.execute("VACUUM ANALYZE outbox")
    started = time.perf_counter()
    while relay.run_once(kit):
        pass
    seconds = time.perf_counter() - started
    relay.close()
    kit.eventlog.close()
    return events / seconds


def commit_to_applied(workorders_url: str, customers_url: str, since: datetime) -> Load:
    """From the commit of a ticket to the commit of its line on the timeline, by the server's own commit times.

    Tickets committed after `since`; RuntimeError when some have not arrived within a minute.
    """
    with psycopg.connect(workorders_url) as connection:
        rows = connection.execute(_COMMITTED, [TicketCreated.DESCRIPTOR.full_name]).fetchall()
    committed = {event: at for event, at in rows if at > since}
    end = datetime.now(UTC) + _PATIENCE
    while True:
        with psycopg.connect(customers_url) as connection:
            applied: dict[str, datetime] = dict(connection.execute(_APPLIED).fetchall())
        if committed.keys() <= applied.keys():
            break
        if datetime.now(UTC) > end:
            raise RuntimeError(f"{len(committed.keys() - applied.keys())} tickets have not reached the timeline")
        time.sleep(0.2)
    span = max(committed.values()) - min(committed.values())
    return summary([(applied[e] - at).total_seconds() for e, at in committed.items()], span.total_seconds())


def _kit(database_url: str, eventlog_url: str) -> Kit:
    settings = WorkOrdersSettings(database_url=database_url, eventlog_url=eventlog_url)
    return Kit("workorders", settings, connect_clock("system"), connect_database(database_url), connect(eventlog_url))


def _taken(connection: "psycopg.Connection[tuple[int]]") -> int:
    row = connection.execute("SELECT count(*) FROM inbox").fetchone()
    return row[0] if row else 0


def _places() -> ConsumerLoop:
    return next(loop for loop in consumer_loops(workorders(WorkOrdersSettings()).subscriptions) if loop.name == _PLACES)


def _place(number: int) -> Record:
    fact = PremisesRegistered(
        premises=f"premises/{number}",
        address=f"Heping Road {number}, unit 1, flat 101",
        cell=f"cells/{number % 20}",
        network_path=["networkNodes/station-1", f"networkNodes/line-{number % 7}", f"networkNodes/unit-{number % 300}"],
        latitude=41.8,
        longitude=123.4,
        area="urban",
    )
    headers = cloudevents.headers(fact, "customers", fact.premises, 1, datetime.now(UTC), "")
    return Record("hearthline.customers.v1", str(number), fact.SerializeToString(), headers)
