"""Readings of sensors: they raise the alarm of their premises, which opens one ticket, and end it (W11)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hearthline.telemetry.v1.events_pb2 import SensorMeasured
from servicekit.cloudevents import Event, UndecodableEvent
from servicekit.errors import InvalidArgument
from servicekit.ids import derived_id
from servicekit.times import from_timestamp
from servicekit.uow import UnitOfWork
from workorders import facts
from workorders.domain.heating_season import HeatingSeason
from workorders.domain.sensor import Meaning, Reading, Sensor, judged
from workorders.domain.sensor_alarm import AlarmState, SensorAlarm, is_worth_a_ticket
from workorders.handlers.tickets import CreateTicket, take_in
from workorders.metrics import READINGS, UNKNOWN
from workorders.store.sensor_board import LastAlarm, SensorBoard
from workorders.store.sensors import add_alarm, change_alarm, customer_at, read_sensors


@dataclass(frozen=True, slots=True)
class Told:
    """A reading, the id of the event that brought it, and when the gateway told it."""

    reading: Reading
    id: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Sensing:
    """Use cases of readings."""

    season: HeatingSeason

    def on_measured(self, uow: UnitOfWork, events: Sequence[Event[SensorMeasured]]) -> None:
        """Takes a batch. Readings of sensors that nobody registered, or that are gone, are counted and passed over."""
        told = [(_sensor_id(event), Told(_reading(event), event.id, event.time)) for event in events]
        read_sensors(uow)
        board = SensorBoard.of(uow, {sensor_id for sensor_id, _ in told})
        for sensor_id, each in told:
            sensor = board.sensors.get(sensor_id)
            if sensor is None:
                uow.count(READINGS, kind=UNKNOWN, outcome=UNKNOWN)
            else:
                self._take(uow, board, sensor, each)
        board.save(uow)
        uow.commit(None)

    def _take(self, uow: UnitOfWork, board: SensorBoard, sensor: Sensor, told: Told) -> None:
        before, reading = board.watches[sensor.id], told.reading
        watch, meaning = judged(before, reading, sensor.rule, self.season, uow.now)
        uow.count(READINGS, kind=sensor.kind, outcome=meaning)
        if meaning in (Meaning.LATE, Meaning.IMPLAUSIBLE):
            return
        if meaning is Meaning.ALARMING:
            watch = replace(watch, alarm_id=_raise(uow, board, sensor, told).id)
        elif meaning is Meaning.RECOVERED:
            last = board.alarms[sensor.premises_id, sensor.kind]
            alarm = let_go(uow, last.alarm, sensor, reading.time)
            board.alarms[sensor.premises_id, sensor.kind] = replace(last, alarm=alarm)
        board.watch(sensor.id, watch)


def let_go(uow: UnitOfWork, alarm: SensorAlarm, sensor: Sensor, at: datetime) -> SensorAlarm:
    """The alarm without this sensor; with the last one it ends, which is told."""
    left = alarm.let_go_by(sensor.id, at)
    change_alarm(uow, left)
    if not left.is_open:
        uow.emit(facts.sensor_alarm_ended(left), left.name, left.version)
    return left


def _raise(uow: UnitOfWork, board: SensorBoard, sensor: Sensor, told: Told) -> SensorAlarm:
    """The open alarm of the sensor's premises, which this sensor holds open, with a ticket that somebody works on."""
    last = board.alarms.get((sensor.premises_id, sensor.kind))
    last = _hold(uow, last, sensor, told) if last and last.alarm.is_open else _open(uow, last, sensor, told)
    board.alarms[sensor.premises_id, sensor.kind] = last
    return last.alarm


def _open(uow: UnitOfWork, last: LastAlarm | None, sensor: Sensor, told: Told) -> LastAlarm:
    """A new alarm; its ticket is that of the one before, as long as somebody works on it."""
    identifier = derived_id(told.id, "sensor-alarm")
    if last is None or last.ticket_over_since is not None:
        ticket_id = _open_ticket(uow, sensor, told, identifier)
    else:
        ticket_id = last.alarm.ticket_id
    place = (identifier, sensor.premises_id, sensor.kind)
    alarm = SensorAlarm(*place, AlarmState.OPEN, ticket_id, frozenset({sensor.id}), told.reading.time)
    add_alarm(uow, alarm)
    uow.emit(facts.sensor_alarm_opened(alarm, sensor), alarm.name, alarm.version)
    return LastAlarm(alarm, None)


def _hold(uow: UnitOfWork, last: LastAlarm, sensor: Sensor, told: Told) -> LastAlarm:
    """An alarm that is open already; another ticket when what the last one was about was not mended."""
    if sensor.id not in last.alarm.sensor_ids:
        last = replace(last, alarm=last.alarm.held_by(sensor.id))
        change_alarm(uow, last.alarm)
    rule, reading = sensor.rule, told.reading
    if rule.is_beyond(reading.value) and is_worth_a_ticket(last.ticket_over_since, reading.time, rule.hold):
        ticket_id = _open_ticket(uow, sensor, told, last.alarm.id)
        last = LastAlarm(last.alarm.told_by(ticket_id), None)
        change_alarm(uow, last.alarm)
    return last


def _open_ticket(uow: UnitOfWork, sensor: Sensor, told: Told, alarm_id: str) -> str:
    """One for whoever is served there; the intake sends a crew, for low temperatures to measure with evidence (W11).

    What was promised runs from when it was told: of a gateway that kept a night's readings nobody could know sooner.
    """
    rule, identifier = sensor.rule, derived_id(told.id, "sensor-ticket")
    chinese, english = rule.words
    measured = f"{told.reading.value:.1f} {rule.unit} ({rule.limit:g} {rule.unit}), {sensor.name}"
    command = CreateTicket(
        id=identifier,
        customer_id=customer_at(uow, sensor.premises_id, rule.commodity),
        premises_id=sensor.premises_id,
        commodity=rule.commodity,
        category=rule.category,
        severity=rule.severity,
        urgency=rule.urgency,
        channel="sensor",
        summary=f"{chinese} / {english}: {measured}",
        report_time=min(told.time, uow.now),
        related_resource=f"sensorAlarms/{alarm_id}",
    )
    take_in(uow, command.ticket(identifier, uow.now, imported=False))
    return identifier


def _sensor_id(event: Event[SensorMeasured]) -> str:
    return event.data.sensor.removeprefix("sensors/")


def _reading(event: Event[SensorMeasured]) -> Reading:
    """UndecodableEvent for a record that does not say when: it comes to the dead letters at once."""
    try:
        time = from_timestamp(event.data.measure_time, "measure_time")
    except InvalidArgument as error:
        raise UndecodableEvent(str(error)) from error
    if time is None:
        raise UndecodableEvent("measure_time: is required")
    return Reading(event.data.value, time)
