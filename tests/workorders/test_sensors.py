"""From readings to an alarm, its one ticket, the crew's certified measurement, and the end of it (W11)."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.customers.v1 import events_pb2 as customers
from hearthline.operations.v1 import dead_letters_pb2
from hearthline.operations.v1.dead_letters_pb2_grpc import DeadLetterServiceStub
from hearthline.workorders.v1 import events_pb2, sensors_pb2, tickets_pb2, work_orders_pb2
from hearthline.workorders.v1.sensors_pb2_grpc import SensorServiceStub
from hearthline_cli.measure import reading
from servicekit.deadletters import REASON
from servicekit.eventlog import Record
from servicekit.service import Running
from tests.support.identities import Guarded, refused
from tests.support.running import MORNING, Starter, fact
from tests.workorders.calls import Desk, crew, refusal
from tests.workorders.readings import sensor
from workorders.bootstrap import service

MINUTE = timedelta(minutes=1)
COLD, WARM = 16.2, 19.5
OPEN, ENDED = sensors_pb2.SensorAlarm.STATE_OPEN, sensors_pb2.SensorAlarm.STATE_ENDED


class House(Desk):
    """The district's desk, with a sensor in p1, and a clock on which readings are made."""

    def __init__(self, start: Starter, *sensors: str, **values: Any) -> None:
        super().__init__(start)
        self.svc.deliver([agreement(customers.ServiceAgreementStarted, "c2", "p1")])
        for identifier in sensors or ("bed",):
            self.sensors.CreateSensor(sensor(identifier, **values))

    def measure(self, value: float, minutes: int = 0, step: int = 30, of: Iterable[str] = ("bed",)) -> None:
        """The same every half hour, by the event log; time goes by with it, and a minute more."""
        log = self.start.eventlog.producer()
        for minute in range(0, minutes + 1, step):
            if minute:
                self.start.clock.advance(step * MINUTE)
            assert log.publish([reading(each, value, self.start.clock.now()) for each in of]) == [None] * len([*of])
        log.close()
        self.svc.settle()
        self.start.clock.advance(MINUTE)

    def alarms(self, filter: str = "") -> list[sensors_pb2.SensorAlarm]:
        request = sensors_pb2.ListSensorAlarmsRequest(filter=filter, order_by="open_time")
        return list(self.sensors.ListSensorAlarms(request).sensor_alarms)

    def of_sensors(self) -> list[tickets_pb2.Ticket]:
        """Tickets that sensors opened, the oldest first."""
        request = tickets_pb2.ListTicketsRequest(filter='channel = "sensor"', order_by="report_time")
        return list(self.tickets.ListTickets(request).tickets)

    def the_job(self, ticket: tickets_pb2.Ticket) -> work_orders_pb2.WorkOrder:
        request = work_orders_pb2.ListWorkOrdersRequest(filter=f'incident = "{ticket.incident}"')
        (job,) = self.orders.ListWorkOrders(request).work_orders
        return job

    def told(self, *kinds: type[Any]) -> list[Any]:
        """Facts of these kinds, in their order."""
        names = {kind.DESCRIPTOR.full_name: kind for kind in kinds}
        records = self.start.eventlog.read("hearthline.workorders.v1", 10_000)
        return [names[r.headers["ce_type"]].FromString(r.value) for r in records if r.headers["ce_type"] in names]


def agreement(kind: Any, customer: str, premises: str, sequence: int = 1, commodity: str = "heat") -> Record:
    """That service of a customer began or ended somewhere."""
    about = {"customer": f"customers/{customer}", "premises": f"premises/{premises}", "commodity": commodity}
    name = f"serviceAgreements/{customer}-{premises}"
    return fact(kind(service_agreement=name, **about), "customers", name, sequence)


@pytest.fixture
def house(start: Starter) -> House:
    return House(start)


