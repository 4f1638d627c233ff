"""Who could take a job: every crew there is, and how many jobs it has."""

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select

from servicekit.reads import AnyRow, ids_in
from servicekit.uow import UnitOfWork
from workorders.domain.crew import Crew
from workorders.domain.lifecycle import OPEN
from workorders.store.crews import crew_of
from workorders.store.tables import crews, work_orders

_BUSY = (
    select(work_orders.c.crew_id, func.count().label("jobs"))
    .where(work_orders.c.state.in_(OPEN), work_orders.c.crew_id.is_not(None))
    .group_by(work_orders.c.crew_id)
    .subquery()
)
_ALL = (
    select(crews.c.id, crews.c.version, crews.c.update_time, _BUSY.c.jobs)
    .join_from(crews, _BUSY, _BUSY.c.crew_id == crews.c.id, isouter=True)
    .order_by(crews.c.id)
)
_SOME = select(crews).where(ids_in(crews.c.id))


class Roster:
    """Of one process, by as many threads as like. In a storm a thousand jobs look for a crew, again and again: crews
    that have not changed since the last look are not read again. What a unit has changed of crews itself it must not
    look for, for it may still be rolled back.
    """

    def __init__(self) -> None:
        self._known: Mapping[str, Crew] = {}

    def now(self, uow: UnitOfWork) -> tuple[Sequence[Crew], Mapping[str, int]]:
        """All crews by their ids, and the open jobs of each that has any."""
        rows, known = uow.rows(_ALL, {}), self._known
        if changed := [row.id for row in rows if not _is_same(known.get(row.id), row)]:
            known = {**known, **{row.id: crew_of(row) for row in uow.rows(_SOME, {"ids": changed})}}
            self._known = known
        return [known[row.id] for row in rows], {row.id: row.jobs for row in rows if row.jobs}


def _is_same(crew: Crew | None, row: AnyRow) -> bool:
    """By its time, too: after a restore another change may have the same version."""
    return crew is not None and (crew.version, crew.update_time) == (row.version, row.update_time)
