"""Rooms that are too cold, by their sensors."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.protobuf.message import Message

from hearthline_cli.measure import reading
from servicekit.eventlog import Record
from tests.e2e.story import PREMISES
from tests.fuzz.stage import Stage

SENSOR = {"premises": PREMISES, "kind": "room_temperature", "display_name": "卧室"}
_HALF_HOUR = timedelta(minutes=30)


def _cold_morning(sensors: Sequence[str], until: datetime) -> list[Record]:
    """Readings of two hours, long enough for an alarm."""
    return [reading(sensor, 16.0, until - n * _HALF_HOUR) for n in range(4, -1, -1) for sensor in sensors]


def _cold(stage: Stage, count: int) -> list[str]:
    """Names of sensors that hold an alarm open."""
    ids = [stage.id() for _ in range(count)]
    names = [stage.do("CreateSensor", sensor_id=each, sensor=SENSOR).name for each in ids]
    stage.publish(*_cold_morning(ids, stage.world.start.clock.now()))
    stage.settle("workorders")
    return names


def alarming(rpc: str) -> Any:
    """Sensors that hold an alarm open, by their name."""

    def scene(stage: Stage, count: int) -> Iterable[Message]:
        return [stage.request(rpc, name=name) for name in _cold(stage, count)]

    return scene


def moves(stage: Stage, count: int) -> Iterator[Message]:
    """Of such sensors, to where they are already and are called otherwise."""
    for name in _cold(stage, count):
        yield stage.request("UpdateSensor", sensor={**SENSOR, "name": name, "display_name": "客厅"})


def alarms(stage: Stage, count: int) -> Iterator[Message]:
    """That are open."""
    _cold(stage, 1)
    for alarm in stage.do("ListSensorAlarms", page_size=count).sensor_alarms:
        yield stage.request("GetSensorAlarm", name=alarm.name)
