"""Registering sensors, moving them, taking them away (W11)."""

from dataclasses import dataclass

from servicekit.errors import AlreadyExists, InvalidArgument
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.names import chosen_id
from servicekit.uow import UnitOfWork
from workorders.domain.sensor import Sensor, SensorState, Watch
from workorders.domain.sensor_rules import SensorKind
from workorders.handlers.sensing import let_go
from workorders.store.crews import require_place
from workorders.store.sensors import (
    WATCHED_SENSOR,
    add_sensor,
    change_sensor,
    change_sensors,
    forget_watch,
    get_alarm,
    get_sensor,
)

Watched = tuple[Sensor, Watch]


@dataclass(frozen=True, slots=True)
class DescribeSensor:
    """A sensor as it should be; `mask` names what an update changes. Without a kind it has the one that it has."""

    id: str
    kind: SensorKind | None
    premises_id: str | None
    display_name: str
    etag: str = ""
    mask: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RetireSensor:
    """A sensor, as the caller last saw it."""

    id: str
    etag: str


def create_sensor(uow: UnitOfWork, command: DescribeSensor) -> Watched:
    identifier = chosen_id(command.id, "sensor_id") if command.id else new_id()
    if command.kind is None:
        raise InvalidArgument("sensor.kind", f"must be one of {', '.join(SensorKind)}")
    if command.premises_id is None:
        raise InvalidArgument("sensor.premises", "is required")
    place = (command.kind, command.premises_id, command.display_name)
    sensor = Sensor(identifier, *place, SensorState.ACTIVE, uow.now, uow.now)
    if command.id and uow.row(WATCHED_SENSOR, {"id": identifier}) is not None:
        raise AlreadyExists(sensor.name)
    require_place(uow, sensor.premises_id, None)
    add_sensor(uow, sensor)
    uow.audit(sensor.name)
    return uow.commit((sensor, Watch()))


def update_sensor(uow: UnitOfWork, command: DescribeSensor) -> Watched:
    """At other premises it begins anew: what it measured before is no reason for an alarm there."""
    change_sensors(uow)
    sensor, watch = get_sensor(uow, command.id)
    check_etag(sensor.name, command.etag, sensor.version)
    if command.kind not in (None, sensor.kind):
        raise InvalidArgument("sensor.kind", f"is {sensor.kind} and stays so: another device is another sensor")
    changes: dict[str, object] = {"display_name": command.display_name} if "display_name" in command.mask else {}
    if "premises" in command.mask:
        if command.premises_id is None:
            raise InvalidArgument("sensor.premises", "is required")
        changes["premises_id"] = command.premises_id
    changed = sensor.changed(uow.now, **changes)
    if changed.premises_id != sensor.premises_id:
        watch = _begin_anew(uow, sensor, watch)
    require_place(uow, changed.premises_id, None)
    change_sensor(uow, changed)
    uow.audit(changed.name)
    return uow.commit((changed, watch))


def retire_sensor(uow: UnitOfWork, command: RetireSensor) -> Watched:
    change_sensors(uow)
    sensor, watch = get_sensor(uow, command.id)
    check_etag(sensor.name, command.etag, sensor.version)
    retired = sensor.retired(uow.now)
    watch = _begin_anew(uow, sensor, watch)
    change_sensor(uow, retired)
    uow.audit(retired.name)
    return uow.commit((retired, watch))


def _begin_anew(uow: UnitOfWork, sensor: Sensor, watch: Watch) -> Watch:
    """Nothing is known of it, and no alarm waits for it."""
    if watch.alarm_id is not None:
        let_go(uow, get_alarm(uow, watch.alarm_id), sensor, uow.now)
    forget_watch(uow, sensor)
    return Watch()
