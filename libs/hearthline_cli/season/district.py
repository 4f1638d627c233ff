"""The district: a network tree of stations, branches, buildings and units, its people, cells and crews."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

STATIONS = 4
BRANCHES_PER_STATION = 5
UNITS_PER_BUILDING = 15
CELLS = 20
# Around the centre of a northern city; a cell is about a kilometre wide.
_CENTRE = (43.88, 125.32)
_SPREAD = 0.05

_SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超霞平刚桂英华玉兰建国秀珍"
_STREETS = ("人民大街", "解放路", "红旗街", "长春大街", "建设路", "同志街", "自由路", "西安大路")


@dataclass(frozen=True, slots=True)
class Home:
    """One premises and whoever takes the heat there."""

    number: int
    customer_id: str
    premises_id: str
    customer_name: str
    phone: str
    language: str
    consents: bool
    address: str
    cell_id: str
    path: tuple[str, ...]
    """Ids of its network nodes: station, branch, building, unit."""
    latitude: float
    longitude: float
    is_rural: bool


@dataclass(frozen=True, slots=True)
class District:
    """All homes, in the order of their numbers."""

    homes: tuple[Home, ...]

    @property
    def branches(self) -> tuple[str, ...]:
        """Ids of the branches, each of which feeds many buildings."""
        return tuple(dict.fromkeys(home.path[1] for home in self.homes))

    def on_branch(self, branch: str) -> tuple[Home, ...]:
        """The homes that a branch feeds."""
        return tuple(home for home in self.homes if home.path[1] == branch)


def make_district(premises: int, seed: int) -> District:
    """A district with this many premises; the same one for the same seed."""
    return District(tuple(_homes(premises, random.Random(seed))))


def nodes(district: District) -> Iterator[tuple[str, str, str, str]]:
    """(id, parent id, kind, display name) of every network node, parents first."""
    kinds = ("station", "branch", "building", "unit")
    seen: set[str] = set()
    for depth, kind in enumerate(kinds):
        for home in district.homes:
            node = home.path[depth]
            if node not in seen:
                seen.add(node)
                yield node, home.path[depth - 1] if depth else "", kind, f"{kind} {node}"


def _homes(count: int, rng: random.Random) -> Iterator[Home]:
    branches = STATIONS * BRANCHES_PER_STATION
    for number in range(count):
        building = number // UNITS_PER_BUILDING
        branch = building % branches
        station = branch // BRANCHES_PER_STATION
        cell = branch % CELLS
        place = random.Random(building)
        yield Home(
            number=number,
            customer_id=f"c{number:06d}",
            premises_id=f"p{number:06d}",
            customer_name=rng.choice(_SURNAMES) + "".join(rng.sample(_GIVEN, rng.choice((1, 2)))),
            phone=f"+86138{number:08d}",
            language="en" if rng.random() < 0.03 else "zh-CN",
            consents=rng.random() < 0.97,
            address=f"{_STREETS[branch % len(_STREETS)]}{building + 1}号楼{number % UNITS_PER_BUILDING + 1}室",
            cell_id=f"cell-{cell:02d}",
            path=(f"st-{station}", f"br-{branch:02d}", f"bd-{building:05d}", f"un-{number:06d}"),
            latitude=_CENTRE[0] + (cell // 5 - 1.5) * _SPREAD / 2 + place.uniform(-0.01, 0.01),
            longitude=_CENTRE[1] + (cell % 5 - 2) * _SPREAD / 2 + place.uniform(-0.01, 0.01),
            is_rural=cell >= CELLS - 3,
        )
