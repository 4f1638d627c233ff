"""QuestionnaireService."""

import re

import grpc

from hearthline.surveys.v1 import questionnaires_pb2 as pb
from hearthline.surveys.v1.questionnaires_pb2_grpc import QuestionnaireServiceServicer
from servicekit.calls import Rpc
from servicekit.errors import InvalidArgument
from servicekit.names import resource_id
from servicekit.update_masks import mask_of
from surveys.api.questions import question_of, questionnaire_to_proto
from surveys.api.texts import text_of
from surveys.handlers.questionnaires import (
    CreateQuestionnaire,
    PublishQuestionnaire,
    UpdateQuestionnaire,
    create_questionnaire,
    publish_questionnaire,
    update_questionnaire,
)
from surveys.store.questionnaires import QUESTIONNAIRES, get_questionnaire, questionnaire_of

_CODE = re.compile(r"[a-z][a-z0-9-]{0,39}\Z")
_EDITABLE = ("title", "questions")


class QuestionnaireApi(QuestionnaireServiceServicer):
    """Questionnaires over gRPC (V1)."""

    def __init__(self, rpc: Rpc) -> None:
        self._rpc = rpc

    def CreateQuestionnaire(
        self, request: pb.CreateQuestionnaireRequest, context: grpc.ServicerContext
    ) -> pb.Questionnaire:
        return self._rpc.command(request, create_questionnaire, _create(request), render=questionnaire_to_proto)

    def GetQuestionnaire(self, request: pb.GetQuestionnaireRequest, context: grpc.ServicerContext) -> pb.Questionnaire:
        with self._rpc.reading() as uow:
            return questionnaire_to_proto(get_questionnaire(uow, resource_id(request.name, "questionnaires")))

    def ListQuestionnaires(
        self, request: pb.ListQuestionnairesRequest, context: grpc.ServicerContext
    ) -> pb.ListQuestionnairesResponse:
        with self._rpc.reading() as uow:
            page = QUESTIONNAIRES.page(uow, request)
            found = [questionnaire_to_proto(questionnaire_of(row)) for row in page.rows]
            return pb.ListQuestionnairesResponse(questionnaires=found, next_page_token=page.next_page_token)

    def UpdateQuestionnaire(
        self, request: pb.UpdateQuestionnaireRequest, context: grpc.ServicerContext
    ) -> pb.Questionnaire:
        return self._rpc.command(request, update_questionnaire, _update(request), render=questionnaire_to_proto)

    def PublishQuestionnaire(
        self, request: pb.PublishQuestionnaireRequest, context: grpc.ServicerContext
    ) -> pb.Questionnaire:
        command = PublishQuestionnaire(resource_id(request.name, "questionnaires"), request.etag)
        return self._rpc.command(request, publish_questionnaire, command, render=questionnaire_to_proto)


def _create(request: pb.CreateQuestionnaireRequest) -> CreateQuestionnaire:
    given = request.questionnaire
    if not _CODE.match(given.code):
        raise InvalidArgument(
            "questionnaire.code", "must be 1 to 40 lower-case letters, digits or '-', a letter first", reason="BAD_CODE"
        )
    return CreateQuestionnaire(given.code, text_of(given.title), tuple(question_of(each) for each in given.questions))


def _update(request: pb.UpdateQuestionnaireRequest) -> UpdateQuestionnaire:
    given = request.questionnaire
    mask = mask_of(request, _EDITABLE)
    return UpdateQuestionnaire(
        id=resource_id(given.name, "questionnaires", field="questionnaire.name"),
        etag=given.etag,
        title=text_of(given.title) if "title" in mask else None,
        questions=tuple(question_of(each) for each in given.questions) if "questions" in mask else None,
    )
