"""Making, editing and publishing templates (N2)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from notifications.domain.channel import Language
from notifications.domain.occasions import SUPPLIED
from notifications.domain.template import Template, TemplateState, Text, Variable
from notifications.store import templates as store
from notifications.templating.check import faults
from servicekit.errors import FailedPrecondition
from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateTemplate:
    code: str
    variables: tuple[Variable, ...]
    texts: Mapping[Language, Text]
    life: timedelta | None = None


@dataclass(frozen=True, slots=True)
class UpdateTemplate:
    """None leaves a part as it is."""

    template_id: str
    variables: tuple[Variable, ...] | None
    texts: Mapping[Language, Text] | None
    etag: str
    life: timedelta | None = None
    sets_life: bool = False


@dataclass(frozen=True, slots=True)
class PublishTemplate:
    template_id: str
    etag: str


def create_template(uow: UnitOfWork, command: CreateTemplate) -> Template:
    """The next version of the code, as a draft; FailedPrecondition while another draft of it is open."""
    number = store.last_number(uow, command.code)
    if number:
        last = store.get_template(uow, f"{command.code}-v{number}")
        if last.state is TemplateState.DRAFT:
            raise FailedPrecondition("DRAFT_OPEN", last.name, "is a draft still: edit or publish it first")
    template = Template(
        command.code, number + 1, command.variables, command.texts, TemplateState.DRAFT, uow.now, uow.now,
        life=command.life,
    )  # fmt: skip
    store.add_template(uow, template)
    uow.audit(template.name)
    return uow.commit(template)


def update_template(uow: UnitOfWork, command: UpdateTemplate) -> Template:
    """Other words for a draft; FailedPrecondition once published, Aborted for a stale etag."""
    before = store.get_template(uow, command.template_id)
    check_etag(before.name, command.etag, before.version)
    variables = before.variables if command.variables is None else command.variables
    texts = before.texts if command.texts is None else command.texts
    life = command.life if command.sets_life else before.life
    return _save(uow, before.edit(variables, texts, uow.now, life))


def publish_template(uow: UnitOfWork, command: PublishTemplate) -> Template:
    """Fixes a draft; InvalidArgument with everything that is wrong with it."""
    draft = store.get_template(uow, command.template_id)
    check_etag(draft.name, command.etag, draft.version)
    return _save(uow, draft.publish(faults(draft, SUPPLIED.get(draft.code)), uow.now))


def _save(uow: UnitOfWork, template: Template) -> Template:
    store.save_template(uow, template)
    uow.audit(template.name)
    return uow.commit(template)
