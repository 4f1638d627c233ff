"""The network tree: station, branch, building, unit (C1)."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from servicekit.errors import InvalidArgument


class Kind(StrEnum):
    STATION = "station"
    BRANCH = "branch"
    BUILDING = "building"
    UNIT = "unit"


_PARENT: dict[Kind, Kind | None] = {
    Kind.STATION: None,
    Kind.BRANCH: Kind.STATION,
    Kind.BUILDING: Kind.BRANCH,
    Kind.UNIT: Kind.BUILDING,
}


@dataclass(frozen=True, slots=True)
class Node:
    """A part of the network; `path` holds the ids from the station down to it."""

    id: str
    kind: Kind
    display_name: str
    path: tuple[str, ...]
    create_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        """Its resource name."""
        return f"networkNodes/{self.id}"

    @property
    def parent_id(self) -> str | None:
        """Id of the node it hangs on; None for a station."""
        return self.path[-2] if len(self.path) > 1 else None

    def below(self, parent: "Node | None") -> "Node":
        """Hanging on `parent`, which must be of the kind above; so there can be no cycles."""
        return replace(self, path=(*(parent.path if parent else ()), self.id))

    def moved(self, parent: "Node | None") -> "Node":
        """Hanging on another parent."""
        check_parent(self.kind, parent)
        return replace(self.below(parent), version=self.version + 1)


def check_parent(kind: Kind, parent: Node | None) -> None:
    """InvalidArgument when a node of this kind cannot hang there."""
    wanted = _PARENT[kind]
    if wanted is None and parent is not None:
        raise InvalidArgument("parent", "a station hangs on nothing")
    if wanted is not None and (parent is None or parent.kind is not wanted):
        raise InvalidArgument("parent", f"a {kind} must hang on a {wanted}")


def moved_path(path: tuple[str, ...], node: Node, moved: Node) -> tuple[str, ...]:
    """The path of something below `node` after `node` was moved."""
    return (*moved.path, *path[len(node.path) :])
