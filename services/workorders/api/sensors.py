"""SensorService."""

import grpc

from hearthline.workorders.v1 import sensors_pb2 as pb
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceServicer
from servicekit.calls import Rpc
from servicekit.etags import etag
from servicekit.names import optional_id, resource_id
from servicekit.times import to_timestamp
from servicekit.update_masks import mask_of
from workorders.api.views import named
from workorders.domain.sensor_alarm import SensorAlarm
from workorders.domain.sensor_rules import SensorKind
from workorders.handlers.sensors import (
    DescribeSensor,
    RetireSensor,
    Watched,
    create_sensor,
    retire_sensor,
    update_sensor,
)
from workorders.store.sensors import (
    SENSOR_ALARMS,
    SENSORS,
    alarm_of,
    get_alarm,
    get_sensor,
    sensor_of,
    watch_of,
)

_UPDATABLE = ("premises", "display_name")


class SensorApi(SensorServiceServicer):
    """See sensors.proto."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreateSensor(self, request: pb.CreateSensorRequest, context: grpc.ServicerContext) -> pb.Sensor:
        command = _description(request.sensor_id, request.sensor)
        return self._rpc.command(request, create_sensor, command, render=_sensor_to_proto)

    def GetSensor(self, request: pb.GetSensorRequest, context: grpc.ServicerContext) -> pb.Sensor:
        with self._rpc.reading() as uow:
            SENSORS.check_reach(uow, request.name)
            return _sensor_to_proto(get_sensor(uow, resource_id(request.name, "sensors")))

    def ListSensors(self, request: pb.ListSensorsRequest, context: grpc.ServicerContext) -> pb.ListSensorsResponse:
        with self._rpc.reading() as uow:
            page = SENSORS.page(uow, request)
        found = [_sensor_to_proto((sensor_of(row), watch_of(row))) for row in page.rows]
        return pb.ListSensorsResponse(sensors=found, next_page_token=page.next_page_token)

    def UpdateSensor(self, request: pb.UpdateSensorRequest, context: grpc.ServicerContext) -> pb.Sensor:
        identifier = resource_id(request.sensor.name, "sensors", field="sensor.name")
        command = _description(identifier, request.sensor, mask_of(request, _UPDATABLE))
        return self._rpc.command(request, update_sensor, command, render=_sensor_to_proto)

    def RetireSensor(self, request: pb.RetireSensorRequest, context: grpc.ServicerContext) -> pb.Sensor:
        command = RetireSensor(resource_id(request.name, "sensors"), request.etag)
        return self._rpc.command(request, retire_sensor, command, render=_sensor_to_proto)

    def GetSensorAlarm(self, request: pb.GetSensorAlarmRequest, context: grpc.ServicerContext) -> pb.SensorAlarm:
        with self._rpc.reading() as uow:
            SENSOR_ALARMS.check_reach(uow, request.name)
            return _alarm_to_proto(get_alarm(uow, resource_id(request.name, "sensorAlarms")))

    def ListSensorAlarms(
        self, request: pb.ListSensorAlarmsRequest, context: grpc.ServicerContext
    ) -> pb.ListSensorAlarmsResponse:
        with self._rpc.reading() as uow:
            page = SENSOR_ALARMS.page(uow, request)
        found = [_alarm_to_proto(alarm_of(row)) for row in page.rows]
        return pb.ListSensorAlarmsResponse(sensor_alarms=found, next_page_token=page.next_page_token)


def _description(identifier: str, sensor: pb.Sensor, mask: frozenset[str] = frozenset()) -> DescribeSensor:
    return DescribeSensor(
        identifier,
        SensorKind(sensor.kind) if sensor.kind else None,
        optional_id(sensor.premises, "premises", field="sensor.premises"),
        sensor.display_name,
        sensor.etag,
        mask,
    )


def _sensor_to_proto(watched: Watched) -> pb.Sensor:
    sensor, watch = watched
    latest = watch.reading
    return pb.Sensor(
        name=sensor.name,
        premises=named("premises", sensor.premises_id),
        kind=sensor.kind,
        display_name=sensor.display_name,
        state=pb.Sensor.State.Value(f"STATE_{sensor.state}"),
        value=latest.value if latest else 0.0,
        measure_time=to_timestamp(latest.time if latest else None),
        off_limits_since_time=to_timestamp(watch.off_since),
        sensor_alarm=named("sensorAlarms", watch.alarm_id),
        create_time=to_timestamp(sensor.create_time),
        update_time=to_timestamp(sensor.update_time),
        etag=etag(sensor.version),
    )


def _alarm_to_proto(alarm: SensorAlarm) -> pb.SensorAlarm:
    return pb.SensorAlarm(
        name=alarm.name,
        state=pb.SensorAlarm.State.Value(f"STATE_{alarm.state}"),
        premises=named("premises", alarm.premises_id),
        kind=alarm.kind,
        ticket=named("tickets", alarm.ticket_id),
        sensors=[f"sensors/{sensor}" for sensor in sorted(alarm.sensor_ids)],
        open_time=to_timestamp(alarm.open_time),
        end_time=to_timestamp(alarm.end_time),
        etag=etag(alarm.version),
    )
