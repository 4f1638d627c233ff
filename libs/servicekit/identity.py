"""Who is calling."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """A person or system; `subject` is for example `staff/1007` or `system/workorders` (P4)."""

    subject: str
    roles: frozenset[str] = frozenset()


ANONYMOUS = Identity("anonymous")
