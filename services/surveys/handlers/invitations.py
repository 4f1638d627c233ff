"""The delay is over: invite, or leave the customer in peace; later, expire (V2, V3)."""

from dataclasses import dataclass

from hearthline.surveys.v1.events_pb2 import SurveyExpired, SurveyInvited
from servicekit.timers import Timer
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork
from surveys.domain.link import LinkKeys
from surveys.domain.questionnaire import Questionnaire
from surveys.domain.survey import Occasion, State, Survey
from surveys.domain.trigger import Outcome, TriggerRule, at_delay
from surveys.store.occasions import find_planned, has_open_complaint, lock_last_invite, set_last_invite, set_outcome
from surveys.store.questionnaires import published
from surveys.store.rules import get_rule
from surveys.store.surveys import add_survey, find_survey, get_survey, save_survey

CALLBACK, EXPIRY = "survey-callback", "survey-expiry"
"""Kinds of the timers of an invited survey; their subject is its id."""


@dataclass(frozen=True, slots=True)
class Invitations:
    """The use case with the keys that it signs links with."""

    links: LinkKeys

    def invite(self, uow: UnitOfWork, timer: Timer) -> None:
        """Ends the delay of one occasion."""
        occasion = find_planned(uow, timer.subject)
        if occasion is None:
            return uow.commit(None)
        rule = get_rule(uow, occasion.business_type)
        questionnaire = published(uow, rule.questionnaire)
        outcome = self._decide(uow, timer.subject, occasion, rule, questionnaire)
        set_outcome(uow, timer.subject, outcome)
        if outcome is Outcome.INVITED and questionnaire is not None:
            self._invite(uow, timer.subject, occasion, rule, questionnaire)
        return uow.commit(None)

    def _decide(
        self,
        uow: UnitOfWork,
        identifier: str,
        occasion: Occasion,
        rule: TriggerRule,
        questionnaire: Questionnaire | None,
    ) -> Outcome:
        if questionnaire is None:
            return Outcome.NO_QUESTIONNAIRE
        last_invite = lock_last_invite(uow, occasion.customer)
        if find_survey(uow, identifier) is not None:
            return Outcome.ALREADY_ASKED
        return at_delay(rule, last_invite, has_open_complaint(uow, occasion.customer), uow.now)

    def _invite(
        self, uow: UnitOfWork, identifier: str, occasion: Occasion, rule: TriggerRule, questionnaire: Questionnaire
    ) -> None:
        survey = Survey(
            id=identifier,
            occasion=occasion,
            questionnaire=questionnaire.name,
            state=State.INVITED,
            invite_time=uow.now,
            # To the second, as the link says it.
            expire_time=(uow.now + rule.valid_for).replace(microsecond=0),
            max_attempts=rule.max_attempts,
        )
        add_survey(uow, survey)
        set_last_invite(uow, occasion.customer, uow.now)
        uow.schedule(CALLBACK, survey.id, uow.now + rule.call_back_after)
        uow.schedule(EXPIRY, survey.id, survey.expire_time)
        uow.emit(_invited(survey, self.links.sign(survey.id, survey.expire_time)), survey.name, survey.version)


def _invited(survey: Survey, token: str) -> SurveyInvited:
    return SurveyInvited(
        survey=survey.name,
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        business_type=survey.occasion.business_type,
        link_token=token,
        invite_time=to_timestamp(survey.invite_time),
        expire_time=to_timestamp(survey.expire_time),
    )


def expire(uow: UnitOfWork, timer: Timer) -> None:
    """Nobody answered in time: said, and counted (V3)."""
    survey = get_survey(uow, timer.subject)
    expired = survey.expire(uow.now)
    if expired is not survey:
        save_survey(uow, expired)
        uow.cancel(CALLBACK, survey.id)
        uow.emit(_expired(expired), expired.name, expired.version)
    uow.commit(None)


def _expired(survey: Survey) -> SurveyExpired:
    return SurveyExpired(
        survey=survey.name,
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        attempts=survey.attempts,
        expire_time=to_timestamp(survey.end_time),
    )
