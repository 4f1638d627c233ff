"""What goes wrong in a season: the weather, the faults it brings, a burst main, and who calls when."""

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from hearthline_cli.season.district import District, Home

WEEKS = 10
COLD_SNAP = (33, 38)
"""First and last day, counted from the season's start."""
BURST_DAYS = (34, 36, 37, 45, 58)
"""A main bursts on each, the first three in the cold snap, and each brings a share of all calls."""
_BURST_SHARE = 0.1
_BURST_HOUR = 2.4
_AGAIN_SHARE = 0.15
"""Of the calls: somebody asks again about a fault that was told already."""
BUNCH_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """Something is wrong at a home, and its people call at `at`."""

    at: datetime
    home: Home
    commodity: str
    category: str
    severity: str
    urgency: str
    channel: str
    summary: str


@dataclass(frozen=True, slots=True)
class _Kind:
    weight: float
    commodity: str
    category: str
    severity: str
    urgency: str
    summary: str


_KINDS = (
    _Kind(30, "heat", "no_heat", "medium", "urgent", "家里暖气不热 / radiators are cold"),
    _Kind(26, "heat", "low_temperature", "minor", "routine", "室温不达标 / rooms are below 18 °C"),
    _Kind(12, "heat", "leak", "medium", "urgent", "暖气管漏水 / a pipe leaks"),
    _Kind(4, "heat", "leak", "major", "urgent", "立管大量漏水 / the riser leaks badly"),
    _Kind(10, "heat", "meter", "minor", "routine", "热表不准 / the heat meter reads wrong"),
    _Kind(6, "gas", "no_gas", "medium", "urgent", "没有燃气 / no gas"),
    _Kind(3, "gas", "leak", "major", "emergency", "闻到燃气味 / smell of gas"),
    _Kind(7, "power", "outage", "medium", "urgent", "停电 / no power"),
    _Kind(2, "power", "meter", "minor", "routine", "电表故障 / the power meter is dead"),
)
_CHANNELS = ("hotline",) * 70 + ("wechat",) * 14 + ("web",) * 8 + ("counter",) * 5 + ("government_hotline",) * 3


def temperature(day: int) -> float:
    """Outdoor mean of a day in °C: a winter's curve with a cold snap in it."""
    winter = -8 - 7 * math.sin(math.pi * day / (WEEKS * 7))
    return winter - (11 if COLD_SNAP[0] <= day <= COLD_SNAP[1] else 0)


def faults(district: District, start: datetime, tickets: int, seed: int) -> list[Fault]:
    """This many faults over the season, in the order of their calls."""
    rng = random.Random(seed)
    burst, again = round(tickets * _BURST_SHARE), round(tickets * _AGAIN_SHARE)
    everyday = list(_everyday(district, start, tickets - burst * len(BURST_DAYS) - again, rng))
    found = [*everyday, *_asked_again(everyday, again, rng), *_burst_mains(district, start, burst, rng)]
    return sorted(found, key=lambda fault: (fault.at, fault.home.number))


def _everyday(district: District, start: datetime, count: int, rng: random.Random) -> Iterator[Fault]:
    days = range(WEEKS * 7)
    by_cold = [max(1.0, 1.5 - temperature(day) / 6) for day in days]
    for day in rng.choices(days, by_cold, k=count):
        kind = rng.choices(_KINDS, [k.weight for k in _KINDS])[0]
        at = start + timedelta(days=day, seconds=_time_of_day(rng))
        yield _fault(at, rng.choice(district.homes), kind, rng.choice(_CHANNELS))


def _asked_again(told: Sequence[Fault], count: int, rng: random.Random) -> Iterator[Fault]:
    """Some of those whose home is cold call once more within hours: where is the crew?"""
    for fault in rng.sample(told, min(count, len(told))):
        yield replace(fault, at=_bunched(fault.at + timedelta(hours=rng.uniform(0.5, 4))))


def _burst_mains(district: District, start: datetime, count: int, rng: random.Random) -> Iterator[Fault]:
    """Mains burst in the night; the homes on their branches call within two hours."""
    kind = _Kind(0, "heat", "burst_main", "major", "emergency", "路面冒热水,全楼没暖气 / hot water from the street")
    for day, branch in zip(BURST_DAYS, rng.sample(district.branches, len(BURST_DAYS)), strict=True):
        homes = district.on_branch(branch)
        for home in rng.sample(homes, min(count, len(homes))):
            hours = _BURST_HOUR + rng.expovariate(1 / 0.5)
            yield _fault(start + timedelta(days=day, hours=hours), home, kind, "hotline")


def _fault(at: datetime, home: Home, kind: _Kind, channel: str) -> Fault:
    return Fault(_bunched(at), home, kind.commodity, kind.category, kind.severity, kind.urgency, channel, kind.summary)


def _time_of_day(rng: random.Random) -> float:
    """Seconds after local midnight: peaks in the morning and after work, few calls at night."""
    hour = rng.choices((rng.gauss(8, 1.5), rng.gauss(19, 2), rng.uniform(0, 24)), (40, 40, 20))[0]
    return (hour % 24) * 3600


def _bunched(at: datetime) -> datetime:
    """Calls come in bunches, for every bunch is a moment at which the whole platform must have caught up."""
    return at - timedelta(minutes=at.minute % BUNCH_MINUTES, seconds=at.second, microseconds=at.microsecond)
