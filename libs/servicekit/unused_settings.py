"""Variables that look like settings and are none: who wrote them thinks that they are heard (P6)."""

import difflib
import re
from collections.abc import Collection, Mapping

from pydantic_settings import BaseSettings

_PREFIX = "HEARTHLINE_"
_OTHERS = frozenset(
    f"{_PREFIX}{name}" for name in ("CALLER_TLS", "CALLER_TOKEN_FILE", "CHILD", "COMMIT", "BUILD_DATE", "BANKS")
)
"""Variables of clients, of processes among themselves, of images, and of the topics' names."""
_NOT_OURS = re.compile(r"HEARTHLINE_(TEST_\w+|[A-Z]+_DATABASE_URL|(\w+_)?(SERVICE|PORT)(_\w+)?)")
"""Those of tests and of `hearthline audit`, and what Kubernetes tells pods of services around them."""
NOT_USED = "setting is not used by this service"


def names_of(settings: type[BaseSettings]) -> set[str]:
    """The variables that a settings class reads."""
    fields = settings.model_fields.items()
    return {str(field.validation_alias or f"{_PREFIX}{name.upper()}") for name, field in fields}


def unused(known: Collection[str], environment: Mapping[str, str]) -> dict[str, str]:
    """HEARTHLINE_* variables that nobody reads, each with the name of a setting that may be meant, or an empty text."""
    given = {name.upper() for name in environment if name.upper().startswith(_PREFIX)}
    read = {*known, *_OTHERS}
    return {name: _near(name, read) for name in sorted(given - read) if not _NOT_OURS.fullmatch(name)}


def _near(name: str, known: Collection[str]) -> str:
    """The rest of the name decides, for the prefix is the same for all."""
    rests = {each.removeprefix(_PREFIX): each for each in known}
    found = difflib.get_close_matches(name.removeprefix(_PREFIX), rests, n=1, cutoff=0.75)
    return rests[found[0]] if found else ""
