"""Taking the answer, once and for all, and saying what it asks for (V3, V5)."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork
from surveys.domain.answering import Answer, evaluate
from surveys.domain.link import LinkKeys
from surveys.domain.recovery import judge
from surveys.domain.survey import AttemptOutcome, Response, Survey, Via
from surveys.handlers.callbacks import named_agent
from surveys.handlers.invitations import CALLBACK, EXPIRY
from surveys.store.questionnaires import get_questionnaire
from surveys.store.rules import get_rule
from surveys.store.surveys import Attempt, add_attempt, add_response, get_survey, get_whole, save_survey


@dataclass(frozen=True, slots=True)
class AnswerByLink:
    """A customer's answer; the token says which survey."""

    token: str
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class AnswerByAgent:
    """An answer that an agent took on the telephone."""

    survey_id: str
    answers: tuple[Answer, ...]


def record_by_link(links: LinkKeys, uow: UnitOfWork, command: AnswerByLink) -> Row[Any]:
    survey = get_survey(uow, links.open(command.token, uow.now))
    return _record(uow, survey, survey.answer(Via.LINK, "", uow.now), Via.LINK, "", command.answers)


def record_by_agent(uow: UnitOfWork, command: AnswerByAgent) -> Row[Any]:
    agent = named_agent(uow)
    survey = get_survey(uow, command.survey_id)
    answered = survey.answer(Via.AGENT, agent, uow.now)
    add_attempt(uow, survey, Attempt(answered.attempts, AttemptOutcome.ANSWERED, agent, "", uow.now))
    return _record(uow, survey, answered, Via.AGENT, agent, command.answers)


def _record(
    uow: UnitOfWork, survey: Survey, answered: Survey, via: Via, agent: str, answers: tuple[Answer, ...]
) -> Row[Any]:
    evaluation = evaluate(get_questionnaire(uow, survey.questionnaire.partition("/")[2]), answers)
    recovery = judge(get_rule(uow, survey.occasion.business_type).recovery, evaluation)
    response = Response(via, agent, evaluation, recovery, uow.now)
    save_survey(uow, answered)
    add_response(uow, answered, answers, response)
    uow.cancel(CALLBACK, survey.id)
    uow.cancel(EXPIRY, survey.id)
    uow.emit(_recorded(answered, response), answered.name, answered.version)
    return uow.commit(get_whole(uow, survey.id))


def _recorded(survey: Survey, response: Response) -> SurveyResponseRecorded:
    return SurveyResponseRecorded(
        survey=survey.name,
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        business_type=survey.occasion.business_type,
        score=response.evaluation.score,
        low_score=response.recovery.low_score,
        complaint_wanted=response.recovery.complaint_wanted,
        comment=response.evaluation.comment,
        via=response.via,
        respond_time=to_timestamp(response.respond_time),
        premises=survey.occasion.premises,
        commodity=survey.occasion.commodity,
        cell=survey.occasion.cell,
        complaint_reason=response.recovery.because,
    )
