"""Templates: drafts are edited, published versions never change (N2)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from notifications.domain.channel import Language
from notifications.domain.values import Kind, Value, kind_of
from servicekit.errors import FailedPrecondition, InvalidArgument

Violation = tuple[str, str]

RECIPIENT_NAME = "recipient_name"
"""The variable that every template may use without declaring it: how to address the reader."""


class TemplateState(StrEnum):
    """A published version never changes; the newest one is used for new messages."""

    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"


@dataclass(frozen=True, slots=True)
class Variable:
    """Something that whoever sends the message must give."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Text:
    """Sources of one language; plain text."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Template:
    """One version of a template; versions of the same `code` follow each other."""

    code: str
    number: int
    variables: tuple[Variable, ...]
    texts: Mapping[Language, Text]
    state: TemplateState
    create_time: datetime
    update_time: datetime
    publish_time: datetime | None = None
    version: int = 1
    life: timedelta | None = None
    """How long a message by it is worth sending; None for what is set for all."""

    @property
    def id(self) -> str:
        return f"{self.code}-v{self.number}"

    @property
    def name(self) -> str:
        return f"templates/{self.id}"

    def edit(
        self,
        variables: tuple[Variable, ...],
        texts: Mapping[Language, Text],
        now: datetime,
        life: timedelta | None = None,
    ) -> "Template":
        """A draft with other words; FailedPrecondition once published."""
        self._require_draft()
        return replace(self, variables=variables, texts=texts, life=life, update_time=now, version=self.version + 1)

    def publish(self, violations: list[Violation], now: datetime) -> "Template":
        """Fixes this version for good; refused with every violation found."""
        self._require_draft()
        if violations:
            raise InvalidArgument.of(violations, reason="TEMPLATE_NOT_PUBLISHABLE")
        state = TemplateState.PUBLISHED
        return replace(self, state=state, publish_time=now, update_time=now, version=self.version + 1)

    def check_values(self, values: Mapping[str, Value], field: str = "values") -> None:
        """InvalidArgument for every value that is missing, not declared, or of another kind."""
        declared = {variable.name: variable.kind for variable in self.variables}
        wrong = [(f"{field}.{name}", f"is missing: a {kind}") for name, kind in declared.items() if name not in values]
        for name, value in values.items():
            if name not in declared:
                wrong.append((f"{field}.{name}", f"is no variable of {self.name}"))
            elif kind_of(value) is not declared[name]:
                wrong.append((f"{field}.{name}", f"must be a {declared[name]}, not a {kind_of(value)}"))
        if wrong:
            raise InvalidArgument.of(wrong, reason="TEMPLATE_VALUES")

    def _require_draft(self) -> None:
        if self.state is not TemplateState.DRAFT:
            rule = "a published version never changes: create the next version"
            raise FailedPrecondition("TEMPLATE_PUBLISHED", self.name, rule)


def declaration_faults(template: Template, supplied: Mapping[str, Kind] | None) -> list[Violation]:
    """What is wrong with the languages and declarations of a draft, as (field, rule).

    `supplied` is what the event behind this code gives; None when the template is only sent by request.
    """
    found = []
    for language in Language:
        text = template.texts.get(language, Text("", ""))
        sources = {"subject": text.subject, "body": text.body}
        blank = [part for part, source in sources.items() if not source.strip()]
        found += [(f"texts[{language}].{part}", f"is missing in language {language}") for part in blank]
    names = [variable.name for variable in template.variables]
    for place, variable in enumerate(template.variables):
        field = f"variables[{place}]"
        if variable.name == RECIPIENT_NAME or variable.name in names[:place]:
            found.append((f"{field}.name", f"{variable.name!r} is declared already"))
        if supplied is not None and supplied.get(variable.name) is not variable.kind:
            given = ", ".join(f"{name} ({kind})" for name, kind in sorted(supplied.items()))
            found.append((field, f"the event behind {template.code!r} gives only {given}"))
    return found
