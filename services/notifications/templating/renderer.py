"""Fills templates in: jinja2, sandboxed, plain text, nothing undefined let through (N2)."""

from collections.abc import Mapping
from datetime import tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from notifications.domain.channel import Language
from notifications.domain.notification import Message
from notifications.domain.template import RECIPIENT_NAME, Template
from notifications.domain.values import Value
from notifications.templating.wording import Wording
from servicekit.errors import InvalidArgument

LONGEST = 20_000
"""Characters of a message: a variable may be long, and may stand in its template again and again."""

_ANYBODY = {Language.ZH: "客户", Language.EN: "customer"}


class Renderer:
    """Renders published templates and previews drafts; keeps what it compiled."""

    def __init__(self, time_zone: str) -> None:
        zone = ZoneInfo(time_zone)
        self._environments = {language: environment(language, zone) for language in Language}
        self._compiled = lru_cache(maxsize=1000)(self._compile)

    def render(
        self, template: Template, language: Language, values: Mapping[str, Value], recipient_name: str
    ) -> Message:
        """The message in a language; what the template does not declare is not shown to it.

        InvalidArgument on `values` for one that would be too long.
        """
        declared = {variable.name: values[variable.name] for variable in template.variables}
        declared[RECIPIENT_NAME] = recipient_name or _ANYBODY[language]
        text = template.texts[language]
        # A subject is one line: a line break in it would start another header of an e-mail.
        subject = " ".join(self._fill(language, text.subject, declared).split())
        return Message(subject, self._fill(language, text.body, declared).strip())

    def _fill(self, language: Language, source: str, values: Mapping[str, Value]) -> str:
        filled = ""
        for part in self._compiled(language, source).generate(values):
            filled += part
            if len(filled) > LONGEST:
                rule = f"make a message of more than {LONGEST} characters"
                raise InvalidArgument("values", rule, reason="MESSAGE_TOO_LONG")
        return filled

    def _compile(self, language: Language, source: str) -> jinja2.Template:
        return self._environments[language].from_string(source)


def environment(language: Language, zone: tzinfo) -> jinja2.Environment:
    """The environment of one language: values come out in its words, and only `date` and `time` are filters."""
    wording = Wording(language, zone)

    def finalize(value: Any) -> Any:
        return value if isinstance(value, str | jinja2.Undefined) else wording(value)

    made = ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined, finalize=finalize, autoescape=False, keep_trailing_newline=False
    )
    made.filters = {"date": wording.date, "time": wording.time}
    made.tests = {}
    made.globals = {}
    return made
