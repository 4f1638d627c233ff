"""A ticket: one caller's request (W1)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from servicekit.errors import FailedPrecondition, InvalidArgument
from workorders.domain.words import RECOVERY, Severity, Urgency

_CLOCK_SKEW = timedelta(minutes=5)
_OLDEST = 2000


class TicketState(StrEnum):
    NEW = "NEW"
    LINKED = "LINKED"
    RESOLVED = "RESOLVED"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True)
class Ticket:
    """What one caller asked for; `incident_id` once the fault behind it is known."""

    id: str
    state: TicketState
    customer_id: str | None
    premises_id: str | None
    commodity: str
    category: str
    severity: Severity
    urgency: Urgency
    channel: str
    summary: str
    interaction_id: str | None
    report_time: datetime
    create_time: datetime
    update_time: datetime
    incident_id: str | None = None
    resolve_time: datetime | None = None
    outcome: str = ""
    imported: bool = False
    related_resource: str = ""
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"tickets/{self.id}"

    def linked(self, incident_id: str, now: datetime) -> "Ticket":
        """Part of an incident."""
        if self.state is not TicketState.NEW:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state} and cannot join an incident")
        return replace(
            self, state=TicketState.LINKED, incident_id=incident_id, update_time=now, version=self.version + 1
        )

    def resolved(self, outcome: str, now: datetime) -> "Ticket":
        """Done or answered, once."""
        self._check_live()
        return replace(
            self,
            state=TicketState.RESOLVED,
            outcome=outcome,
            resolve_time=now,
            update_time=now,
            version=self.version + 1,
        )

    def reopened(self, now: datetime) -> "Ticket":
        """Part of its incident again: what was mended was not."""
        if self.state is not TicketState.RESOLVED or self.incident_id is None:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state}: only a resolved one is reopened")
        return replace(
            self,
            state=TicketState.LINKED,
            outcome="",
            resolve_time=None,
            update_time=now,
            version=self.version + 1,
        )

    def cancelled(self, reason: str, now: datetime) -> "Ticket":
        """Withdrawn by its caller; it keeps the incident it belonged to."""
        self._check_live()
        return replace(self, state=TicketState.CANCELLED, outcome=reason, update_time=now, version=self.version + 1)

    def triaged(self, correction: Mapping[str, Any], now: datetime) -> "Ticket":
        """With what an agent corrected, before it is part of an incident (W2)."""
        if self.state is not TicketState.NEW:
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state}: only a NEW ticket is triaged")
        if self.imported:
            raise FailedPrecondition("IMPORTED", self.name, "was taken over from an older system and sends no crew")
        if self.category == RECOVERY:
            raise FailedPrecondition("WRONG_CATEGORY", self.name, "follows from a survey and sends no crew")
        return replace(self, **correction, update_time=now, version=self.version + 1)

    def _check_live(self) -> None:
        if self.state in (TicketState.RESOLVED, TicketState.CANCELLED):
            raise FailedPrecondition("WRONG_STATE", self.name, f"is {self.state} already")


def check_times(report_time: datetime, resolve_time: datetime | None, now: datetime) -> None:
    """InvalidArgument when a report lies in the future or long past, or was resolved before it was made."""
    for field, at in (("report_time", report_time), ("resolve_time", resolve_time)):
        if at is not None and at > now + _CLOCK_SKEW:
            raise InvalidArgument(field, "must not be in the future", reason="ABSURD_TIME")
        if at is not None and at.year < _OLDEST:
            raise InvalidArgument(field, f"must not be before {_OLDEST}", reason="ABSURD_TIME")
    if resolve_time is not None and resolve_time < report_time:
        raise InvalidArgument("resolve_time", "must not be before report_time", reason="ABSURD_TIME")
