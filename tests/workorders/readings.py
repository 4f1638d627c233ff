"""Sensors of the district, and readings as a gateway publishes them."""

from datetime import datetime
from typing import Any

from hearthline.telemetry.v1.events_pb2 import SensorMeasured
from hearthline.workorders.v1 import sensors_pb2
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from tests.support.running import fact


def sensor(identifier: str, **values: Any) -> sensors_pb2.CreateSensorRequest:
    """A sensor in a bedroom of p1."""
    given = {"premises": "premises/p1", "kind": "room_temperature", "display_name": "卧室", **values}
    return sensors_pb2.CreateSensorRequest(sensor_id=identifier, sensor=sensors_pb2.Sensor(**given))


def reading(identifier: str, value: float, at: datetime, told: datetime | None = None) -> Record:
    """What a sensor measured, told at once or later."""
    name = f"sensors/{identifier}"
    measured = SensorMeasured(sensor=name, value=value, measure_time=to_timestamp(at))
    return fact(measured, "telemetry", name, time=told or at)
