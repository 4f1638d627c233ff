"""Sensors of the district; `hearthline_cli.measure.reading` is what they measure."""

from typing import Any

from hearthline.workorders.v1 import sensors_pb2


def sensor(identifier: str, **values: Any) -> sensors_pb2.CreateSensorRequest:
    """A sensor in a bedroom of p1."""
    given = {"premises": "premises/p1", "kind": "room_temperature", "display_name": "卧室", **values}
    return sensors_pb2.CreateSensorRequest(sensor_id=identifier, sensor=sensors_pb2.Sensor(**given))
