"""Premises, cells, and agreements about what is taken there (C1, C5)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import FailedPrecondition, InvalidArgument


class Area(StrEnum):
    URBAN = "urban"
    RURAL = "rural"


@dataclass(frozen=True, slots=True)
class Premises:
    """A place that is supplied; `network_path` holds ids from the station down."""

    id: str
    address: str
    network_path: tuple[str, ...]
    cell_id: str | None
    latitude: float
    longitude: float
    area: Area
    create_time: datetime
    update_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"premises/{self.id}"

    def changed(self, now: datetime, **changes: object) -> "Premises":
        """With other fields, from `now` on."""
        return replace(self, **changes, update_time=now, version=self.version + 1)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Cell:
    """A grid cell with who answers for it (网格化)."""

    id: str
    display_name: str
    account_manager: str
    crew_id: str | None
    create_time: datetime
    update_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"cells/{self.id}"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A customer takes a commodity at a service point from a time on, until it ends."""

    id: str
    customer_id: str
    premises_id: str
    service_point_id: str
    commodity: str
    start_time: datetime
    end_time: datetime | None
    create_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"serviceAgreements/{self.id}"

    def ended(self, at: datetime) -> "Agreement":
        """Ended; once, and not before it began."""
        if self.end_time is not None:
            raise FailedPrecondition("ALREADY_ENDED", self.name, f"ended at {self.end_time.isoformat()}")
        if at < self.start_time:
            raise InvalidArgument("end_time", f"must not be before the start, {self.start_time.isoformat()}")
        return replace(self, end_time=at, version=self.version + 1)


def check_no_overlap(start: datetime, others: Sequence[Agreement]) -> None:
    """InvalidArgument when an agreement that begins at `start` would meet another at its service point."""
    for other in others:
        if other.end_time is None or other.end_time > start:
            until = "has not ended" if other.end_time is None else f"ends at {other.end_time.isoformat()}"
            raise InvalidArgument(
                "start_time", f"{other.name} holds at this service point and {until}", reason="AGREEMENTS_OVERLAP"
            )
