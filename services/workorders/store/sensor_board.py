"""What is known of the sensors that a batch of readings is of: read in two queries, and written at its end."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import distinct_on

from servicekit.reads import AnyRow, ids_in
from servicekit.uow import UnitOfWork
from servicekit.writes import ALWAYS
from workorders.domain.sensor import Sensor, SensorState, Watch
from workorders.domain.sensor_alarm import AlarmState, SensorAlarm
from workorders.domain.sensor_rules import SensorKind
from workorders.domain.ticket import TicketState
from workorders.store.sensors import SENSORS, alarm_of, sensor_of, watch_of
from workorders.store.tables import sensor_alarms, sensors, tickets, watches

_SENSORS = SENSORS.query.where(ids_in(sensors.c.id), sensors.c.state == SensorState.ACTIVE.value)
_a = sensor_alarms.c
_LATEST_ALARMS = (
    select(sensor_alarms, tickets.c.state.label("ticket_state"), tickets.c.update_time.label("ticket_time"))
    .join_from(sensor_alarms, tickets, tickets.c.id == _a.ticket_id)
    .where(ids_in(_a.premises_id))
    .ext(distinct_on(_a.premises_id, _a.kind))
    # The open one, whenever that was: late readings may open one that began before the last one ended.
    .order_by(_a.premises_id, _a.kind, (_a.state == AlarmState.OPEN.value).desc(), _a.open_time.desc())
)
_OVER = (TicketState.RESOLVED.value, TicketState.CANCELLED.value)

Place = tuple[str, SensorKind]


@dataclass(frozen=True, slots=True)
class LastAlarm:
    """The open alarm of a place, or the last one that there was."""

    alarm: SensorAlarm
    ticket_over_since: datetime | None
    """When its ticket was resolved or withdrawn; None while somebody works on it."""


@dataclass(slots=True)
class SensorBoard:
    """Of one unit of work. Alarms are written as they change, watches by `save`."""

    sensors: dict[str, Sensor]
    """By their ids, the active ones."""
    watches: dict[str, Watch]
    alarms: dict[Place, LastAlarm]
    _changed: dict[str, Watch] = field(default_factory=dict)

    @classmethod
    def of(cls, uow: UnitOfWork, sensor_ids: Collection[str]) -> "SensorBoard":
        """All that a batch of readings needs."""
        rows = uow.rows(_SENSORS, {"ids": list(sensor_ids)})
        found = [sensor_of(row) for row in rows]
        places = sorted({sensor.premises_id for sensor in found})
        alarms = uow.rows(_LATEST_ALARMS, {"ids": places})
        return cls(
            {sensor.id: sensor for sensor in found},
            {row.id: watch_of(row) for row in rows},
            {(row.premises_id, SensorKind(row.kind)): _last(row) for row in alarms},
        )

    def watch(self, sensor_id: str, watch: Watch) -> None:
        """What is known of a sensor now."""
        self.watches[sensor_id] = self._changed[sensor_id] = watch

    def save(self, uow: UnitOfWork) -> None:
        """Writes what became known of sensors."""
        for row in _rows(self._changed):
            uow.upsert(watches, row, key=["sensor_id"], newer=ALWAYS)


def _last(row: AnyRow) -> LastAlarm:
    return LastAlarm(alarm_of(row), row.ticket_time if row.ticket_state in _OVER else None)


def _rows(changed: dict[str, Watch]) -> Sequence[dict[str, object]]:
    return [
        {
            "sensor_id": sensor_id,
            "value": watch.reading.value,
            "measure_time": watch.reading.time,
            "off_since": watch.off_since,
            "alarm_id": watch.alarm_id,
        }
        for sensor_id, watch in changed.items()
        if watch.reading is not None
    ]
