"""Building and rebuilding the network tree."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from customers import facts
from customers.domain.network import Kind, Node, check_parent, moved_path
from customers.handlers.batches import Outcome, entry_id, take_each
from customers.store.network import add_node, get_node, get_nodes, move_node, nodes_below
from customers.store.premises import change_premises, premises_below
from servicekit.errors import AlreadyExists, InvalidArgument
from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateNode:
    """A node to be; `id` empty for a new one."""

    id: str
    kind: Kind
    display_name: str
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class MoveNode:
    """A node to hang elsewhere."""

    id: str
    parent_id: str | None
    etag: str


def create_node(uow: UnitOfWork, command: CreateNode) -> Node:
    identifier = entry_id(command, "networkNodes")
    known = get_nodes(uow, [i for i in (identifier, command.parent_id) if i])
    if identifier in known:
        raise AlreadyExists(f"networkNodes/{identifier}")
    return uow.commit(_add(uow, command, identifier, known))


def create_many_nodes(uow: UnitOfWork, commands: Sequence[CreateNode]) -> list[Outcome]:
    """Parents may stand earlier in the same batch."""
    mentioned = {i for c in commands for i in (c.id, c.parent_id) if i}
    known = get_nodes(uow, mentioned)
    existing = set(known)

    def take(command: CreateNode, identifier: str) -> None:
        known[identifier] = _add(uow, command, identifier, known)

    return uow.commit(take_each(commands, existing, "networkNodes", take))


def move(uow: UnitOfWork, command: MoveNode) -> Node:
    """Moves a node with all below it; the premises that hang there get their new path."""
    node = get_node(uow, command.id)
    check_etag(node.name, command.etag, node.version)
    moved = node.moved(_parent(command.parent_id, get_nodes(uow, [command.parent_id] if command.parent_id else [])))
    below = [other for other in nodes_below(uow, node.id) if other.id != node.id]
    places = premises_below(uow, node.id)
    move_node(uow, moved)
    for other in below:
        move_node(uow, replace(other, path=moved_path(other.path, node, moved), version=other.version + 1))
    for place in places:
        changed = place.changed(uow.now, network_path=moved_path(place.network_path, node, moved))
        change_premises(uow, changed)
        uow.emit(facts.premises_updated(changed), changed.name, changed.version)
    uow.audit(node.name)
    return uow.commit(moved)


def _add(uow: UnitOfWork, command: CreateNode, identifier: str, known: dict[str, Node]) -> Node:
    parent = _parent(command.parent_id, known)
    check_parent(command.kind, parent)
    node = Node(identifier, command.kind, command.display_name, (), uow.now).below(parent)
    add_node(uow, node)
    uow.audit(node.name)
    return node


def _parent(identifier: str | None, known: dict[str, Node]) -> Node | None:
    if identifier is not None and identifier not in known:
        raise InvalidArgument("parent", f"networkNodes/{identifier} does not exist")
    return known[identifier] if identifier is not None else None
