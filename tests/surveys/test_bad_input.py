"""P1, V: what a caller may get wrong, and that it is told so by its field; one service for all of it."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.surveys.v1 import index_pb2 as index
from hearthline.surveys.v1 import questionnaires_pb2 as forms
from hearthline.surveys.v1 import surveys_pb2 as pb
from servicekit.times import to_timestamp
from tests.support.running import MORNING, Starter
from tests.surveys.drafts import draft, text
from tests.surveys.refusals import refused
from tests.surveys.running import Surveys, period, says


@pytest.fixture(scope="module")
def running(start_once: Starter) -> Surveys:
    return Surveys(start_once)


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.RecordResponseRequest(answers=[says("overall", 5)]), "by"),
        (pb.RecordResponseRequest(link_token="x"), "answers"),
        (pb.RecordResponseRequest(link_token="x" * 301, answers=[says("overall", 5)]), "link_token"),
        (pb.RecordResponseRequest(link_token="x", answers=[says("overall", 5)] * 101), "answers"),
        (pb.RecordResponseRequest(link_token="x", answers=[says("comment", text="长" * 4001)]), "answers[0].text"),
        (pb.RecordResponseRequest(link_token="x", answers=[says("overall", 5)], request_id="7"), "request_id"),
        (pb.RecordResponseRequest(callback="surveys/1", answers=[says("overall", 5)]), "callback"),
    ],
)
def test_a_malformed_answer_is_refused_with_its_field(
    running: Surveys, request_: pb.RecordResponseRequest, field: str
) -> None:
    code, _, fields = refused(lambda: running.surveys.RecordResponse(request_))

    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


@pytest.mark.parametrize("outcome", [0, 3, 99])
def test_an_answered_attempt_is_recorded_only_with_its_answers(running: Surveys, outcome: int) -> None:
    request = pb.RecordAttemptRequest(name="callbacks/x", outcome=outcome)  # type: ignore[arg-type]

    assert refused(lambda: running.surveys.RecordAttempt(request))[0] == grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (pb.GetSurveyRequest(name="surveys/unknown"), grpc.StatusCode.NOT_FOUND),
        (pb.GetSurveyRequest(name="workOrders/1"), grpc.StatusCode.INVALID_ARGUMENT),
        (pb.GetSurveyRequest(), grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
def test_a_survey_is_found_by_its_name_alone(running: Surveys, request_: pb.GetSurveyRequest, code: object) -> None:
    assert refused(lambda: running.surveys.GetSurvey(request_))[0] == code


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"filter": 'weather = "bad"'}, "filter"),
        ({"filter": 'invite_time > "yesterday"'}, "filter"),
        ({"order_by": "weather"}, "order_by"),
        ({"page_token": "?"}, "page_token"),
        ({"page_size": -1}, "page_size"),
    ],
)
def test_a_wrong_list_request_is_named(running: Surveys, change: dict[str, object], field: str) -> None:
    request = pb.ListSurveysRequest(**change)  # type: ignore[arg-type]

    code, _, fields = refused(lambda: running.surveys.ListSurveys(request))

    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert field in fields


@pytest.mark.parametrize(
    ("questionnaire", "field"),
    [
        (draft(code=""), "questionnaire.code"),
        (draft(code="Visit 1"), "questionnaire.code"),
        (draft(title=forms.LocalizedText(zh="长" * 1001)), "questionnaire.title.zh"),
        (draft(questions=[forms.Question(question_id="Q 1", text=text())]), "questionnaire.questions[0].question_id"),
        (draft(questions=[forms.Question(question_id="q", text=text())]), "questionnaire.questions[0].kind"),
        (
            draft(questions=[forms.Question(question_id="q", text=text(), scale=forms.Scale(maximum=101))]),
            "questionnaire.questions[0].scale.maximum",
        ),
    ],
)
def test_a_malformed_draft_is_refused_with_its_field(
    running: Surveys, questionnaire: forms.Questionnaire, field: str
) -> None:
    request = forms.CreateQuestionnaireRequest(questionnaire=questionnaire)

    code, _, fields = refused(lambda: running.questionnaires.CreateQuestionnaire(request))

    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert field in fields


@pytest.mark.parametrize(
    ("rule", "path", "field"),
    [
        (forms.TriggerRule(sampling_rate=1.5), "sampling_rate", "trigger_rule.sampling_rate"),
        (forms.TriggerRule(valid_for=Duration(seconds=0)), "valid_for", "trigger_rule.valid_for"),
        (forms.TriggerRule(delay=Duration(seconds=-1)), "delay", "trigger_rule.delay"),
        (forms.TriggerRule(max_attempts=0), "max_attempts", "trigger_rule.max_attempts"),
        (forms.TriggerRule(), "etag", "update_mask"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(
    running: Surveys, rule: forms.TriggerRule, path: str, field: str
) -> None:
    rule.name = "triggerRules/repair"
    request = forms.UpdateTriggerRuleRequest(trigger_rule=rule, update_mask=FieldMask(paths=[path]))

    assert field in refused(lambda: running.rules.UpdateTriggerRule(request))[2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"start_time": to_timestamp(MORNING), "end_time": to_timestamp(MORNING)}, "end_time"),
        ({"start_time": to_timestamp(MORNING)}, "end_time"),
        ({"start_time": to_timestamp(MORNING), "end_time": to_timestamp(MORNING + timedelta(days=36500))}, "end_time"),
        ({**period(), "cell": "north"}, "cell"),
        ({**period(), "factor_tree": "trees/1"}, "factor_tree"),
    ],
)
def test_a_wrong_period_or_name_is_refused(running: Surveys, change: dict[str, object], field: str) -> None:
    request = index.GetSatisfactionIndexRequest(**change)  # type: ignore[arg-type]

    code, _, fields = refused(lambda: running.index.GetSatisfactionIndex(request))

    assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])
