"""A gateway of sensors that publishes readings, and sends again what was not acknowledged (W11)."""

import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hearthline.workorders.v1 import sensors_pb2
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceStub
from hearthline_cli.measure import reading
from servicekit.eventlog import Producer, Record
from tests.faults.house import House
from tests.faults.workload import Line, Outcome, Told

METHOD = "SensorMeasured"
TOPIC = "hearthline.telemetry.v1"
PATIENCE_S = 120.0
_AGO = timedelta(days=2)
"""Readings are told late, so that no clock that is put back finds them in the future."""
_EVERY = timedelta(seconds=1)
_LIMIT, _RECOVERY = 10.0, 5.0

_ALARMS = """
SELECT p.sensor, a.open_time, a.end_time FROM sensor_alarms a
JOIN (SELECT id AS sensor, premises_id FROM sensors) p ON p.premises_id = a.premises_id ORDER BY a.open_time
"""
_LATEST = "SELECT sensor_id, value, measure_time FROM sensor_watches"
_TICKETS = """
SELECT premises_id, count(*) FROM tickets WHERE channel = 'sensor' AND state IN ('NEW', 'LINKED') GROUP BY 1
HAVING count(*) > 1
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """One reading."""

    sensor: str
    value: float
    time: datetime


class Gateway:
    """One gas sensor in each of some premises; what it was told of is in the record of calls."""

    def __init__(self, house: House, seed: int, premises: Sequence[str], told: list[Told]) -> None:
        self._house = house
        self._told = told
        self._sensors = {f"gas-{name}": name for name in premises}
        self._active = list(self._sensors)
        self._rng = random.Random(f"{seed}/gateway")
        self._log = house.eventlog()
        self._producer: Producer | None = None
        self._time = house.now() - _AGO
        self.measured: list[Measured] = []
        """All that the event log took, in its order."""

    def register(self, line: Line) -> None:
        """Makes its sensors known to workorders."""
        stub = line.stub("workorders", SensorServiceStub)
        for sensor, premises in self._sensors.items():
            about = sensors_pb2.Sensor(premises=f"premises/{premises}", kind="gas_concentration")
            request = sensors_pb2.CreateSensorRequest(sensor_id=sensor, sensor=about)
            line.prepare("workorders", stub.CreateSensor, request)

    def act(self) -> None:
        """One reading: of clean air, of gas, or of something between the limit and where the alarm ends."""
        if not self._active:
            return
        self._time += _EVERY
        made = Measured(self._rng.choice(self._active), self._rng.choice([0.5, 7.5, 30.0]), self._time)
        record = reading(made.sensor, made.value, made.time)
        told = Told("workorders", METHOD, "", record.headers["ce_id"], "", time.time(), reply=made)
        began = time.monotonic()
        self._told.append(told)
        while told.outcome is not Outcome.ACKED and time.monotonic() < began + PATIENCE_S:
            if self._publish(record):
                told.outcome = Outcome.ACKED
                self.measured.append(made)
        told.took_s = time.monotonic() - began
        if told.outcome is not Outcome.ACKED:
            # Nobody knows whether the log has it, so nobody knows what follows from the next one.
            self._active.remove(made.sensor)

    def close(self) -> None:
        """Lets the connections go."""
        if self._producer is not None:
            self._producer.close()
        self._log.close()

    def check(self, rows: Callable[[str], list[tuple]]) -> tuple[list[str], list[str]]:
        """What is lost, and what is doubled or wrong, of all readings that the log took."""
        latest = {sensor: (value, at) for sensor, value, at in rows(_LATEST)}
        alarms: dict[str, list[tuple[datetime, datetime | None]]] = {}
        for sensor, opened, ended in rows(_ALARMS):
            alarms.setdefault(sensor, []).append((opened, ended))
        lost, wrong = [], []
        for sensor in self._active:
            own = [each for each in self.measured if each.sensor == sensor]
            if own and latest.get(sensor) != (own[-1].value, own[-1].time):
                lost.append(f"{sensor}: the latest is {latest.get(sensor)}, not {own[-1]}")
            if (kept := alarms.get(sensor, [])) != (expected := alarms_of(own)):
                wrong.append(f"{sensor}: its premises had {kept[-3:]} of {len(kept)}, not {expected[-3:]}")
        wrong += [f"{premises}: {number} open tickets of sensors" for premises, number in rows(_TICKETS)]
        return lost, wrong

    def _publish(self, record: Record) -> bool:
        self._producer = self._producer or self._log.producer()
        return list(self._producer.publish([record])) == [None]


def alarms_of(measured: Sequence[Measured]) -> list[tuple[datetime, datetime | None]]:
    """From when to when there must have been an alarm."""
    found: list[tuple[datetime, datetime | None]] = []
    for each in measured:
        is_open = bool(found) and found[-1][1] is None
        if each.value > _LIMIT and not is_open:
            found.append((each.time, None))
        elif each.value <= _RECOVERY and is_open:
            found[-1] = (found[-1][0], each.time)
    return found
