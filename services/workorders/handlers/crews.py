"""Setting crews up."""

from dataclasses import dataclass

from servicekit.errors import AlreadyExists, NotFound
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.names import chosen_id
from servicekit.uow import UnitOfWork
from workorders.domain.crew import Crew, Shift
from workorders.store.crews import add_crew, change_crew, get_crew


@dataclass(frozen=True, slots=True)
class DescribeCrew:
    """A crew as it should be; `mask` names what an update changes."""

    id: str
    display_name: str
    skills: frozenset[str]
    shifts: tuple[Shift, ...]
    on_call: bool
    latitude: float
    longitude: float
    max_load: int
    etag: str = ""
    mask: frozenset[str] = frozenset()


def create_crew(uow: UnitOfWork, command: DescribeCrew) -> Crew:
    identifier = chosen_id(command.id, "crew_id") if command.id else new_id()
    if command.id and _is_known(uow, identifier):
        raise AlreadyExists(f"crews/{identifier}")
    crew = Crew(
        identifier,
        command.display_name,
        command.skills,
        command.shifts,
        command.on_call,
        command.latitude,
        command.longitude,
        command.max_load,
        uow.now,
        uow.now,
    )
    add_crew(uow, crew)
    uow.audit(crew.name)
    return uow.commit(crew)


def update_crew(uow: UnitOfWork, command: DescribeCrew) -> Crew:
    crew = get_crew(uow, command.id)
    check_etag(crew.name, command.etag, crew.version)
    changed = crew.changed(uow.now, **{name: getattr(command, name) for name in command.mask})
    change_crew(uow, changed)
    uow.audit(changed.name)
    return uow.commit(changed)


def _is_known(uow: UnitOfWork, identifier: str) -> bool:
    try:
        get_crew(uow, identifier)
    except NotFound:
        return False
    return True
