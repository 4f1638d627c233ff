"""A call, visit or message, and the agent who owns the first contact for life (首问负责制, C7)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from servicekit.errors import InvalidArgument


class Outcome(StrEnum):
    OFFERED = "offered"
    ANSWERED = "answered"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Interaction:
    """Recorded once and never changed."""

    id: str
    customer_id: str | None
    premises_id: str | None
    channel: str
    contact_address: str
    first_contact_owner: str
    summary: str
    confirmed_facts: tuple[str, ...]
    queue_seconds: int
    outcome: Outcome
    occur_time: datetime
    create_time: datetime

    def __post_init__(self) -> None:
        if self.outcome is Outcome.ANSWERED and not self.first_contact_owner:
            raise InvalidArgument("agent", "is required for an answered contact: its agent owns the first contact")
        if self.occur_time > self.create_time:
            raise InvalidArgument("occur_time", "must not be in the future")

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"interactions/{self.id}"
