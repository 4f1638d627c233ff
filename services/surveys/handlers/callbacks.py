"""Agents call those who did not answer by link (V3)."""

from dataclasses import dataclass
from datetime import timedelta

from hearthline.surveys.v1.events_pb2 import SurveyRefused
from servicekit.errors import Unauthenticated
from servicekit.etags import check_etag
from servicekit.identity import ANONYMOUS
from servicekit.timers import Timer
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork
from surveys.domain.survey import AttemptOutcome, State, Survey
from surveys.handlers.invitations import EXPIRY
from surveys.store.surveys import Attempt, add_attempt, attempts_of, get_survey, save_survey


@dataclass(frozen=True, slots=True)
class ClaimCallback:
    """The caller takes a call-back for `hold`."""

    survey_id: str
    etag: str
    hold: timedelta


@dataclass(frozen=True, slots=True)
class RecordAttempt:
    """A call that brought no answer."""

    survey_id: str
    etag: str
    outcome: AttemptOutcome
    note: str


Called = tuple[Survey, list[Attempt]]
"""A survey with all calls for it."""


def open_callback(uow: UnitOfWork, timer: Timer) -> None:
    """No answer came by link so far: agents may call."""
    survey = get_survey(uow, timer.subject)
    opened = survey.open_callback()
    if opened is not survey:
        save_survey(uow, opened)
    uow.commit(None)


def claim_callback(uow: UnitOfWork, command: ClaimCallback) -> Called:
    agent = named_agent(uow)
    survey = get_survey(uow, command.survey_id)
    check_etag(f"callbacks/{survey.id}", command.etag, survey.version)
    claimed = survey.claim(agent, command.hold, uow.now)
    save_survey(uow, claimed)
    uow.audit(f"callbacks/{survey.id}")
    return uow.commit((claimed, attempts_of(uow, survey.id)))


def record_attempt(uow: UnitOfWork, command: RecordAttempt) -> Called:
    agent = named_agent(uow)
    survey = get_survey(uow, command.survey_id)
    check_etag(f"callbacks/{survey.id}", command.etag, survey.version)
    earlier = attempts_of(uow, survey.id)
    tried = survey.attempt(agent, command.outcome, uow.now)
    attempt = Attempt(tried.attempts, command.outcome, agent, command.note, uow.now)
    save_survey(uow, tried)
    add_attempt(uow, tried, attempt)
    if tried.state is State.REFUSED:
        uow.cancel(EXPIRY, survey.id)
        uow.emit(_refused(tried), tried.name, tried.version)
    uow.audit(f"callbacks/{survey.id}")
    return uow.commit((tried, [*earlier, attempt]))


def named_agent(uow: UnitOfWork) -> str:
    """Who is calling; Unauthenticated for nobody in particular, because calls are counted per agent."""
    if uow.actor == ANONYMOUS.subject:
        raise Unauthenticated("call-backs are made by a named agent", reason="AGENT_UNKNOWN")
    return uow.actor


def _refused(survey: Survey) -> SurveyRefused:
    return SurveyRefused(
        survey=survey.name,
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        attempts=survey.attempts,
        refuse_time=to_timestamp(survey.end_time),
    )
