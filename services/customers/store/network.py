"""The network tree and the cells in the database."""

from collections.abc import Collection

from sqlalchemy import select

from customers.domain.network import Kind, Node
from customers.domain.premises import Cell
from customers.store.tables import cells, network_nodes
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

NODES = Listing(
    select(network_nodes),
    {
        "parent": network_nodes.c.parent_id,
        "kind": network_nodes.c.kind,
        "display_name": network_nodes.c.display_name,
        "create_time": network_nodes.c.create_time,
    },
    key=network_nodes.c.id,
    resource={"parent": "networkNodes"},
    enums={"kind": Kind},
)

CELLS = Listing(
    select(cells),
    {
        "display_name": cells.c.display_name,
        "account_manager": cells.c.account_manager,
        "crew": cells.c.crew_id,
        "create_time": cells.c.create_time,
        "update_time": cells.c.update_time,
    },
    key=cells.c.id,
    resource={"crew": "crews"},
    owners={"cell": cells.c.id},
)


def node_of(row: AnyRow) -> Node:
    return Node(row.id, Kind(row.kind), row.display_name, tuple(row.path), row.create_time, row.version)


def get_nodes(uow: UnitOfWork, ids: Collection[str]) -> dict[str, Node]:
    """Those of the ids that are there."""
    if not ids:
        return {}
    rows = uow.rows(select(network_nodes).where(network_nodes.c.id.in_(ids)))
    return {row.id: node_of(row) for row in rows}


def get_node(uow: UnitOfWork, identifier: str) -> Node:
    found = get_nodes(uow, [identifier])
    if identifier not in found:
        raise NotFound(f"networkNodes/{identifier}")
    return found[identifier]


def nodes_below(uow: UnitOfWork, identifier: str) -> list[Node]:
    """A node and all below it."""
    return [node_of(row) for row in uow.rows(select(network_nodes).where(network_nodes.c.path.contains([identifier])))]


def add_node(uow: UnitOfWork, node: Node) -> None:
    row = {
        "id": node.id,
        "kind": node.kind,
        "display_name": node.display_name,
        "parent_id": node.parent_id,
        "path": list(node.path),
        "create_time": node.create_time,
        "version": node.version,
    }
    uow.insert(network_nodes, row)


def move_node(uow: UnitOfWork, node: Node) -> None:
    values = {"parent_id": node.parent_id, "path": list(node.path)}
    uow.update(network_nodes, {"id": node.id}, values, version=node.version - 1)


def cell_of(row: AnyRow) -> Cell:
    return Cell(
        row.id, row.display_name, row.account_manager, row.crew_id, row.create_time, row.update_time, row.version
    )


def get_cell(uow: UnitOfWork, identifier: str) -> Cell:
    row = uow.get(cells, identifier)
    if row is None:
        raise NotFound(f"cells/{identifier}")
    return cell_of(row)


def known_cells(uow: UnitOfWork, ids: Collection[str]) -> set[str]:
    """Those of the ids that are there."""
    return {row.id for row in uow.rows(select(cells.c.id).where(cells.c.id.in_(ids)))} if ids else set()


def add_cell(uow: UnitOfWork, cell: Cell) -> None:
    row = {
        "id": cell.id,
        "display_name": cell.display_name,
        "account_manager": cell.account_manager,
        "crew_id": cell.crew_id,
        "create_time": cell.create_time,
        "update_time": cell.update_time,
        "version": cell.version,
    }
    uow.insert(cells, row)


def change_cell(uow: UnitOfWork, cell: Cell) -> None:
    values = {
        "display_name": cell.display_name,
        "account_manager": cell.account_manager,
        "crew_id": cell.crew_id,
        "update_time": cell.update_time,
    }
    uow.update(cells, {"id": cell.id}, values, version=cell.version - 1)
