"""Templates in rows: one a version, its variables and texts as JSON."""

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import func, select

from notifications.domain.channel import Language
from notifications.domain.template import Template, TemplateState, Text, Variable
from notifications.domain.values import Kind
from notifications.store.tables import templates
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow, ids_in
from servicekit.uow import UnitOfWork

TEMPLATES = Listing(
    select(templates),
    {
        "code": templates.c.code,
        "version": templates.c.number,
        "state": templates.c.state,
        "create_time": templates.c.create_time,
    },
    key=templates.c.id,
    enums={"state": TemplateState},
)

_SEVERAL = select(templates).where(ids_in(templates.c.id))


def get_template(uow: UnitOfWork, template_id: str) -> Template:
    """One version; NotFound when there is none."""
    row = uow.get(templates, template_id)
    if row is None:
        raise NotFound(f"templates/{template_id}")
    return template_of(row)


def load_templates(uow: UnitOfWork, template_ids: Collection[str]) -> Mapping[str, Template]:
    """Several versions by id."""
    rows = uow.rows(_SEVERAL, {"ids": list(template_ids)})
    return {row.id: template_of(row) for row in rows}


def newest_published(uow: UnitOfWork, code: str) -> Template:
    """The version of a code that new messages use; NotFound when none is published."""
    query = select(templates).where(templates.c.code == code, templates.c.state == TemplateState.PUBLISHED.value)
    row = uow.row(query.order_by(templates.c.number.desc()).limit(1))
    if row is None:
        raise NotFound(f"templates/{code}")
    return template_of(row)


def last_number(uow: UnitOfWork, code: str) -> int:
    """The highest version number of a code; 0 when there is none."""
    row = uow.row(select(func.max(templates.c.number)).where(templates.c.code == code))
    return (row[0] or 0) if row else 0


def add_template(uow: UnitOfWork, template: Template) -> None:
    """Stores a new version; AlreadyExists at commit when somebody else made the same one meanwhile."""
    uow.insert(templates, {"id": template.id, **values(template), "version": template.version})


def save_template(uow: UnitOfWork, template: Template) -> None:
    """Stores a changed version; Aborted at commit when somebody else changed it meanwhile."""
    uow.update(templates, {"id": template.id}, values(template), version=template.version - 1)


def values(template: Template) -> dict[str, Any]:
    """The columns of a version, without its id and edit count."""
    return {
        "code": template.code,
        "number": template.number,
        "state": template.state.value,
        "variables": [{"name": v.name, "kind": v.kind.value} for v in template.variables],
        "texts": {lang.value: {"subject": t.subject, "body": t.body} for lang, t in template.texts.items()},
        "life": template.life,
        "create_time": template.create_time,
        "update_time": template.update_time,
        "publish_time": template.publish_time,
    }


def template_of(row: AnyRow) -> Template:
    """The version that a row holds."""
    return Template(
        code=row.code,
        number=row.number,
        variables=tuple(Variable(v["name"], Kind(v["kind"])) for v in row.variables),
        texts={Language(code): Text(**text) for code, text in row.texts.items()},
        state=TemplateState(row.state),
        create_time=row.create_time,
        update_time=row.update_time,
        publish_time=row.publish_time,
        version=row.version,
        life=row.life,
    )