def test_a_cold_room_gets_one_ticket_and_a_certified_measurement(house: House) -> None:
    house.measure(COLD, minutes=90)
    assert house.of_sensors() == []
    house.measure(COLD, minutes=60)
    (ticket,) = house.of_sensors()
    assert (ticket.customer, ticket.premises, ticket.category) == ("customers/c2", "premises/p1", "low_temperature")
    assert "16.2 °C" in ticket.summary
    (alarm,) = house.alarms()
    assert (alarm.state, alarm.ticket, list(alarm.sensors)) == (OPEN, ticket.name, ["sensors/bed"])
    assert ticket.related_resource == alarm.name
    # Its job is the visit that measures: what it reads is evidence, so it says with which instrument.
    job = house.the_job(ticket)
    house.to_progress(job.name)
    with pytest.raises(grpc.RpcError) as caught:
        house.complete(job.name, reading="16.4")
    code, text = refusal(caught.value)
    assert (code, "instrument: is required when the category is low_temperature" in text) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        True,
    )
    done = house.complete(job.name, reading="16.4", instrument="JL-2025-0417")
    assert (done.reading, done.instrument) == ("16.4", "JL-2025-0417")


def test_hysteresis_ends_the_alarm_and_the_visit_still_follows(house: House) -> None:
    house.measure(COLD, minutes=120)
    house.measure(18.5, minutes=30)
    assert [alarm.state for alarm in house.alarms()] == [OPEN]
    house.measure(WARM)
    (alarm,) = house.alarms()
    assert (alarm.state, list(alarm.sensors), alarm.HasField("end_time")) == (ENDED, [], True)
    (opened, ended) = house.told(events_pb2.SensorAlarmOpened, events_pb2.SensorAlarmEnded)
    assert (opened.sensor_alarm, opened.sensor, ended.sensor_alarm) == (alarm.name, "sensors/bed", alarm.name)
    assert house.the_job(house.of_sensors()[0]).state == work_orders_pb2.WorkOrder.STATE_DISPATCHED


def test_a_second_alarm_joins_the_ticket_that_nobody_has_dealt_with(house: House) -> None:
    house.measure(COLD, minutes=120)
    house.measure(WARM)
    house.measure(COLD, minutes=120)
    first, second = house.alarms()
    assert (first.state, second.state, first.ticket) == (ENDED, OPEN, second.ticket)
    assert len(house.of_sensors()) == 1


def test_premises_that_stay_cold_after_the_job_get_another_ticket(house: House) -> None:
    house.measure(COLD, minutes=120)
    job = house.the_job(house.of_sensors()[0])
    house.to_progress(job.name)
    house.complete(job.name, reading="16.4", instrument="JL-2025-0417")
    house.step("ConfirmWorkOrder", job.name)
    house.step("CloseWorkOrder", job.name)
    house.measure(COLD, minutes=90)
    assert len(house.of_sensors()) == 1
    house.measure(COLD, minutes=60)
    first, second = house.of_sensors()
    (alarm,) = house.alarms()
    assert (alarm.state, alarm.ticket, second.related_resource) == (OPEN, second.name, first.related_resource)
    house.measure(COLD, minutes=300)
    assert len(house.of_sensors()) == 2


def test_all_sensors_of_premises_share_one_ticket_and_the_last_one_ends_the_alarm(start: Starter) -> None:
    rooms = ("bed", "bath", "hall", "kitchen")
    house = House(start, *rooms)
    house.measure(COLD, minutes=120, of=rooms)
    assert len(house.of_sensors()) == 1
    assert list(house.alarms()[0].sensors) == [f"sensors/{room}" for room in sorted(rooms)]
    house.measure(WARM, of=rooms[1:])
    (alarm,) = house.alarms('state = "OPEN" AND kind = "room_temperature" AND premises = "premises/p1"')
    assert list(alarm.sensors) == ["sensors/bed"]
    house.measure(WARM)
    assert [alarm.state for alarm in house.alarms()] == [ENDED]


def test_a_caller_about_the_same_cold_joins_the_sensors_job(house: House) -> None:
    house.measure(COLD, minutes=120)
    called = house.report(category="low_temperature", severity="minor", urgency="routine")
    house.svc.settle()
    told = house.tickets.GetTicket(tickets_pb2.GetTicketRequest(name=called.name))
    (by_sensor,) = house.of_sensors()
    assert (told.incident, len(house.the_job(by_sensor).tickets)) == (by_sensor.incident, 2)


