"""Which crew gets a job: skill, shift, cell, branch, load, distance (W7)."""

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
    branch_crew_ids: frozenset[str] = frozenset()
    """Crews of other cells on the same branch of the network."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The crew that gets it, and why, for people to read."""

    crew_id: str
    display_name: str
    reason: str


def choose(job: Job, crews: Iterable[Crew], load: Mapping[str, int], local: datetime) -> Choice | None:
    """The best crew, or None when nobody can come now.

    It must have the skill and be on shift (on call is enough for emergencies) and below its maximal load
    (emergencies pre-empt). Then: the cell's own crew, crews of its branch, the lower load, the shorter
    way where it is known (before those where it is not), the smaller id.
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


def _rank(job: Job, crew: Crew, load: int) -> tuple[bool, bool, int, bool, float, str]:
    km = distance_km(job, crew)
    return (
        crew.id != job.cell_crew_id,
        crew.id not in job.branch_crew_ids,
        load,
        km is None,
        km or 0.0,
        crew.id,
    )


def _reason(job: Job, crew: Crew, load: int, local: datetime) -> str:
    whose = "not the cell's crew"
    if crew.id == job.cell_crew_id:
        whose = "the cell's own crew"
    elif crew.id in job.branch_crew_ids:
        whose = "a crew of the same branch"
    shift = "on shift" if crew.works_at(local) else "on call"
    km = distance_km(job, crew)
    return f"automatic: {whose}, {shift}, {load} open jobs" + ("" if km is None else f", {km:.1f} km away")


def known_point(latitude: float | None, longitude: float | None) -> tuple[float, float] | None:
    """A place on the map, or None. (0, 0) is open sea: messages without presence mean not known."""
    if latitude is None or longitude is None or (latitude == 0 and longitude == 0):
        return None
    return latitude, longitude


def distance_km(job: Job, crew: Crew) -> float | None:
    """Great-circle distance by the haversine formula; None when one of the two places is not known."""
    here, there = known_point(job.latitude, job.longitude), known_point(crew.latitude, crew.longitude)
    if here is None or there is None:
        return None
    lat1, lat2 = radians(here[0]), radians(there[0])
    half = sin((lat2 - lat1) / 2) ** 2
    half += cos(lat1) * cos(lat2) * sin((radians(there[1]) - radians(here[1])) / 2) ** 2
    return 2 * _EARTH_KM * asin(sqrt(half))
