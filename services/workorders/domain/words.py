"""The words that sort faults, and what follows from them (W1, W2)."""

from enum import StrEnum

COMMODITIES = ("heat", "gas", "power")


class Severity(StrEnum):
    """小修, 中修, 大修."""

    MINOR = "minor"
    MEDIUM = "medium"
    MAJOR = "major"


class Urgency(StrEnum):
    EMERGENCY = "emergency"
    URGENT = "urgent"
    ROUTINE = "routine"


_SEVERITIES = (Severity.MINOR, Severity.MEDIUM, Severity.MAJOR)
_URGENCIES = (Urgency.ROUTINE, Urgency.URGENT, Urgency.EMERGENCY)


def is_worse(severity: Severity, urgency: Urgency, than: tuple[Severity, Urgency]) -> bool:
    """True when a fault is more severe or more urgent than another."""
    return _SEVERITIES.index(severity) > _SEVERITIES.index(than[0]) or _URGENCIES.index(urgency) > _URGENCIES.index(
        than[1]
    )


BURST = "burst_main"
RECOVERY = "recovery"

READING_REQUIRED = frozenset({"meter", "low_temperature"})
"""Categories whose completion needs a reading: the meter's, or the room's temperature (W3)."""

CERTIFIED = frozenset({"low_temperature"})
"""Categories whose reading is evidence for refunds: a calibrated instrument must have taken it (W11, S12)."""


def business_type(category: str, urgency: Urgency) -> str:
    """What kind of business a job is to its customer; decides the survey (V2)."""
    if urgency is Urgency.EMERGENCY:
        return "emergency"
    return category if category in {"ignition", "modification", "inspection", "meter_reading"} else "repair"
