"""V1, V2 on the running service: questionnaires and trigger rules as data."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.surveys.v1 import questionnaires_pb2 as pb
from tests.support.running import Starter
from tests.surveys.drafts import draft, text
from tests.surveys.refusals import refused
from tests.surveys.running import Surveys


@pytest.fixture
def running(start: Starter) -> Surveys:
    return Surveys(start)


def create(running: Surveys, questionnaire: pb.Questionnaire) -> pb.Questionnaire:
    return running.questionnaires.CreateQuestionnaire(pb.CreateQuestionnaireRequest(questionnaire=questionnaire))


def publish(running: Surveys, name: str, etag: str = "") -> pb.Questionnaire:
    return running.questionnaires.PublishQuestionnaire(pb.PublishQuestionnaireRequest(name=name, etag=etag))


def test_versions_of_a_code_follow_each_other_and_are_kept(running: Surveys) -> None:
    first = publish(running, create(running, draft()).name)
    second = create(running, draft(title=text("新")))

    assert (first.name, first.state) == ("questionnaires/visit-v1", pb.Questionnaire.STATE_PUBLISHED)
    assert (second.name, second.version, second.state) == ("questionnaires/visit-v2", 2, pb.Questionnaire.STATE_DRAFT)
    read = running.questionnaires.GetQuestionnaire(pb.GetQuestionnaireRequest(name=first.name))
    assert read == first
    assert read.questions == draft().questions


def test_a_published_questionnaire_refuses_every_change(running: Surveys) -> None:
    published = publish(running, create(running, draft()).name)
    change = pb.UpdateQuestionnaireRequest(questionnaire=published)

    assert refused(lambda: running.questionnaires.UpdateQuestionnaire(change))[:2] == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "QUESTIONNAIRE_PUBLISHED",
    )
    assert refused(lambda: publish(running, published.name))[1] == "QUESTIONNAIRE_PUBLISHED"


def test_what_is_wrong_with_a_draft_is_told_field_by_field_when_it_is_published(running: Surveys) -> None:
    broken = draft(title=pb.LocalizedText(zh="只有中文"))
    broken.questions[0].measure = pb.Question.MEASURE_UNSPECIFIED
    broken.questions[1].show_when[0].question = "weather"

    code, reason, fields = refused(lambda: publish(running, create(running, broken).name))

    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "QUESTIONNAIRE_NOT_PUBLISHABLE")
    assert fields == ["title.en", "questions[1].show_when[0].question", "questions"]


def test_a_draft_is_changed_by_mask_and_a_stale_change_is_refused(running: Surveys) -> None:
    created = create(running, draft())
    change = pb.Questionnaire(name=created.name, title=text("新"), etag=created.etag)
    request = pb.UpdateQuestionnaireRequest(questionnaire=change, update_mask=FieldMask(paths=["title"]))

    updated = running.questionnaires.UpdateQuestionnaire(request)

    assert (updated.title.zh, len(updated.questions)) == ("新", 2)
    assert refused(lambda: running.questionnaires.UpdateQuestionnaire(request))[0] == grpc.StatusCode.ABORTED
    assert refused(lambda: publish(running, created.name, created.etag))[0] == grpc.StatusCode.ABORTED


def test_unknown_questionnaires_and_masks_are_named(running: Surveys) -> None:
    get = pb.GetQuestionnaireRequest(name="questionnaires/none-v1")
    mask = pb.UpdateQuestionnaireRequest(
        questionnaire=pb.Questionnaire(name="questionnaires/x"), update_mask=FieldMask(paths=["state"])
    )

    assert refused(lambda: running.questionnaires.GetQuestionnaire(get))[0] == grpc.StatusCode.NOT_FOUND
    assert refused(lambda: running.questionnaires.UpdateQuestionnaire(mask))[2] == ["update_mask"]


def test_a_new_installation_has_published_questionnaires_and_a_rule_for_every_business_type(running: Surveys) -> None:
    listed = running.questionnaires.ListQuestionnaires(pb.ListQuestionnairesRequest(filter='state = "PUBLISHED"'))
    rules = running.rules.ListTriggerRules(pb.ListTriggerRulesRequest()).trigger_rules

    assert {q.name for q in listed.questionnaires} == {"questionnaires/field-visit-v1", "questionnaires/counter-v1"}
    assert {rule.name.partition("/")[2] for rule in rules} == {
        "ignition",
        "modification",
        "repair",
        "emergency",
        "inspection",
        "meter_reading",
        "counter",
    }
    assert all(rule.enabled for rule in rules)


def test_the_shipped_questionnaires_keep_the_rules_of_publishing(running: Surveys) -> None:
    for code in ("field-visit", "counter"):
        get = pb.GetQuestionnaireRequest(name=f"questionnaires/{code}-v1")
        shipped = running.questionnaires.GetQuestionnaire(get)
        assert publish(running, create(running, shipped).name).version == 2


def test_a_rule_is_changed_by_mask_and_checked(running: Surveys) -> None:
    rule = pb.TriggerRule(name="triggerRules/repair", delay=Duration(seconds=7200), low_score_max=3)
    mask = FieldMask(paths=["delay", "low_score_max"])

    changed = running.rules.UpdateTriggerRule(pb.UpdateTriggerRuleRequest(trigger_rule=rule, update_mask=mask))

    assert (changed.delay.ToTimedelta(), changed.low_score_max) == (timedelta(hours=2), 3)
    assert (changed.sampling_rate, changed.questionnaire_code) == (0.5, "field-visit")
    read = running.rules.GetTriggerRule(pb.GetTriggerRuleRequest(name=rule.name))
    assert read == changed


def test_a_rule_points_to_a_published_questionnaire(running: Surveys) -> None:
    create(running, draft())
    rule = pb.TriggerRule(name="triggerRules/repair", questionnaire_code="visit")
    request = pb.UpdateTriggerRuleRequest(trigger_rule=rule, update_mask=FieldMask(paths=["questionnaire_code"]))

    assert refused(lambda: running.rules.UpdateTriggerRule(request))[1] == "QUESTIONNAIRE_NOT_PUBLISHED"
    unknown = pb.GetTriggerRuleRequest(name="triggerRules/gardening")
    assert refused(lambda: running.rules.GetTriggerRule(unknown))[0] == grpc.StatusCode.NOT_FOUND
