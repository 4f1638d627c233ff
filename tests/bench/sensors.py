"""Readings of room sensors: judged, their alarms opened and ended, by the consumer of workorders."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg

from hearthline_cli.measure import reading
from servicekit.clock import connect_clock
from servicekit.database import connect_database
from servicekit.eventlog import Producer, Record, connect
from servicekit.inbox import consumer_loops
from servicekit.kit import Kit
from tests.bench import arriving, eventlog
from tests.bench.machine import Machine
from tests.bench.serving import made_of, prepare
from tests.bench.sizes import Sizes
from workorders.settings import Settings

_SENSORS = 10_000
_COLD_ONE_IN = 100
"""Of so many sensors one is in a room that stays cold, and alarms at its fifth reading."""
_BATCH = 500
_CONSUMER = "workorders.sensors"
_EVERY = timedelta(minutes=30)
_ROUNDS = 8
_BEGIN = datetime.now(UTC) - timedelta(hours=1)
"""What is measured in the backlog is before this, what comes by and by after it."""

# A season of all year, so that it does not matter when the bench is run.
_SEASON = "01-01/12-31"
_ADD_PREMISES = """
INSERT INTO premises (id, cell_id, network_path, latitude, longitude, area, version)
SELECT 'premises-' || n, NULL, '[]', 43.88, 125.32, 'urban', 1 FROM generate_series(0, %(sensors)s - 1) n
"""
_ADD_SENSORS = """
INSERT INTO sensors (id, kind, premises_id, display_name, state, create_time, update_time, version)
SELECT 'sensor-' || n, 'room_temperature', 'premises-' || n, 'bedroom', 'ACTIVE', now(), now(), 1
FROM generate_series(0, %(sensors)s - 1) n
"""
_TAKEN = "SELECT count(*) FROM inbox WHERE consumer = 'workorders.sensors'"
_TICKETS = "SELECT count(*) FROM tickets WHERE channel = 'sensor'"


def measure(made: Machine, sizes: Sizes) -> dict[str, Any]:
    """Readings a second, how long a million takes, and the share of what the log alone would give."""
    database, log = prepare(made, "workorders", "sensors")
    readings = 2 * sizes.events
    sensors = min(_SENSORS, readings // _ROUNDS)
    with psycopg.connect(database, autocommit=True) as connection:
        for statement in (_ADD_PREMISES, _ADD_SENSORS, "VACUUM ANALYZE sensors"):
            connection.execute(statement, {"sensors": sensors} if "%" in statement else None)
    rate, tickets, levels = _readings_per_s(database, log, readings, sensors, sizes)
    most = eventlog.measure_log(made.database("sensors_raw"), sizes.events)["consume_events_per_s"]
    return {
        "sensor_reading": {
            "readings_per_s": round(rate),
            "million_takes_s": round(1_000_000 / rate),
            "log_events_per_s": most,
            "ratio_to_log": round(rate / most, 3),
            "sensors": sensors,
            "tickets_opened": tickets,
            "by_callers": levels,
        }
    }


def _readings_per_s(
    database: str, log_url: str, readings: int, sensors: int, sizes: Sizes
) -> tuple[float, int, dict[str, Any]]:
    """Of a backlog, and the tickets that it opened; and of readings that come one or some at a time."""
    engine = connect_database(database)
    with connect(log_url) as log:
        publish(log.producer(), readings, sensors)
        settings = Settings(database_url=database, heating_season=_SEASON)
        kit = Kit("workorders", settings, connect_clock("system"), engine, log)
        loops = consumer_loops(made_of("workorders", database, log_url, heating_season=_SEASON).subscriptions)
        loop = next(each for each in loops if each.name == _CONSUMER)
        with psycopg.connect(database, autocommit=True) as connection:
            while not (first := _count(connection, _TAKEN)):
                loop.run_once(kit)
            started = time.perf_counter()
            while _count(connection, _TAKEN) < readings:
                loop.run_once(kit)
            seconds = time.perf_counter() - started
            tickets = _count(connection, _TICKETS)
            if tickets != -(-sensors // _COLD_ONE_IN):
                raise RuntimeError(f"{tickets} tickets for {sensors} sensors, of which one in {_COLD_ONE_IN} is cold")
            levels = arriving.by_callers(
                log,
                lambda n: _reading(n % sensors, _BEGIN + timedelta(microseconds=n)),
                partial(loop.run_once, kit),
                partial(_count, connection, _TAKEN),
                sizes,
            )
        loop.close()
    engine.dispose()
    return (readings - first) / seconds, tickets, levels


def publish(producer: Producer, readings: int, sensors: int) -> None:
    """Sensor by sensor, and then all of them again half an hour later."""
    begin_at = _BEGIN - (readings // sensors + 1) * _EVERY
    for begin in range(0, readings, _BATCH):
        numbers = range(begin, min(begin + _BATCH, readings))
        producer.publish([_reading(n % sensors, begin_at + n // sensors * _EVERY) for n in numbers])
    producer.close()


def _reading(number: int, at: datetime) -> Record:
    value = 16.5 if number % _COLD_ONE_IN == 0 else 18.5 + number % 50 / 10
    return reading(f"sensor-{number}", value, at)


def _count(connection: "psycopg.Connection[tuple[int]]", query: Any) -> int:
    row = connection.execute(query).fetchone()
    return row[0] if row else 0