def test_gas_in_the_air_sends_a_crew_at_once(start: Starter) -> None:
    house = House(start, kind="gas_concentration")
    house.measure(12.0)
    (ticket,) = house.of_sensors()
    assert (ticket.commodity, ticket.category, ticket.urgency) == ("gas", "leak", "emergency")
    # Who has heat there need not have gas.
    assert ticket.customer == ""
    assert house.the_job(ticket).state == work_orders_pb2.WorkOrder.STATE_DISPATCHED


def test_a_ticket_is_of_whoever_is_served_there_now(house: House) -> None:
    ended = agreement(customers.ServiceAgreementEnded, "c2", "p1", sequence=2)
    house.svc.deliver([ended, agreement(customers.ServiceAgreementStarted, "c1", "p1")])
    # That one moved in is told again, after it was told that they left.
    house.svc.deliver([agreement(customers.ServiceAgreementStarted, "c2", "p1")])
    house.measure(COLD, minutes=120)
    assert [ticket.customer for ticket in house.of_sensors()] == ["customers/c1"]


def test_promises_run_from_when_the_gateway_told_and_the_alarm_from_when_it_was_measured(house: House) -> None:
    """A gateway that was cut off for the night delivers what it kept."""
    morning = house.start.clock.now()
    night = [morning - timedelta(hours=hours) for hours in (9, 8.5, 8, 7.5, 7, 6.5)]
    house.svc.deliver(reading("bed", COLD, at, told=morning) for at in night)
    house.svc.settle()
    (alarm,), (ticket,) = house.alarms(), house.of_sensors()
    assert alarm.open_time.ToDatetime(tzinfo=morning.tzinfo) == morning - timedelta(hours=7)
    assert ticket.report_time.ToDatetime(tzinfo=morning.tzinfo) == morning
    assert not any(promise.breached for promise in house.the_job(ticket).promises)


def test_readings_of_strangers_and_nonsense_change_nothing(house: House) -> None:
    house.measure(COLD, minutes=150, of=["stranger"])
    house.measure(float("nan"), minutes=150)
    house.measure(-273.15, minutes=150)
    assert (house.alarms(), house.of_sensors()) == ([], [])
    assert not house.sensors.GetSensor(sensors_pb2.GetSensorRequest(name="sensors/bed")).HasField("measure_time")


def test_a_reading_without_its_time_is_a_dead_letter_and_its_neighbours_go_on(house: House) -> None:
    timeless = reading("bed", COLD, MORNING)
    timeless = Record(timeless.topic, "bed", b"\n\x0bsensors/bed", timeless.headers)
    log = house.start.eventlog.producer()
    log.publish([timeless, reading("bed", COLD, MORNING)])
    log.close()
    house.svc.settle()
    (letter,) = house.start.eventlog.read("hearthline.telemetry.v1.dlq", 10)
    assert "measure_time: is required" in letter.headers[REASON]
    assert house.sensors.GetSensor(sensors_pb2.GetSensorRequest(name="sensors/bed")).value == COLD


def test_a_reading_among_the_dead_letters_counts_once_it_is_replayed(house: House) -> None:
    def say(statement: str) -> None:
        with house.svc.kit.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    say("ALTER TABLE sensor_watches ADD CONSTRAINT poison CHECK (value <> 16.2)")
    house.measure(COLD)
    say("ALTER TABLE sensor_watches DROP CONSTRAINT poison")
    letters: Any = DeadLetterServiceStub(house.svc.channel)
    (letter,) = letters.ListDeadLetters(dead_letters_pb2.ListDeadLettersRequest()).dead_letters
    letters.ReplayDeadLetter(dead_letters_pb2.ReplayDeadLetterRequest(name=letter.name))
    assert house.sensors.GetSensor(sensors_pb2.GetSensorRequest(name="sensors/bed")).value == COLD


def test_a_sensor_says_what_it_measured_and_which_alarm_it_holds(house: House) -> None:
    house.measure(COLD, minutes=120)
    told = house.sensors.GetSensor(sensors_pb2.GetSensorRequest(name="sensors/bed"))
    (alarm,) = house.alarms()
    assert (told.value, told.sensor_alarm, told.etag) == (COLD, alarm.name, '"1"')
    assert told.off_limits_since_time.ToDatetime(tzinfo=MORNING.tzinfo) == MORNING
    assert house.sensors.GetSensorAlarm(sensors_pb2.GetSensorAlarmRequest(name=alarm.name)) == alarm


