"""Room sensors of some homes: each morning a gateway delivers what they measured, and in a night a room is cold."""

import random
from datetime import datetime, timedelta

from hearthline.workorders.v1 import sensors_pb2
from hearthline_cli.measure import reading
from hearthline_cli.season.demand import COLD_SNAP
from hearthline_cli.season.district import District, Home
from hearthline_cli.season.platform import Platform
from servicekit.eventlog import EventLog

ONE_IN = 250
"""Of so many homes one has a sensor."""
_COLD_SHARE = 0.5
_NIGHT = range(1, 6)
"""Hours in which a cold room is below its standard."""
_HOUR = timedelta(hours=1)


class Gateway:
    """All sensors, and which of their rooms are cold in which night; each is so once, in the cold snap."""

    def __init__(self, platform: Platform, log: EventLog, district: District, start: datetime, seed: int) -> None:
        self._platform = platform
        self._producer = log.producer()
        self._start = self._until = start
        self._rng = random.Random(f"{seed}/sensors")
        self.homes = district.homes[::ONE_IN]
        cold = self._rng.sample(self.homes, max(1, round(len(self.homes) * _COLD_SHARE)))
        self.cold_nights = {home.premises_id: self._rng.randint(*COLD_SNAP) for home in cold}
        """Days, counted from the season's start, by premises."""

    def register(self) -> None:
        """Makes the sensors known."""
        for home in self.homes:
            sensor = sensors_pb2.Sensor(
                premises=f"premises/{home.premises_id}", kind="room_temperature", display_name="客厅 / living room"
            )
            request = sensors_pb2.CreateSensorRequest(sensor_id=f"room-{home.number:06d}", sensor=sensor)
            self._platform.sensors.CreateSensor(request)

    def deliver(self, now: datetime) -> None:
        """What was measured in every hour since the last time."""
        hours = [self._until + n * _HOUR for n in range(1, (now - self._until) // _HOUR + 1)]
        self._until += len(hours) * _HOUR
        told = [
            reading(f"room-{home.number:06d}", self._measured(home, at), at, now) for home in self.homes for at in hours
        ]
        if refused := [error for error in self._producer.publish(told) if error]:
            raise refused[0]

    def close(self) -> None:
        """Lets its connection go."""
        self._producer.close()

    def _measured(self, home: Home, at: datetime) -> float:
        day, hour = (at - self._start).days, at.astimezone(self._start.tzinfo).hour
        is_cold = self.cold_nights.get(home.premises_id) == day and hour in _NIGHT
        return round(self._rng.gauss(15.5, 0.4) if is_cold else self._rng.uniform(19.2, 22.5), 1)
