"""`hearthline measure` publishes what a gateway would, so that a developer can watch an alarm."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from hearthline.workorders.v1.sensors_pb2 import GetSensorRequest, ListSensorAlarmsRequest, Sensor
from hearthline_cli.main import app
from servicekit.clock import FileClock
from tests.support.running import Starter
from tests.workorders.calls import Desk
from tests.workorders.readings import sensor


@pytest.fixture
def desk(start: Starter) -> Desk:
    desk = Desk(start)
    desk.sensors.CreateSensor(sensor("bed"))
    return desk


@pytest.fixture
def clock(desk: Desk, tmp_path: Path) -> str:
    """The services' time, as a file that the command reads."""
    path = tmp_path / "clock"
    FileClock.create(path, desk.start.clock.now())
    return f"file:{path}"


def measured(desk: Desk, clock: str, *words: str) -> Result:
    answer = CliRunner().invoke(
        app, ["measure", *words, "--eventlog", desk.start.eventlog_url, "--clock", clock], catch_exceptions=False
    )
    desk.svc.settle()
    return answer


def bedroom(desk: Desk) -> Sensor:
    told: Sensor = desk.sensors.GetSensor(GetSensorRequest(name="sensors/bed"))
    return told


def test_one_reading_is_of_now(desk: Desk, clock: str) -> None:
    answer = measured(desk, clock, "sensors/bed", "16.2")
    assert (answer.exit_code, answer.stdout.splitlines()[-1]) == (0, "sensors/bed: readings published: 1")
    now = desk.start.clock.now()
    assert (bedroom(desk).value, bedroom(desk).measure_time.ToDatetime(tzinfo=now.tzinfo)) == (16.2, now)


def test_two_hours_of_cold_raise_the_alarm(desk: Desk, clock: str) -> None:
    measured(desk, clock, "sensors/bed", "16.2", "--minutes", "120")
    (alarm,) = desk.sensors.ListSensorAlarms(ListSensorAlarmsRequest()).sensor_alarms
    assert bedroom(desk).sensor_alarm == alarm.name
    measured(desk, clock, "sensors/bed", "16.2", "--minutes", "120")
    assert len(desk.sensors.ListSensorAlarms(ListSensorAlarmsRequest()).sensor_alarms) == 1


def test_less_than_that_raises_none(desk: Desk, clock: str) -> None:
    measured(desk, clock, "sensors/bed", "16.2", "--minutes", "119", "--every", "7")
    assert bedroom(desk).HasField("off_limits_since_time")
    assert not bedroom(desk).sensor_alarm


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["bed", "16.2"], "sensor: must be a resource name of the form sensors/ID"),
        (["sensors/bed", "16.2", "--eventlog", "kafka://127.0.0.1:1"], "measure: "),
        (["sensors/bed", "16.2", "--eventlog", "http://x"], "measure: "),
    ],
)
def test_what_cannot_be_published_is_told(desk: Desk, words: list[str], said: str) -> None:
    answer = CliRunner().invoke(app, ["measure", *words], env={"HEARTHLINE_EVENTLOG_URL": desk.start.eventlog_url})
    assert (answer.exit_code, said in answer.stderr) == (2, True), answer.stderr
