"""The latest facts about what messages are about (N4)."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import delete, select

from notifications.domain.truth import Happening
from notifications.store.tables import happenings
from servicekit.reads import among, ids_in
from servicekit.uow import UnitOfWork

_ABOUT = select(happenings).where(ids_in(happenings.c.subject))


def keep_happening(uow: UnitOfWork, happening: Happening) -> None:
    """Keeps what a fact tells; an older one than the one known changes nothing."""
    h = happening
    row = {"id": f"{h.subject} {h.kind}", "subject": h.subject, "kind": h.kind, "sequence": h.sequence, "time": h.time}
    uow.upsert(happenings, row, key=["id"], newer="sequence")


def happenings_about(uow: UnitOfWork, subjects: Collection[str]) -> Mapping[str, Sequence[Happening]]:
    """What is known of each of these."""
    found = defaultdict(list)
    for row in uow.rows(_ABOUT, {"ids": list(subjects)}) if subjects else ():
        found[row.subject].append(Happening(row.subject, row.kind, row.sequence, row.time))
    return found


def forget_happenings(uow: UnitOfWork, ids: Sequence[str]) -> None:
    """No message from before them is left."""
    uow.execute(delete(happenings).where(among(happenings.c.id, ids)))
