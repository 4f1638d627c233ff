"""Sensors as they were registered, and the alarms of their premises, in the database."""

from typing import Any

from sqlalchemy import Text, bindparam, func, select, type_coerce

from servicekit.errors import NotFound
from servicekit.listing import Listing, Owner
from servicekit.reads import AnyRow
from servicekit.tables import Instant
from servicekit.uow import UnitOfWork
from workorders.domain.sensor import Reading, Sensor, SensorState, Watch
from workorders.domain.sensor_alarm import AlarmState, SensorAlarm
from workorders.domain.sensor_rules import SensorKind
from workorders.store.tables import agreements, premises, sensor_alarms, sensors, watches

_FIELDS = tuple(column.name for column in sensors.columns)
_ALARM_FIELDS = tuple(column.name for column in sensor_alarms.columns)
_WATCHED = select(sensors, *(c for c in watches.columns if c is not watches.c.sensor_id)).join_from(
    sensors, watches, watches.c.sensor_id == sensors.c.id, isouter=True
)
WATCHED_SENSOR = _WATCHED.where(sensors.c.id == bindparam("id"))


def _in_cells(premises_id: Any) -> Owner:
    """Rows about premises in some cells."""
    return lambda ids: premises_id.in_(select(premises.c.id).where(premises.c.cell_id.in_(ids)))


SENSORS = Listing(
    _WATCHED,
    {
        **{name: sensors.c[name] for name in ("state", "kind", "create_time", "update_time")},
        "premises": sensors.c.premises_id,
        "sensor_alarm": watches.c.alarm_id,
        # Of a sensor without a reading there is none, though every watch has one: pages are to know.
        "measure_time": type_coerce(watches.c.measure_time, Instant),
        "off_limits_since_time": watches.c.off_since,
    },
    key=sensors.c.id,
    resource={"premises": "premises", "sensor_alarm": "sensorAlarms"},
    enums={"state": SensorState},
    choices={"kind": tuple(SensorKind)},
    owners={"cell": _in_cells(sensors.c.premises_id)},
)

SENSOR_ALARMS = Listing(
    select(sensor_alarms),
    {
        **{name: sensor_alarms.c[name] for name in ("state", "kind", "open_time", "end_time")},
        "premises": sensor_alarms.c.premises_id,
        "ticket": sensor_alarms.c.ticket_id,
    },
    key=sensor_alarms.c.id,
    resource={"premises": "premises", "ticket": "tickets"},
    enums={"state": AlarmState},
    choices={"kind": tuple(SensorKind)},
    owners={"cell": _in_cells(sensor_alarms.c.premises_id)},
)

_CONSUMING = select(func.pg_advisory_xact_lock_shared(func.hashtext("sensors")))
_ALONE = select(func.pg_advisory_xact_lock(func.hashtext("sensors")))
_CUSTOMER = (
    select(agreements.c.customer_id)
    .where(
        agreements.c.premises_id == bindparam("premises", type_=Text),
        agreements.c.commodity == bindparam("commodity", type_=Text),
        agreements.c.is_running,
    )
    .order_by(agreements.c.id.desc())
    .limit(1)
)


def read_sensors(uow: UnitOfWork) -> None:
    """Holds up who changes where sensors are, until the unit ends; other readers go on beside it."""
    uow.lock_one(_CONSUMING, {})


def change_sensors(uow: UnitOfWork) -> None:
    """Waits until no reading is being taken, and has later ones wait until the unit ends."""
    uow.lock_one(_ALONE, {})


def sensor_of(row: AnyRow) -> Sensor:
    return Sensor(
        row.id,
        SensorKind(row.kind),
        row.premises_id,
        row.display_name,
        SensorState(row.state),
        row.create_time,
        row.update_time,
        row.version,
    )


def watch_of(row: AnyRow) -> Watch:
    """What is known by its readings, of a row with both."""
    if row.measure_time is None:
        return Watch()
    return Watch(Reading(row.value, row.measure_time), row.off_since, row.alarm_id)


def get_sensor(uow: UnitOfWork, identifier: str) -> tuple[Sensor, Watch]:
    """A sensor, and what is known by its readings."""
    row = uow.row(WATCHED_SENSOR, {"id": identifier})
    if row is None:
        raise NotFound(f"sensors/{identifier}")
    return sensor_of(row), watch_of(row)


def add_sensor(uow: UnitOfWork, sensor: Sensor) -> None:
    uow.insert(sensors, {name: getattr(sensor, name) for name in _FIELDS})


def change_sensor(uow: UnitOfWork, sensor: Sensor) -> None:
    values = {name: getattr(sensor, name) for name in ("premises_id", "display_name", "state", "update_time")}
    uow.update(sensors, {"id": sensor.id}, values, version=sensor.version - 1)


def forget_watch(uow: UnitOfWork, sensor: Sensor) -> None:
    """What it measured says nothing any more."""
    uow.delete(watches, {"sensor_id": sensor.id})


def alarm_of(row: AnyRow) -> SensorAlarm:
    values = {name: getattr(row, name) for name in _ALARM_FIELDS}
    values.update(kind=SensorKind(row.kind), state=AlarmState(row.state), sensor_ids=frozenset(row.sensor_ids))
    return SensorAlarm(**values)


def get_alarm(uow: UnitOfWork, identifier: str) -> SensorAlarm:
    row = uow.get(sensor_alarms, identifier)
    if row is None:
        raise NotFound(f"sensorAlarms/{identifier}")
    return alarm_of(row)


def add_alarm(uow: UnitOfWork, alarm: SensorAlarm) -> None:
    values = {name: getattr(alarm, name) for name in _ALARM_FIELDS}
    uow.insert(sensor_alarms, {**values, "sensor_ids": sorted(alarm.sensor_ids)})


def change_alarm(uow: UnitOfWork, alarm: SensorAlarm) -> None:
    """The next version of an alarm; Aborted at commit when somebody else made it."""
    values = {name: getattr(alarm, name) for name in ("state", "ticket_id", "end_time")}
    changed = {**values, "sensor_ids": sorted(alarm.sensor_ids)}
    uow.update(sensor_alarms, {"id": alarm.id}, changed, version=alarm.version - 1)


def customer_at(uow: UnitOfWork, premises_id: str, commodity: str) -> str | None:
    """Who is served with a commodity at premises, as far as anybody has told."""
    row = uow.row(_CUSTOMER, {"premises": premises_id, "commodity": commodity})
    return row.customer_id if row else None
