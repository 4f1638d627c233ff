"""What a case was promised: a service standard frozen when the case begins (W4). Start here.

    standard = freeze("heat", "no_heat", "minor", "urgent", "urban", "resident", at=uow.now)
    due = standard.due(Clock.ARRIVE, dispatched_at)               # dispatch + 20 minutes
    due = standard.due(Clock.RESTORE, reported_at, pauses)         # pauses rebuilt from history, W5
    warn = standard.warn_at(Clock.RESTORE, reported_at, pauses)
    for level, at in standard.ladder.climb(due): ...               # one timer for each level
    column = standard.to_dict();  FrozenStandard.from_dict(column)

`pauses` come from `servicekit.calendar.pauses_from(history, until)`. A clock that never pauses (major repairs)
ignores them, so pass them always. A change of the data never changes a frozen case.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from servicekit.calendar import Pause
from workorders.domain.clocks import Clock, Limit, calendar
from workorders.domain.escalation import Ladder
from workorders.domain.policy import Case, StandardBook
from workorders.domain.policy_data import STANDARDS

BOOK = StandardBook(STANDARDS)


@dataclass(frozen=True, slots=True)
class FrozenStandard:
    """The promises of one case, whatever the data say later; JSON by `to_dict`."""

    name: str
    """Resource name with version, `standards/heat-2`: what events call `standard`."""
    zone: str
    limits: Mapping[Clock, Limit]
    """Always holds every clock."""
    ladder: Ladder
    hand_overs: bool
    """Whether every change of crew must be recorded (大修连续干)."""

    def due(self, clock: Clock, started_at: datetime, pauses: Iterable[Pause] = ()) -> datetime:
        """The deadline of a clock that began at `started_at`, as aware UTC."""
        return self.limits[clock].due(started_at, pauses, self.zone)

    def warn_at(self, clock: Clock, started_at: datetime, pauses: Iterable[Pause] = ()) -> datetime:
        """When to warn that a clock runs out; always before `due`."""
        return self.limits[clock].warn(started_at, pauses, self.zone)

    def rests_on_estimate(self, clock: Clock, start: datetime, due: datetime) -> bool:
        """Whether holidays that nobody has published yet count for that clock."""
        return calendar(self.limits[clock].hours, self.zone).rests_on_estimate(start, due)

    def pauses(self, clock: Clock) -> bool:
        """Whether the clock stops while the job is suspended."""
        return self.limits[clock].pausable

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "name": self.name,
            "zone": self.zone,
            "limits": {clock.value: self.limits[clock].to_dict() for clock in Clock},
            "ladder": self.ladder.to_dict(),
            "hand_overs": self.hand_overs,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "FrozenStandard":
        """The standard that `to_dict` told."""
        return cls(
            values["name"],
            values["zone"],
            {Clock(name): Limit.from_dict(limit) for name, limit in values["limits"].items()},
            Ladder.from_dict(values["ladder"]),
            values["hand_overs"],
        )


def freeze(
    commodity: str,
    category: str,
    severity: str,
    urgency: str,
    area: str,
    segment: str,
    at: datetime,
    zone: str = "Asia/Shanghai",
    book: StandardBook = BOOK,
) -> FrozenStandard:
    """The promises in force at `at` for a case; words unknown to the data get the general rules, never an error.

    Clock by clock the most special rule that speaks of it decides. `at` is aware; its local day chooses the version.
    """
    standard = book.in_force(commodity, at.astimezone(ZoneInfo(zone)).date())
    limits: dict[Clock, Limit] = {}
    ladder, hand_overs = None, False
    for rule in standard.rules_for(Case(category, severity, urgency, area, segment)):
        limits |= rule.limits
        ladder = rule.ladder or ladder
        hand_overs = hand_overs if rule.hand_overs is None else rule.hand_overs
    assert ladder is not None
    return FrozenStandard(standard.name, zone, limits, ladder, hand_overs)
