"""An incident: one fault, however many tickets it brings (W1, W8)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from workorders.domain.words import BURST, Severity, Urgency


class IncidentState(StrEnum):
    OPEN = "OPEN"
    RESOLVED = "RESOLVED"


@dataclass(frozen=True, slots=True)
class Incident:
    """One fault; `place` says where tickets belong to it."""

    id: str
    state: IncidentState
    place: str
    premises_id: str
    commodity: str
    category: str
    severity: Severity
    urgency: Urgency
    open_time: datetime
    resolve_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"incidents/{self.id}"

    def resolved(self, now: datetime) -> "Incident":
        """Mended."""
        return replace(self, state=IncidentState.RESOLVED, resolve_time=now, version=self.version + 1)

    def reopened(self) -> "Incident":
        """Not mended after all."""
        return replace(self, state=IncidentState.OPEN, resolve_time=None, version=self.version + 1)


def fault_place(category: str, premises_id: str, network_path: tuple[str, ...]) -> str:
    """Where a fault is: a burst main is its whole branch's, anything else its premises' own.

    The branch is the second node of the path; without a network the premises stand for it.
    """
    if category == BURST and len(network_path) > 1:
        return f"networkNodes/{network_path[1]}"
    return f"premises/{premises_id}"
