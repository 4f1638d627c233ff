"""Sensors at premises: what a reading is, and when readings are an alarm (W11).

Pure: a `Watch` follows one sensor, reading by reading; `judged` says what a reading means. Times are those of the
readings, so that readings that come late, or again, lead to the same.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from servicekit.errors import FailedPrecondition
from workorders.domain.heating_season import HeatingSeason
from workorders.domain.sensor_rules import RULES, AlarmRule, SensorKind

_CLOCK_SKEW = timedelta(minutes=5)


class SensorState(StrEnum):
    ACTIVE = "ACTIVE"
    RETIRED = "RETIRED"


@dataclass(frozen=True, slots=True)
class Sensor:
    """A device of one kind, as it was registered."""

    id: str
    kind: SensorKind
    premises_id: str
    display_name: str
    state: SensorState
    create_time: datetime
    update_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"sensors/{self.id}"

    @property
    def rule(self) -> AlarmRule:
        """When it raises an alarm."""
        return RULES[self.kind]

    def changed(self, now: datetime, **changes: object) -> "Sensor":
        """With other fields, from `now` on."""
        self._check_active()
        return replace(self, **changes, update_time=now, version=self.version + 1)  # type: ignore[arg-type]

    def retired(self, now: datetime) -> "Sensor":
        """Taken away, once."""
        return self.changed(now, state=SensorState.RETIRED)

    def _check_active(self) -> None:
        if self.state is not SensorState.ACTIVE:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state}")


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement, in the unit of the sensor's kind."""

    value: float
    time: datetime


@dataclass(frozen=True, slots=True)
class Watch:
    """What is known of a sensor by its readings; at first nothing."""

    reading: Reading | None = None
    off_since: datetime | None = None
    """Time of the first of the readings that are all beyond the limit, without too long a silence between them."""
    alarm_id: str | None = None
    """The alarm that it holds open."""


class Meaning(StrEnum):
    """What a reading means for the alarm of its premises."""

    WELL = "well"
    """Within the limit, or beyond it not for long enough, or between limit and hysteresis."""
    ALARMING = "alarming"
    """Beyond the limit for long enough: it holds an alarm open."""
    RECOVERED = "recovered"
    """Well within the limit, after an alarm."""
    LATE = "late"
    """No later than one that came before it: passed over."""
    IMPLAUSIBLE = "implausible"
    """No sensor of its kind can measure this, or it is from the future: passed over."""


def judged(
    watch: Watch, reading: Reading, rule: AlarmRule, season: HeatingSeason, now: datetime
) -> tuple[Watch, Meaning]:
    """The watch after this reading, and what the reading means; `now` is only for clocks that run ahead."""
    if not rule.is_plausible(reading.value) or reading.time > now + _CLOCK_SKEW:
        return watch, Meaning.IMPLAUSIBLE
    if watch.reading is not None and reading.time <= watch.reading.time:
        return watch, Meaning.LATE
    is_promised = not rule.only_in_season or season.covers(reading.time)
    if is_promised and rule.is_beyond(reading.value):
        since = _off_since(watch, reading, rule)
        is_alarming = watch.alarm_id is not None or reading.time - since >= rule.hold
        return replace(watch, reading=reading, off_since=since), Meaning.ALARMING if is_alarming else Meaning.WELL
    if watch.alarm_id is not None and is_promised and not rule.is_recovered(reading.value):
        # Between limit and hysteresis the alarm goes on, though what comes next would have to last anew to raise one.
        return replace(watch, reading=reading, off_since=None), Meaning.ALARMING
    meaning = Meaning.WELL if watch.alarm_id is None else Meaning.RECOVERED
    return Watch(reading), meaning


def _off_since(watch: Watch, reading: Reading, rule: AlarmRule) -> datetime:
    """Since when it is beyond the limit; nobody knows what it was in a long silence, so that begins anew."""
    if watch.off_since is None or watch.reading is None or reading.time - watch.reading.time > rule.silence:
        return reading.time
    return watch.off_since
