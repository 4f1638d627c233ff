"""What services keep of others' facts, against what fresh databases make of the topics from offset 0 (P2)."""

from importlib import import_module

from servicekit.clock import ManualClock
from servicekit.database import connect_database
from servicekit.inbox import consumer_loops
from servicekit.kit import Kit
from servicekit.service import Service
from tests.e2e.tables import dump
from tests.faults.house import House
from tests.support.findings import Findings

KEPT = {
    "customers.timeline": ["timeline"],
    "workorders.places": ["premises", "cells", "customers"],
    "notifications.contacts": ["contacts"],
}
"""Tables that are made of events alone, by the consumer that keeps them."""
_MANY = 10_000_000
_BATCH = 500


def check_replay(house: House) -> Findings:
    """Compares row by row, byte for byte; the platform is at rest meanwhile."""
    found = Findings()
    with house.frozen():
        house.settle()
        for consumer, tables in KEPT.items():
            service = consumer.partition(".")[0]
            name = f"replay_{service}"
            house.postgres.query("postgres", f"CREATE DATABASE {name}")
            _replay(house, consumer, house.postgres.url(name))
            kept, replayed = dump(house.postgres.url(service)), dump(house.postgres.url(name))
            for table in tables:
                ours, theirs = set(kept[table]), set(replayed[table])
                found.lost += [f"{service}.{table} lacks {row}" for row in sorted(theirs - ours)[:10]]
                found.doubled += [f"{service}.{table} has {row}" for row in sorted(ours - theirs)[:10]]
            house.postgres.query("postgres", f"DROP DATABASE {name} WITH (FORCE)")
    return found


def _replay(house: House, consumer: str, url: str) -> None:
    module = import_module(f"{consumer.partition('.')[0]}.bootstrap")
    kind = type(module.service(None).settings)
    made: Service = module.service(kind(database_url=url, eventlog_url=house.eventlog_url))
    made.migrate()
    (loop,) = consumer_loops([each for each in made.subscriptions if each.consumer == consumer])
    engine = connect_database(url)
    with house.eventlog() as log:
        kit = Kit(made.name, made.settings, ManualClock(house.now()), engine, log)
        for topic in loop.topics:
            records = [record for record in log.read(topic, _MANY) if loop.wants(record)]
            for start in range(0, len(records), _BATCH):
                loop.apply(kit, records[start : start + _BATCH])
    engine.dispose()
