"""Which handling of complaints is worth a question (S13)."""

from dataclasses import dataclass
from datetime import datetime

from complaints.domain.gaming import Finding, Limits, Rule, findings
from complaints.store.timelines import timelines
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Question:
    """Findings of a period; of one unit and by one rule where these are named."""

    start: datetime
    end: datetime
    unit: str = ""
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks through entries whenever it is asked, and keeps nothing."""

    limits: Limits

    def findings(self, uow: UnitOfWork, asked: Question) -> list[Finding]:
        """What came to light in the period, oldest first."""
        # An extension comes to light one window later at most, by others that are one window away again.
        around = 2 * self.limits.bulk_window
        seen = findings(timelines(uow, asked.start, asked.end, around), self.limits, uow.now)
        return [each for each in seen if asked.start <= each.find_time < asked.end and _is_asked(each, asked)]


def _is_asked(finding: Finding, asked: Question) -> bool:
    return asked.unit in ("", finding.unit) and asked.rule in (None, finding.rule)
