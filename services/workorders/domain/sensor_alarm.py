"""The alarm of premises: however many sensors of a kind raise it, one ticket is opened (W11)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from workorders.domain.sensor_rules import SensorKind


class AlarmState(StrEnum):
    OPEN = "OPEN"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class SensorAlarm:
    """Open as long as one of its sensors holds it open."""

    id: str
    premises_id: str
    kind: SensorKind
    state: AlarmState
    ticket_id: str
    sensor_ids: frozenset[str]
    open_time: datetime
    end_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"sensorAlarms/{self.id}"

    @property
    def is_open(self) -> bool:
        """False for one that ended."""
        return self.state is AlarmState.OPEN

    def held_by(self, sensor_id: str) -> "SensorAlarm":
        """Held open by one sensor more."""
        return replace(self, sensor_ids=self.sensor_ids | {sensor_id}, version=self.version + 1)

    def let_go_by(self, sensor_id: str, at: datetime) -> "SensorAlarm":
        """Without a sensor that recovered or was taken away; it ends with the last one."""
        left = replace(self, sensor_ids=self.sensor_ids - {sensor_id}, version=self.version + 1)
        return left if left.sensor_ids else replace(left, state=AlarmState.ENDED, end_time=at)

    def told_by(self, ticket_id: str) -> "SensorAlarm":
        """With another ticket, for what the first one was about was not mended."""
        return replace(self, ticket_id=ticket_id, version=self.version + 1)


def is_worth_a_ticket(ticket_over_since: datetime | None, at: datetime, hold: timedelta) -> bool:
    """Whether premises that are beyond the limit at `at` need a ticket beside the last one.

    `ticket_over_since` is when that was resolved or withdrawn, None for one that somebody still works on: so there is
    one ticket, however often the alarm comes and goes. Once it is over, it takes as long as a new alarm would.
    """
    return ticket_over_since is not None and at - ticket_over_since >= hold
