"""Templates by RPC: drafts, publishing, versions (N2)."""

from datetime import timedelta

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1 import templates_pb2 as tpb
from notifications.bootstrap import service
from notifications.domain.occasions import SUPPLIED
from tests.notifications.calls import notifications, refused, templates

V = tpb.TemplateValue
KIND_TEXT = tpb.TemplateVariable.KIND_TEXT


@pytest.fixture
def svc(start):
    return start(service)


def text(language: str, body: str) -> tpb.TemplateText:
    return tpb.TemplateText(language_code=language, subject="Note", body=body)


NOTE = tpb.Template(
    code="note",
    variables=[tpb.TemplateVariable(variable="word", kind=tpb.TemplateVariable.KIND_TEXT)],
    texts=[text("zh-CN", "词：{{ word }}"), text("en", "Word: {{ word }}")],
)


SEND = pb.SendNotificationRequest(
    template_code="note",
    address=pb.DirectAddress(channel="sms", address="+8613800000001"),
    values={"word": V(text="x")},
)


def create(svc, template=NOTE) -> tpb.Template:
    return templates(svc).CreateTemplate(tpb.CreateTemplateRequest(template=template))


def test_template_from_draft_to_its_next_version(svc):
    stub = templates(svc)
    draft = create(svc)
    assert (draft.name, draft.state) == ("templates/note-v1", tpb.Template.STATE_DRAFT)
    values = {"word": V(text="x")}
    preview = stub.PreviewTemplate(tpb.PreviewTemplateRequest(name=draft.name, language_code="zh-CN", values=values))
    assert (preview.subject, preview.body) == ("Note", "词：x")
    assert refused(notifications(svc).SendNotification, SEND)[0] is (grpc.StatusCode.NOT_FOUND)
    stub.PublishTemplate(tpb.PublishTemplateRequest(name=draft.name, etag=draft.etag))
    first = notifications(svc).SendNotification(SEND)
    second = create(svc)
    assert second.version == 2
    stub.PublishTemplate(tpb.PublishTemplateRequest(name=second.name))
    assert first.template == "templates/note-v1"
    assert notifications(svc).SendNotification(SEND).template == second.name


def test_a_template_says_how_long_its_messages_are_worth_sending(start):
    svc = start(service, sandbox_behaviour={"sms:": "temporary"})
    stub = templates(svc)
    draft = create(svc)
    assert not draft.HasField("life")
    changed = tpb.Template(name=draft.name)
    changed.life.FromSeconds(3600)
    mask = FieldMask(paths=["life"])
    short = stub.UpdateTemplate(tpb.UpdateTemplateRequest(template=changed, update_mask=mask))
    assert (short.life.ToSeconds(), len(short.texts)) == (3600, 2)
    stub.PublishTemplate(tpb.PublishTemplateRequest(name=draft.name))
    sent = notifications(svc).SendNotification(SEND)
    start.advance(timedelta(minutes=59))
    asked = pb.GetNotificationRequest(name=sent.name)
    assert notifications(svc).GetNotification(asked).state == pb.Notification.STATE_PENDING
    start.advance(timedelta(minutes=1))
    over = notifications(svc).GetNotification(asked)
    assert (over.state, over.reason) == (pb.Notification.STATE_FAILED, "EXPIRED")
    changed.life.FromSeconds(1)
    assert refused(stub.UpdateTemplate, tpb.UpdateTemplateRequest(template=changed))[2] == ["template.life"]


def test_publish_names_everything_that_is_wrong(svc):
    broken = tpb.Template(code="note", variables=NOTE.variables, texts=[text("zh-CN", "{{ wrod }} {% if %}")])
    draft = create(svc, broken)
    code, reason, fields = refused(templates(svc).PublishTemplate, tpb.PublishTemplateRequest(name=draft.name))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "TEMPLATE_NOT_PUBLISHABLE")
    assert {"texts[en].body", "texts[en].subject", "texts[zh-CN].body"} <= set(fields)


def test_published_version_is_immutable(svc):
    published = templates(svc).GetTemplate(tpb.GetTemplateRequest(name="templates/ticket-received-v1"))
    code, reason, _ = refused(templates(svc).UpdateTemplate, tpb.UpdateTemplateRequest(template=published))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "TEMPLATE_PUBLISHED")


def test_draft_is_edited_under_its_etag_and_mask(svc):
    draft = create(svc)
    changed = tpb.Template(name=draft.name, etag=draft.etag, texts=[text("en", "Only {{ word }}")])
    update = tpb.UpdateTemplateRequest(template=changed, update_mask=FieldMask(paths=["texts"]))
    after = templates(svc).UpdateTemplate(update)
    assert (len(after.texts), len(after.variables)) == (1, 1)
    assert refused(templates(svc).UpdateTemplate, update)[0] is grpc.StatusCode.ABORTED
    wrong = tpb.UpdateTemplateRequest(template=changed, update_mask=FieldMask(paths=["state"]))
    assert refused(templates(svc).UpdateTemplate, wrong)[2] == ["update_mask"]


def test_one_draft_of_a_code_at_a_time(svc):
    create(svc)
    code, reason, _ = refused(templates(svc).CreateTemplate, tpb.CreateTemplateRequest(template=NOTE))
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "DRAFT_OPEN")


BAD_TEMPLATES = [
    (tpb.Template(code="No Spaces"), "template.code"),
    (tpb.Template(code="a", texts=[text("fr", "x")]), "template.texts[0].language_code"),
    (tpb.Template(code="a", texts=[text("en", "x"), text("en", "y")]), "template.texts[1].language_code"),
    (tpb.Template(code="a", texts=[text("en", "x" * 4001)]), "template.texts[0].body"),
    (
        tpb.Template(code="a", variables=[tpb.TemplateVariable(variable="1x", kind=KIND_TEXT)]),
        "template.variables[0].variable",
    ),
    (tpb.Template(code="a", variables=[tpb.TemplateVariable(variable="x")]), "template.variables[0].kind"),
]


def test_bad_templates_are_refused_with_their_field(svc):
    for template, field in BAD_TEMPLATES:
        code, _, fields = refused(templates(svc).CreateTemplate, tpb.CreateTemplateRequest(template=template))
        assert (code, fields) == (grpc.StatusCode.INVALID_ARGUMENT, [field])


def test_preview_wants_the_declared_values(svc):
    draft = create(svc)
    request = tpb.PreviewTemplateRequest(name=draft.name, language_code="en", values={"wrod": V(text="x")})
    code, reason, fields = refused(templates(svc).PreviewTemplate, request)
    assert (code, reason, fields) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "TEMPLATE_VALUES",
        ["values.word", "values.wrod"],
    )


def test_lists_the_templates_it_starts_with(svc):
    found = templates(svc).ListTemplates(tpb.ListTemplatesRequest(filter="state = PUBLISHED", order_by="code"))
    assert [t.code for t in found.templates][:3] == ["arrival-late", "complaint-decided", "complaint-extended"]
    assert {t.code for t in found.templates} == set(SUPPLIED)
