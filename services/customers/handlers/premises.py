"""Registering premises, their history, and the cells they lie in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from customers import facts
from customers.domain.network import Node
from customers.domain.premises import Area, Cell, Premises
from customers.handlers.batches import Outcome, Result, entry_id, take_each
from customers.store.network import add_cell, change_cell, get_cell, get_nodes, known_cells
from customers.store.premises import add_premises, change_premises, get_premises, history_known, known_premises
from customers.store.tables import premises_history
from servicekit.errors import AlreadyExists, InvalidArgument
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.names import chosen_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreatePremises:
    """Premises to be; `id` empty for a new one."""

    id: str
    address: str
    network_node_id: str | None
    cell_id: str | None
    latitude: float
    longitude: float
    area: Area


@dataclass(frozen=True, slots=True)
class UpdatePremises:
    """New values of the fields in `mask`."""

    id: str
    etag: str
    mask: frozenset[str]
    wanted: CreatePremises


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """How often something was recorded in a year."""

    premises_id: str
    year: int
    kind: str
    count: int


@dataclass(frozen=True, slots=True)
class AssignCell:
    """A cell as it should be; `mask` names what an update changes."""

    id: str
    display_name: str
    account_manager: str
    crew_id: str | None
    etag: str = ""
    mask: frozenset[str] = frozenset()


def create_premises(uow: UnitOfWork, command: CreatePremises) -> Premises:
    identifier = entry_id(command, "premises")
    if command.id and known_premises(uow, [identifier]):
        raise AlreadyExists(f"premises/{identifier}")
    return uow.commit(_Surroundings(uow, [command]).add(command, identifier))


def create_many_premises(uow: UnitOfWork, commands: Sequence[CreatePremises]) -> list[Outcome]:
    existing = known_premises(uow, [c.id for c in commands if c.id])
    around = _Surroundings(uow, commands)
    return uow.commit(take_each(commands, existing, "premises", around.add))


def update_premises(uow: UnitOfWork, command: UpdatePremises) -> Premises:
    place = get_premises(uow, command.id)
    check_etag(place.name, command.etag, place.version)
    around = _Surroundings(uow, [command.wanted])
    values = {name: getattr(command.wanted, name) for name in command.mask - {"network_node", "cell"}}
    if "network_node" in command.mask:
        values["network_path"] = around.path(command.wanted.network_node_id)
    if "cell" in command.mask:
        values["cell_id"] = around.cell(command.wanted.cell_id)
    changed = place.changed(uow.now, **values)
    change_premises(uow, changed)
    uow.emit(facts.premises_updated(changed), changed.name, changed.version)
    return uow.commit(changed)


def record_history(uow: UnitOfWork, rows: Sequence[HistoryRow]) -> list[Outcome]:
    """Stores what is new; refuses rows of premises that are not there, and another count of what is."""
    ids = {row.premises_id for row in rows}
    places, seen = known_premises(uow, ids), history_known(uow, ids)
    outcomes = []
    for row in rows:
        name, key = f"premises/{row.premises_id}", (row.premises_id, row.year, row.kind)
        if row.premises_id not in places:
            outcomes.append(Outcome("", Result.REFUSED, "premises", f"{name} does not exist"))
        elif seen.get(key, row.count) != row.count:
            rule = f"{row.kind} of {row.year} is recorded as {seen[key]} already, not {row.count}"
            outcomes.append(Outcome(name, Result.REFUSED, "count", rule))
        elif key in seen:
            outcomes.append(Outcome(name, Result.EXISTS))
        else:
            seen[key] = row.count
            values = {"premises_id": row.premises_id, "year": row.year, "kind": row.kind, "count": row.count}
            uow.insert(premises_history, values)
            outcomes.append(Outcome(name, Result.CREATED))
    return uow.commit(outcomes)


def create_cell(uow: UnitOfWork, command: AssignCell) -> Cell:
    identifier = chosen_id(command.id, "cell_id") if command.id else new_id()
    if command.id and known_cells(uow, [identifier]):
        raise AlreadyExists(f"cells/{identifier}")
    cell = Cell(identifier, command.display_name, command.account_manager, command.crew_id, uow.now, uow.now)
    add_cell(uow, cell)
    uow.emit(facts.cell_assigned(cell), cell.name, cell.version)
    return uow.commit(cell)


def update_cell(uow: UnitOfWork, command: AssignCell) -> Cell:
    cell = get_cell(uow, command.id)
    check_etag(cell.name, command.etag, cell.version)
    fields = {"display_name": "display_name", "account_manager": "account_manager", "crew": "crew_id"}
    values = {fields[name]: getattr(command, fields[name]) for name in command.mask}
    changed = replace(cell, **values, update_time=uow.now, version=cell.version + 1)
    change_cell(uow, changed)
    uow.emit(facts.cell_assigned(changed), changed.name, changed.version)
    return uow.commit(changed)


class _Surroundings:
    """The nodes and cells that commands name, read at once."""

    def __init__(self, uow: UnitOfWork, commands: Sequence[CreatePremises]) -> None:
        self._uow = uow
        self._nodes: dict[str, Node] = get_nodes(uow, {c.network_node_id for c in commands if c.network_node_id})
        self._cells = known_cells(uow, {c.cell_id for c in commands if c.cell_id})

    def add(self, command: CreatePremises, identifier: str) -> Premises:
        place = Premises(
            identifier,
            command.address,
            self.path(command.network_node_id),
            self.cell(command.cell_id),
            command.latitude,
            command.longitude,
            command.area,
            self._uow.now,
            self._uow.now,
        )
        add_premises(self._uow, place)
        self._uow.emit(facts.premises_registered(place), place.name, place.version)
        return place

    def path(self, node_id: str | None) -> tuple[str, ...]:
        if node_id is None:
            return ()
        if node_id not in self._nodes:
            raise InvalidArgument("premises.network_node", f"networkNodes/{node_id} does not exist")
        return self._nodes[node_id].path

    def cell(self, cell_id: str | None) -> str | None:
        if cell_id is not None and cell_id not in self._cells:
            raise InvalidArgument("premises.cell", f"cells/{cell_id} does not exist")
        return cell_id