def test_silent_and_alarming_sensors_are_found(start: Starter) -> None:
    house = House(start, "bed", "bath", "new")
    house.measure(WARM, of=["bath"])
    house.measure(COLD, minutes=120, of=["bed"])
    an_hour_ago = (start.clock.now() - timedelta(hours=1)).isoformat()

    def found(filter: str) -> list[str]:
        page = house.sensors.ListSensors(sensors_pb2.ListSensorsRequest(filter=filter))
        return [each.name.removeprefix("sensors/") for each in page.sensors]

    assert found("") == ["bath", "bed", "new"]
    assert found(f'sensor_alarm = "{house.alarms()[0].name}"') == ["bed"]
    assert found(f'measure_time < "{an_hour_ago}"') == ["bath"]
    assert found('off_limits_since_time > "2026-01-01T00:00:00Z" AND kind = "room_temperature"') == ["bed"]
    assert found('premises = "premises/p2"') == []


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("measure_time", ["bath", "bed", "new", "newer"]),
        ("measure_time desc", ["new", "newer", "bed", "bath"]),
        ("off_limits_since_time", ["bed", "bath", "new", "newer"]),
        ("sensor_alarm desc", ["bath", "new", "newer", "bed"]),
    ],
)
def test_pages_leave_out_no_sensor_that_never_measured(start: Starter, order: str, found: list[str]) -> None:
    house = House(start, "bed", "bath", "new", "newer")
    house.measure(WARM, of=["bath"])
    house.measure(COLD, minutes=120, of=["bed"])
    pages, token = [], "first"
    while token:
        asked = "" if token == "first" else token
        request = sensors_pb2.ListSensorsRequest(page_size=1, page_token=asked, order_by=order)
        page = house.sensors.ListSensors(request)
        pages += [each.name.removeprefix("sensors/") for each in page.sensors]
        token = page.next_page_token
    assert pages == found


def test_a_sensor_that_moves_or_goes_holds_no_alarm_open(start: Starter) -> None:
    house = House(start, "bed", "bath")
    house.measure(COLD, minutes=120, of=["bed", "bath"])
    moved = sensors_pb2.Sensor(name="sensors/bed", premises="premises/p2")
    mask = FieldMask(paths=["premises"])
    told = house.sensors.UpdateSensor(sensors_pb2.UpdateSensorRequest(sensor=moved, update_mask=mask))
    assert (told.premises, told.display_name, told.sensor_alarm, told.etag) == ("premises/p2", "卧室", "", '"2"')
    assert list(house.alarms()[0].sensors) == ["sensors/bath"]
    gone = house.sensors.RetireSensor(sensors_pb2.RetireSensorRequest(name="sensors/bath", etag='"1"'))
    assert gone.state == sensors_pb2.Sensor.STATE_RETIRED
    assert [alarm.state for alarm in house.alarms()] == [ENDED]
    house.measure(COLD, minutes=120, of=["bed", "bath"])
    assert [(a.premises, list(a.sensors)) for a in house.alarms('state = "OPEN"')] == [("premises/p2", ["sensors/bed"])]


