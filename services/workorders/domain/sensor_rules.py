"""When readings of each kind of sensor are an alarm, and which ticket it opens, as data (W11)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from workorders.domain.words import Severity, Urgency


class SensorKind(StrEnum):
    ROOM_TEMPERATURE = "room_temperature"
    GAS_CONCENTRATION = "gas_concentration"
    SUPPLY_VOLTAGE = "supply_voltage"


@dataclass(frozen=True, slots=True)
class AlarmRule:
    """Beyond `limit` for as long as `hold` is an alarm; it ends at `recovery`, which lies well within.

    A limit below the recovery is a least value, one above it a largest. `least` and `most` are what such a sensor can
    measure at all. After a `silence` longer than this nobody knows what was in between.
    """

    unit: str
    least: float
    most: float
    limit: float
    recovery: float
    hold: timedelta
    silence: timedelta
    commodity: str
    category: str
    severity: Severity
    urgency: Urgency
    words: tuple[str, str]
    """What is wrong, in Chinese and English."""
    only_in_season: bool = False

    def is_plausible(self, value: float) -> bool:
        """False for what no such sensor can measure; NaN is among that."""
        return self.least <= value <= self.most

    def is_beyond(self, value: float) -> bool:
        """Off limits; the limit itself is still good."""
        return value < self.limit if self.limit < self.recovery else value > self.limit

    def is_recovered(self, value: float) -> bool:
        """As far within as hysteresis wants it; `recovery` itself is enough."""
        return value >= self.recovery if self.limit < self.recovery else value <= self.recovery


RULES: Mapping[SensorKind, AlarmRule] = {
    # Rooms are promised 18 °C (室温合格标准). Airing a room, or the night's lower flow, is over within two hours.
    SensorKind.ROOM_TEMPERATURE: AlarmRule(
        unit="°C",
        least=-40,
        most=60,
        limit=18.0,
        recovery=19.0,
        hold=timedelta(hours=2),
        silence=timedelta(hours=1),
        commodity="heat",
        category="low_temperature",
        severity=Severity.MINOR,
        urgency=Urgency.ROUTINE,
        words=("室温不达标", "room temperature below standard"),
        only_in_season=True,
    ),
    # A tenth of the lower explosive limit is where household detectors sound (GB 15322.2: between 5 and 25 %).
    SensorKind.GAS_CONCENTRATION: AlarmRule(
        unit="%LEL",
        least=0,
        most=100,
        limit=10.0,
        recovery=5.0,
        hold=timedelta(0),
        silence=timedelta(hours=1),
        commodity="gas",
        category="leak",
        severity=Severity.MEDIUM,
        urgency=Urgency.EMERGENCY,
        words=("燃气浓度超限", "gas above the alarm limit"),
    ),
    # Below half of 220 V nothing works; what an automatic reclosing mends within three minutes is no outage.
    SensorKind.SUPPLY_VOLTAGE: AlarmRule(
        unit="V",
        least=0,
        most=500,
        limit=110.0,
        recovery=198.0,
        hold=timedelta(minutes=3),
        silence=timedelta(minutes=15),
        commodity="power",
        category="outage",
        severity=Severity.MEDIUM,
        urgency=Urgency.URGENT,
        words=("供电中断", "no power supply"),
    ),
}
