"""SurveyService."""

from datetime import timedelta
from functools import partial

import grpc

from hearthline.surveys.v1 import questionnaires_pb2
from hearthline.surveys.v1 import surveys_pb2 as pb
from hearthline.surveys.v1.surveys_pb2_grpc import SurveyServiceServicer
from servicekit.calls import Rpc
from servicekit.filters import fields_in
from servicekit.names import resource_id
from surveys.api.questions import questionnaire_to_proto
from surveys.api.views import answer_of, callback_to_proto, survey_to_proto
from surveys.domain.link import LinkKeys
from surveys.domain.survey import AttemptOutcome
from surveys.handlers.callbacks import ClaimCallback, RecordAttempt, claim_callback, record_attempt
from surveys.handlers.responses import AnswerByAgent, AnswerByLink, record_by_agent, record_by_link
from surveys.store.questionnaires import get_questionnaire
from surveys.store.surveys import CALLBACKS, SURVEYS, TO_CALL, get_survey, get_whole, survey_of

# Who may see a link's secret: what customers answer on. It answers in their name, so no person of ours has it (S13).
_LINK_READERS = frozenset({"system"})


class SurveyApi(SurveyServiceServicer):
    """Surveys and call-backs over gRPC (V3)."""

    def __init__(self, rpc: Rpc, links: LinkKeys, hold: timedelta) -> None:
        self._rpc = rpc
        self._links = links
        self._hold = hold

    def GetSurvey(self, request: pb.GetSurveyRequest, context: grpc.ServicerContext) -> pb.Survey:
        with self._rpc.reading() as uow:
            SURVEYS.check_reach(uow, request.name)
            return survey_to_proto(self._shown_links(), get_whole(uow, resource_id(request.name, "surveys")))

    def ListSurveys(self, request: pb.ListSurveysRequest, context: grpc.ServicerContext) -> pb.ListSurveysResponse:
        with self._rpc.reading() as uow:
            page = SURVEYS.page(uow, request)
            found = [survey_to_proto(self._shown_links(), row) for row in page.rows]
            return pb.ListSurveysResponse(surveys=found, next_page_token=page.next_page_token)

    def GetLinkedQuestionnaire(
        self, request: pb.GetLinkedQuestionnaireRequest, context: grpc.ServicerContext
    ) -> questionnaires_pb2.Questionnaire:
        with self._rpc.reading() as uow:
            survey = get_survey(uow, self._links.open(request.link_token, uow.now))
            survey.require_unfinished()
            return questionnaire_to_proto(get_questionnaire(uow, resource_id(survey.questionnaire, "questionnaires")))

    def RecordResponse(self, request: pb.RecordResponseRequest, context: grpc.ServicerContext) -> pb.Survey:
        answers = tuple(answer_of(each) for each in request.answers)
        render = partial(survey_to_proto, None)
        if request.HasField("link_token"):
            by_link = AnswerByLink(request.link_token, answers)
            return self._rpc.command(request, partial(record_by_link, self._links), by_link, render=render)
        by_agent = AnswerByAgent(resource_id(request.callback, "callbacks", field="callback"), answers)
        return self._rpc.command(request, record_by_agent, by_agent, render=render)

    def ListCallbacks(
        self, request: pb.ListCallbacksRequest, context: grpc.ServicerContext
    ) -> pb.ListCallbacksResponse:
        with self._rpc.reading() as uow:
            page = CALLBACKS.page(uow, request, *([] if "state" in fields_in(request.filter) else [TO_CALL]))
            found = [callback_to_proto((survey_of(row), [])) for row in page.rows]
            return pb.ListCallbacksResponse(callbacks=found, next_page_token=page.next_page_token)

    def ClaimCallback(self, request: pb.ClaimCallbackRequest, context: grpc.ServicerContext) -> pb.Callback:
        command = ClaimCallback(resource_id(request.name, "callbacks"), request.etag, self._hold)
        return self._rpc.command(request, claim_callback, command, render=callback_to_proto)

    def RecordAttempt(self, request: pb.RecordAttemptRequest, context: grpc.ServicerContext) -> pb.Callback:
        outcome = AttemptOutcome(pb.Attempt.Outcome.Name(request.outcome).removeprefix("OUTCOME_"))
        command = RecordAttempt(resource_id(request.name, "callbacks"), request.etag, outcome, request.note)
        return self._rpc.command(request, record_attempt, command, render=callback_to_proto)

    def _shown_links(self) -> LinkKeys | None:
        """The keys for callers who may see links, None for others."""
        return self._links if self._rpc.identity.roles & _LINK_READERS else None
