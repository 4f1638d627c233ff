"""`hearthline measure`: readings of a sensor, as a gateway publishes them (W11)."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer

from hearthline.telemetry.v1.events_pb2 import SensorMeasured
from servicekit import cloudevents
from servicekit.clock import connect_clock
from servicekit.errors import InvalidArgument
from servicekit.eventlog import EventLogUnavailable, Record, connect
from servicekit.names import resource_id
from servicekit.times import to_timestamp

_TOPIC = "hearthline.telemetry.v1"


def measure(
    sensor: Annotated[str, typer.Argument(help="its resource name")],
    value: Annotated[float, typer.Argument(help="in the unit of its kind: °C, % of the lower explosive limit, V")],
    eventlog: Annotated[
        str, typer.Option(envvar="HEARTHLINE_EVENTLOG_URL", help="kafka://host:port,… or postgresql://… of the log")
    ],
    minutes: Annotated[int, typer.Option(min=0, max=10_080, help="since when it measures the same")] = 0,
    every: Annotated[int, typer.Option(min=1, max=1440, help="minutes between two readings")] = 30,
    clock: Annotated[str, typer.Option(envvar="HEARTHLINE_CLOCK", help="system, or file:PATH")] = "system",
) -> None:
    """Publish what a sensor measured, one reading now or the same value for a while until now.

    Exits with 2 when the event log does not take it.

    Example: hearthline measure sensors/bedroom 16.2 --minutes 120 --eventlog kafka://localhost:9092
    """
    try:
        identifier = resource_id(sensor, "sensors", field="sensor")
        records = list(_readings(identifier, value, connect_clock(clock).now(), minutes, every))
        with connect(eventlog) as log:
            producer = log.producer()
            refused = [error for error in producer.publish(records) if error]
            producer.close()
        if refused:
            raise refused[0]
    except (EventLogUnavailable, InvalidArgument, ValueError) as error:
        typer.echo(f"measure: {error}", err=True)
        raise typer.Exit(2) from error
    typer.echo(f"{sensor}: readings published: {len(records)}")


def reading(identifier: str, value: float, at: datetime, told: datetime | None = None) -> Record:
    """What a sensor measured `at` some time, as a gateway tells it then, or later; see docs/sensor-guide.md."""
    fact = SensorMeasured(sensor=f"sensors/{identifier}", value=value, measure_time=to_timestamp(at))
    headers = cloudevents.headers(fact, "gateway", fact.sensor, int(at.timestamp()), told or at, "")
    return Record(_TOPIC, identifier, fact.SerializeToString(), headers)


def _readings(identifier: str, value: float, now: datetime, minutes: int, every: int) -> Iterator[Record]:
    """The oldest first, the last one now."""
    for ago in sorted({0, minutes, *range(0, minutes, every)}, reverse=True):
        yield reading(identifier, value, now - timedelta(minutes=ago), now)
