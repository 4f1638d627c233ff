"""Surveys, their answers and calls in rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select

from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.uow import UnitOfWork
from surveys.domain.answering import Answer
from surveys.domain.survey import AttemptOutcome, CallbackState, Response, State, Survey
from surveys.domain.trigger import BusinessType
from surveys.store.names import id_of
from surveys.store.occasions import occasion_of, occasion_values
from surveys.store.tables import attempts, feedback, responses, surveys

_answered_back = (
    select(func.min(feedback.c.time)).where(feedback.c.survey_id == surveys.c.id).correlate(surveys).scalar_subquery()
)
_whole = select(
    surveys,
    *(column for column in responses.c if column.name not in surveys.c),
    _answered_back.label("answered_back_time"),
).outerjoin(responses, responses.c.survey_id == surveys.c.id)
_resources = {
    "customer": "customers",
    "related_resource": "workOrders",
    "cell": "cells",
    "questionnaire": "questionnaires",
}

SURVEYS = Listing(
    _whole,
    {
        "state": surveys.c.state,
        "customer": surveys.c.customer_id,
        "related_resource": surveys.c.work_order_id,
        "business_type": surveys.c.business_type,
        "commodity": surveys.c.commodity,
        "cell": surveys.c.cell_id,
        "questionnaire": surveys.c.questionnaire_id,
        "invite_time": surveys.c.invite_time,
        "expire_time": surveys.c.expire_time,
        "end_time": surveys.c.end_time,
    },
    key=surveys.c.id,
    resource=_resources,
    enums={"state": State},
    choices={"business_type": tuple(BusinessType)},
    order_by="invite_time",
    owners={"customer": surveys.c.customer_id, "cell": surveys.c.cell_id},
)

CALLBACKS = Listing(
    select(surveys),
    {
        "state": surveys.c.callback,
        "customer": surveys.c.customer_id,
        "business_type": surveys.c.business_type,
        "claimed_by": surveys.c.claimed_by,
        "cell": surveys.c.cell_id,
        "expire_time": surveys.c.expire_time,
    },
    key=surveys.c.id,
    resource=_resources,
    enums={"state": CallbackState},
    choices={"business_type": tuple(BusinessType)},
    order_by="expire_time",
)
TO_CALL = surveys.c.callback.in_([CallbackState.OPEN, CallbackState.CLAIMED])


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call that was made."""

    number: int
    outcome: AttemptOutcome
    agent: str
    note: str
    time: datetime


def find_survey(uow: UnitOfWork, survey_id: str) -> Survey | None:
    """A survey, or None."""
    row = uow.get(surveys, survey_id)
    return survey_of(row) if row else None


def get_survey(uow: UnitOfWork, survey_id: str) -> Survey:
    """A survey; NotFound when there is none."""
    survey = find_survey(uow, survey_id)
    if survey is None:
        raise NotFound(f"surveys/{survey_id}")
    return survey


def get_whole(uow: UnitOfWork, survey_id: str) -> Row[Any]:
    """A survey with its answer and when it was answered back, in one row; NotFound when there is none."""
    row = uow.row(_whole.where(surveys.c.id == survey_id))
    if row is None:
        raise NotFound(f"surveys/{survey_id}")
    return row


def add_survey(uow: UnitOfWork, survey: Survey) -> None:
    """Stores a new survey."""
    uow.insert(surveys, {"id": survey.id, **_values(survey), "version": survey.version})


def save_survey(uow: UnitOfWork, survey: Survey) -> None:
    """Stores a survey one change later; Aborted at commit when somebody else changed it meanwhile."""
    uow.update(surveys, {"id": survey.id}, _values(survey), version=survey.version - 1)


def add_response(uow: UnitOfWork, survey: Survey, given: Sequence[Answer], response: Response) -> None:
    """Stores the answer; there can be only one."""
    occasion, measured = occasion_values(survey.occasion), response.evaluation
    row = {
        "survey_id": survey.id,
        "business_type": occasion["business_type"],
        "commodity": occasion["commodity"],
        "cell_id": occasion["cell_id"],
        "via": response.via.value,
        "agent": response.agent,
        "answers": [{"question": a.question, "values": list(a.values), "text": a.text} for a in given],
        "score": measured.score,
        "recommendation": measured.recommendation,
        "satisfaction": dict(measured.satisfaction),
        "comment": measured.comment,
        "low_score": response.recovery.low_score,
        "complaint_wanted": response.recovery.complaint_wanted,
        "respond_time": response.respond_time,
    }
    uow.insert(responses, row)


def add_attempt(uow: UnitOfWork, survey: Survey, attempt: Attempt) -> None:
    """Stores a call."""
    row = {
        "survey_id": survey.id,
        "number": attempt.number,
        "outcome": attempt.outcome.value,
        "agent": attempt.agent,
        "note": attempt.note,
        "attempt_time": attempt.time,
    }
    uow.insert(attempts, row)


def attempts_of(uow: UnitOfWork, survey_id: str) -> list[Attempt]:
    """All calls for a survey, oldest first."""
    rows = uow.rows(select(attempts).where(attempts.c.survey_id == survey_id).order_by(attempts.c.number))
    return [Attempt(row.number, AttemptOutcome(row.outcome), row.agent, row.note, row.attempt_time) for row in rows]


def survey_of(row: Row[Any]) -> Survey:
    """The survey that a row holds."""
    return Survey(
        id=row.id,
        occasion=occasion_of(row),
        questionnaire=f"questionnaires/{row.questionnaire_id}",
        state=State(row.state),
        invite_time=row.invite_time,
        expire_time=row.expire_time,
        max_attempts=row.max_attempts,
        callback=CallbackState(row.callback),
        claimed_by=row.claimed_by,
        claim_expire_time=row.claim_expire_time,
        attempts=row.attempts,
        end_time=row.end_time,
        version=row.version,
    )


def _values(survey: Survey) -> dict[str, Any]:
    return {
        **occasion_values(survey.occasion),
        "questionnaire_id": id_of(survey.questionnaire),
        "state": survey.state.value,
        "invite_time": survey.invite_time,
        "expire_time": survey.expire_time,
        "end_time": survey.end_time,
        "callback": survey.callback.value,
        "claimed_by": survey.claimed_by,
        "claim_expire_time": survey.claim_expire_time,
        "attempts": survey.attempts,
        "max_attempts": survey.max_attempts,
    }
