"""Questionnaires in rows: one a version, its texts and questions as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, bindparam, func, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.uow import UnitOfWork
from surveys.domain.questionnaire import Condition, Kind, Measure, Option, Question, Questionnaire, State
from surveys.domain.text import Text
from surveys.store.tables import questionnaires

QUESTIONNAIRES = Listing(
    select(questionnaires),
    {
        "code": questionnaires.c.code,
        "version": questionnaires.c.number,
        "state": questionnaires.c.state,
        "create_time": questionnaires.c.create_time,
    },
    key=questionnaires.c.id,
    enums={"state": State},
)

_PUBLISHED = (
    select(questionnaires)
    .where(questionnaires.c.code == bindparam("code"), questionnaires.c.state == State.PUBLISHED.value)
    .order_by(questionnaires.c.number.desc())
    .limit(1)
)


def get_questionnaire(uow: UnitOfWork, questionnaire_id: str) -> Questionnaire:
    """One version; NotFound when there is none."""
    row = uow.get(questionnaires, questionnaire_id)
    if row is None:
        raise NotFound(f"questionnaires/{questionnaire_id}")
    return questionnaire_of(row)


def published(uow: UnitOfWork, code: str) -> Questionnaire | None:
    """The newest published version of a code."""
    row = uow.row(_PUBLISHED, {"code": code})
    return questionnaire_of(row) if row else None


def last_number(uow: UnitOfWork, code: str) -> int:
    """The highest version number of a code; 0 when there is none."""
    row = uow.row(select(func.max(questionnaires.c.number)).where(questionnaires.c.code == code))
    return (row[0] or 0) if row else 0


def add_questionnaire(uow: UnitOfWork, questionnaire: Questionnaire) -> None:
    """Stores a new version."""
    uow.insert(questionnaires, {"id": questionnaire.id, **_values(questionnaire), "version": questionnaire.revision})


def save_questionnaire(uow: UnitOfWork, questionnaire: Questionnaire) -> None:
    """Stores a changed version; Aborted at commit when somebody else changed it meanwhile."""
    uow.update(questionnaires, {"id": questionnaire.id}, _values(questionnaire), version=questionnaire.revision - 1)


def questionnaire_of(row: Row[Any]) -> Questionnaire:
    """The version that a row holds."""
    return Questionnaire(
        code=row.code,
        version=row.number,
        title=Text(**row.title),
        questions=tuple(_question(each) for each in row.questions),
        state=State(row.state),
        create_time=row.create_time,
        update_time=row.update_time,
        publish_time=row.publish_time,
        revision=row.version,
    )


def _values(questionnaire: Questionnaire) -> dict[str, Any]:
    return {
        "code": questionnaire.code,
        "number": questionnaire.version,
        "state": questionnaire.state.value,
        "title": asdict(questionnaire.title),
        "questions": [asdict(question) for question in questionnaire.questions],
        "create_time": questionnaire.create_time,
        "update_time": questionnaire.update_time,
        "publish_time": questionnaire.publish_time,
    }


def _question(stored: Mapping[str, Any]) -> Question:
    """Keys that a stored question lacks have their defaults, so that shipped data says only what matters."""
    return Question(
        id=stored["id"],
        kind=Kind(stored["kind"]),
        text=Text(**stored["text"]),
        measure=Measure(stored.get("measure", Measure.NONE)),
        required=stored.get("required", False),
        minimum=stored.get("minimum", 0),
        maximum=stored.get("maximum", 0),
        options=tuple(
            Option(option["id"], Text(**option["label"]), option.get("satisfaction", -1))
            for option in stored.get("options", ())
        ),
        max_length=stored.get("max_length", 0),
        show_when=tuple(
            Condition(condition["question"], tuple(condition["any_of"])) for condition in stored.get("show_when", ())
        ),
    )
