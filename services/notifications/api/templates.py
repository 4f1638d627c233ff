"""TemplateService."""

import re

import grpc

from hearthline.notifications.v1 import templates_pb2 as pb
from hearthline.notifications.v1.templates_pb2_grpc import TemplateServiceServicer
from notifications.api.mapping import life_from, template_to_proto, texts_from, variables_from
from notifications.api.values import values_from
from notifications.domain.channel import Language
from notifications.domain.occasions import SUPPLIED
from notifications.handlers import templates as handlers
from notifications.settings import Settings
from notifications.store.templates import TEMPLATES, get_template, template_of
from notifications.templating.check import faults
from notifications.templating.renderer import Renderer
from servicekit.calls import Rpc
from servicekit.errors import InvalidArgument
from servicekit.names import resource_id
from servicekit.update_masks import mask_of

_CODE = re.compile(r"[a-z][a-z0-9-]{0,59}")
_PARTS = ("variables", "texts", "life")


class TemplateApi(TemplateServiceServicer):
    """See templates.proto."""

    def __init__(self, rpc: Rpc, settings: Settings) -> None:
        self._rpc = rpc
        self._renderer = Renderer(settings.time_zone)

    def CreateTemplate(self, request: pb.CreateTemplateRequest, context: grpc.ServicerContext) -> pb.Template:
        given = request.template
        if not _CODE.fullmatch(given.code):
            raise InvalidArgument("template.code", "must be lower-case letters, digits and '-', a letter first")
        texts, life = texts_from(given.texts), life_from(given)
        command = handlers.CreateTemplate(given.code, variables_from(given.variables), texts, life)
        return self._rpc.command(request, handlers.create_template, command, render=template_to_proto)

    def GetTemplate(self, request: pb.GetTemplateRequest, context: grpc.ServicerContext) -> pb.Template:
        with self._rpc.reading() as uow:
            return template_to_proto(get_template(uow, resource_id(request.name, "templates")))

    def ListTemplates(
        self, request: pb.ListTemplatesRequest, context: grpc.ServicerContext
    ) -> pb.ListTemplatesResponse:
        with self._rpc.reading() as uow:
            page = TEMPLATES.page(uow, request)
        templates = [template_to_proto(template_of(row)) for row in page.rows]
        return pb.ListTemplatesResponse(templates=templates, next_page_token=page.next_page_token)

    def UpdateTemplate(self, request: pb.UpdateTemplateRequest, context: grpc.ServicerContext) -> pb.Template:
        return self._rpc.command(request, handlers.update_template, _update_from(request), render=template_to_proto)

    def PublishTemplate(self, request: pb.PublishTemplateRequest, context: grpc.ServicerContext) -> pb.Template:
        command = handlers.PublishTemplate(resource_id(request.name, "templates"), request.etag)
        return self._rpc.command(request, handlers.publish_template, command, render=template_to_proto)

    def PreviewTemplate(self, request: pb.PreviewTemplateRequest, context: grpc.ServicerContext) -> pb.TemplatePreview:
        with self._rpc.reading() as uow:
            template = get_template(uow, resource_id(request.name, "templates"))
        if wrong := faults(template, SUPPLIED.get(template.code)):
            raise InvalidArgument.of(wrong, reason="TEMPLATE_NOT_PUBLISHABLE")
        values, language = values_from(request.values), Language(request.language_code)
        template.check_values(values)
        message = self._renderer.render(template, language, values, request.recipient_display_name)
        return pb.TemplatePreview(subject=message.subject, body=message.body)


def _update_from(request: pb.UpdateTemplateRequest) -> handlers.UpdateTemplate:
    given, parts = request.template, mask_of(request, _PARTS)
    return handlers.UpdateTemplate(
        resource_id(given.name, "templates", field="template.name"),
        variables_from(given.variables) if "variables" in parts else None,
        texts_from(given.texts) if "texts" in parts else None,
        given.etag,
        life_from(given),
        "life" in parts,
    )