def test_wrong_sensors_are_refused(house: House) -> None:
    def update(**values: Any) -> sensors_pb2.UpdateSensorRequest:
        return sensors_pb2.UpdateSensorRequest(sensor=sensors_pb2.Sensor(name="sensors/bed", **values))

    invalid, missing = grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.NOT_FOUND
    mask = FieldMask(paths=["kind"])
    known = sensors_pb2.Sensor(name="sensors/bed")
    here: Any = house.sensors
    for call, request, code, text in (
        (here.CreateSensor, sensor("a/b"), invalid, "sensor_id"),
        (here.CreateSensor, sensor("new", kind="humidity"), invalid, "sensor.kind"),
        (here.CreateSensor, sensor("new", kind=""), invalid, "sensor.kind: must be one of room_temperature"),
        (here.CreateSensor, sensor("new", premises=""), invalid, "sensor.premises: is required"),
        (here.CreateSensor, sensor("new", premises="p1"), invalid, "sensor.premises: must be a resource name"),
        (here.CreateSensor, sensor("new", premises="premises/none"), missing, "premises/none"),
        (here.CreateSensor, sensor("bed"), grpc.StatusCode.ALREADY_EXISTS, "sensors/bed"),
        (here.CreateSensor, sensor("new", display_name="x" * 101), invalid, "sensor.display_name"),
        (here.UpdateSensor, update(), invalid, "update_mask: names nothing"),
        (
            here.UpdateSensor,
            sensors_pb2.UpdateSensorRequest(sensor=known, update_mask=FieldMask(paths=["*"])),
            invalid,
            "sensor.premises: is required",
        ),
        (here.UpdateSensor, update(premises="premises/none"), missing, "premises/none"),
        (here.UpdateSensor, update(premises="premises/p1", kind="supply_voltage"), invalid, "sensor.kind: is room"),
        (here.UpdateSensor, update(premises="premises/p1", etag='"7"'), grpc.StatusCode.ABORTED, "sensors/bed"),
        (
            here.UpdateSensor,
            sensors_pb2.UpdateSensorRequest(sensor=known, update_mask=mask),
            invalid,
            "'kind' cannot be",
        ),
        (here.RetireSensor, sensors_pb2.RetireSensorRequest(name="sensors/none"), missing, "sensors/none"),
        (here.GetSensor, sensors_pb2.GetSensorRequest(name="sensors/none"), missing, "sensors/none"),
        (here.GetSensorAlarm, sensors_pb2.GetSensorAlarmRequest(name="sensorAlarms/n"), missing, "sensorAlarms/n"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(request)
        said, words = refusal(caught.value)
        assert (said, text in words) == (code, True), words


def test_two_servers_that_see_the_first_cold_at_once_open_one_ticket(start: Starter) -> None:
    """Sensors of one premises are in different partitions, so different processes may take their readings."""
    rooms = [f"room{n}" for n in range(8)]
    house = House(start, *rooms)
    beside = Running(house.svc.service, serve=False, work=True, clock=start.clock).start()
    house.measure(COLD, minutes=120, of=rooms)
    assert len(house.of_sensors()) == 1
    assert list(house.alarms()[0].sensors) == [f"sensors/{room}" for room in rooms]
    house.measure(WARM, of=rooms)
    assert [alarm.state for alarm in house.alarms()] == [ENDED]
    beside.stop()


def test_account_managers_see_the_sensors_of_their_cells(start: Starter, tmp_path: Path) -> None:
    house = House(start)
    house.measure(COLD, minutes=120)
    guarded = Guarded(start, service, house.svc, tmp_path)
    own = SensorServiceStub(guarded.channel("staff/3", "account_manager", cells=["cells/one"]))
    other: Any = SensorServiceStub(guarded.channel("staff/4", "account_manager", cells=["cells/two"]))
    (alarm,) = own.ListSensorAlarms(sensors_pb2.ListSensorAlarmsRequest()).sensor_alarms
    assert [each.name for each in own.ListSensors(sensors_pb2.ListSensorsRequest()).sensors] == ["sensors/bed"]
    assert not other.ListSensors(sensors_pb2.ListSensorsRequest()).sensors
    assert not other.ListSensorAlarms(sensors_pb2.ListSensorAlarmsRequest()).sensor_alarms
    outside = grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"
    for call, request in (
        (other.GetSensor, sensors_pb2.GetSensorRequest(name="sensors/bed")),
        (other.GetSensorAlarm, sensors_pb2.GetSensorAlarmRequest(name=alarm.name)),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            call(request)
        assert refused(caught.value) == outside


def test_without_a_crew_for_it_the_ticket_waits(start: Starter) -> None:
    house = House(start, kind="supply_voltage")
    house.measure(0.0, minutes=4, step=1)
    job = house.the_job(house.of_sensors()[0])
    assert (job.commodity, job.category, job.state) == ("power", "outage", work_orders_pb2.WorkOrder.STATE_NEW)
    house.crews.CreateCrew(crew("power", skills=["power"]))
    start.advance(timedelta(minutes=10))
    assert house.get(job.name).state == work_orders_pb2.WorkOrder.STATE_DISPATCHED
