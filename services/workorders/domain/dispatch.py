"""Which crew gets a job: skill, shift, cell, load, distance (W7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import asin, cos, radians, sin, sqrt

from workorders.domain.crew import Crew
from workorders.domain.words import Urgency

_EARTH_KM = 6371.0


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of a job before it has a crew."""

    commodity: str
    category: str
    urgency: Urgency
    latitude: float | None
    longitude: float | None
    cell_crew_id: str | None
    excluded: frozenset[str] = frozenset()
    """Crews that had it and kept silent."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The crew that gets it, and why, for people to read."""

    crew_id: str
    display_name: str
    reason: str


def choose(job: Job, crews: Iterable[Crew], load: Mapping[str, int], local: datetime) -> Choice | None:
    """The best crew, or None when nobody can come now.

    It must have the skill and be on shift (on call is enough for emergencies) and below its maximal load
    (emergencies pre-empt). Then: the cell's own crew, the lower load, the shorter way, the smaller id.
    """
    fit = [crew for crew in crews if _fits(job, crew, load.get(crew.id, 0), local)]
    if not fit:
        return None
    best = min(fit, key=lambda crew: _rank(job, crew, load.get(crew.id, 0)))
    return Choice(best.id, best.display_name, _reason(job, best, load.get(best.id, 0), local))


def _fits(job: Job, crew: Crew, load: int, local: datetime) -> bool:
    emergency = job.urgency is Urgency.EMERGENCY
    return (
        crew.id not in job.excluded
        and crew.can(job.commodity, job.category)
        and (crew.works_at(local) or (emergency and crew.on_call))
        and (load < crew.max_load or emergency)
    )


def _rank(job: Job, crew: Crew, load: int) -> tuple[bool, int, float, str]:
    return crew.id != job.cell_crew_id, load, distance_km(job, crew), crew.id


def _reason(job: Job, crew: Crew, load: int, local: datetime) -> str:
    whose = "the cell's own crew" if crew.id == job.cell_crew_id else "not the cell's crew"
    shift = "on shift" if crew.works_at(local) else "on call"
    return f"automatic: {whose}, {shift}, {load} open jobs, {distance_km(job, crew):.1f} km away"


def distance_km(job: Job, crew: Crew) -> float:
    """Great-circle distance by the haversine formula; 0 when the job's place is not known."""
    if job.latitude is None or job.longitude is None:
        return 0.0
    lat1, lat2 = radians(job.latitude), radians(crew.latitude)
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin((radians(crew.longitude) - radians(job.longitude)) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
