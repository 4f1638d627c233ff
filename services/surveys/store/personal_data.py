"""All rows that concern one customer, to be handed over or erased (C9)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, func, select, update

from servicekit.personal_data import ERASED
from servicekit.reads import AnyRow, among, ids_in
from servicekit.uow import UnitOfWork
from surveys.domain.survey import CallbackState, State
from surveys.store.surveys import SURVEYS
from surveys.store.tables import attempts, responses, surveys

_IDS = select(surveys.c.id).where(surveys.c.customer_id == bindparam("customer"))
_ANSWERS = select(responses.c.survey_id, responses.c.answers, responses.c.comment).where(ids_in(responses.c.survey_id))


def surveys_of(uow: UnitOfWork, customer_id: str) -> Sequence[Row[Any]]:
    """With their answers, oldest first."""
    theirs = SURVEYS.query.where(surveys.c.customer_id == customer_id)
    return uow.rows(theirs.order_by(surveys.c.id))


def erase(uow: UnitOfWork, customer_id: str) -> None:
    """Points and choices stay, for the index; words go, and nobody asks or calls any more."""
    forget_words(uow, [row.id for row in uow.rows(_IDS, {"customer": customer_id})])
    invited = (surveys.c.customer_id == customer_id, surveys.c.state == State.INVITED.value)
    ended = {
        "state": State.EXPIRED.value,
        "callback": CallbackState.DONE.value,
        "end_time": func.coalesce(surveys.c.end_time, uow.now),
        "version": surveys.c.version + 1,
    }
    uow.execute(update(surveys).where(*invited).values(ended))


def forget_words(uow: UnitOfWork, ids: Sequence[str]) -> None:
    """Of these surveys."""
    for row in uow.rows(_ANSWERS, {"ids": list(ids)}):
        _blank(uow, row)
    noted = update(attempts).where(among(attempts.c.survey_id, ids), attempts.c.note != "")
    uow.execute(noted.values(note=ERASED))


def _blank(uow: UnitOfWork, row: AnyRow) -> None:
    answers = [answer | {"text": ERASED if answer["text"] else ""} for answer in row.answers]
    values = {"answers": answers, "comment": ERASED if row.comment else ""}
    uow.execute(update(responses).where(responses.c.survey_id == row.survey_id).values(values))
