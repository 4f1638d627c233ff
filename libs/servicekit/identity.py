"""Who is calling."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or system; `subject` is for example `staff/1007` or `system/workorders` (P4)."""

    subject: str
    roles: frozenset[str] = frozenset()
    """Names of roles in access.yaml; of a service account, its own name alone."""
    scopes: Mapping[str, frozenset[str]] = field(default_factory=dict, hash=False)
    """Ids of what is the caller's own, by kind: {"cell": {"c3"}, "crew": {"crew-1"}}."""


ANONYMOUS = Identity("anonymous")
