"""Service standards as dated data: rules from the general to the special, one version in force a day (W4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from workorders.domain.clocks import Clock, Limit
from workorders.domain.escalation import Ladder

GENERAL = "general"
"""The standard for a commodity that has none of its own."""


@dataclass(frozen=True, slots=True)
class Case:
    """What a standard looks at; any of them may be empty or a word that no rule knows."""

    category: str = ""
    severity: str = ""
    urgency: str = ""
    area: str = ""
    segment: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Limits for the cases that agree with every named field of `when`; an empty field agrees with all."""

    when: Case
    limits: Mapping[Clock, Limit] = field(default_factory=dict)
    ladder: Ladder | None = None
    hand_overs: bool | None = None
    """Whether crews must record their hand-overs, because the work goes on without a break (大修连续干)."""

    def matches(self, case: Case) -> bool:
        """Whether the rule speaks of this case."""
        wanted = _values(self.when)
        return all(want in ("", got) for want, got in zip(wanted, _values(case), strict=True))

    @property
    def weight(self) -> int:
        """How special the rule is: category outweighs severity, that urgency, area, segment; no two alike match."""
        return int("".join("1" if value else "0" for value in _values(self.when)), 2)


@dataclass(frozen=True, slots=True)
class Standard:
    """One version of one commodity's standard, in force from a local day until the next version's (or `until`)."""

    commodity: str
    version: int
    effective_from: date
    rules: tuple[Rule, ...]
    effective_until: date | None = None

    @property
    def name(self) -> str:
        """Resource name, `standards/heat-2`."""
        return f"standards/{self.commodity}-{self.version}"

    def rules_for(self, case: Case) -> list[Rule]:
        """The rules that speak of a case, the most general first: later ones overrule, clock by clock."""
        return sorted((rule for rule in self.rules if rule.matches(case)), key=lambda rule: rule.weight)


class StandardBook:
    """All versions of all standards, checked when it is made; ValueError says what does not fit (W4)."""

    def __init__(self, standards: Iterable[Standard]) -> None:
        self._versions: dict[str, list[Standard]] = {}
        for standard in sorted(standards, key=lambda s: s.effective_from):
            _check_rules(standard)
            self._versions.setdefault(standard.commodity, []).append(standard)
        for versions in self._versions.values():
            _check_dates(versions)
        if GENERAL not in self._versions:
            raise ValueError(f"a standard for {GENERAL!r} is needed: it serves where no other does")

    def in_force(self, commodity: str, day: date) -> Standard:
        """The version of a local day; before the first, the first; an unknown commodity, or a gap, is `general`."""
        versions = self._versions.get(commodity)
        if versions is None:
            return self.in_force(GENERAL, day)
        begun = [s for s in versions if s.effective_from <= day] or versions[:1]
        ended = begun[-1].effective_until
        if ended is not None and ended <= day and commodity != GENERAL:
            return self.in_force(GENERAL, day)
        return begun[-1]

    def all(self) -> tuple[Standard, ...]:
        """Every version, by commodity and date."""
        return tuple(standard for commodity in sorted(self._versions) for standard in self._versions[commodity])


def _values(case: Case) -> tuple[str, str, str, str, str]:
    return case.category, case.severity, case.urgency, case.area, case.segment


def _check_dates(versions: list[Standard]) -> None:
    """Two versions in force on one day would make a promise a matter of luck."""
    if len({s.version for s in versions}) < len(versions):
        raise ValueError(f"two versions of {versions[0].commodity} have the same number")
    for old, new in pairwise(versions):
        if old.effective_from == new.effective_from or (old.effective_until or new.effective_from) > new.effective_from:
            raise ValueError(f"{old.name} and {new.name} are both in force on {new.effective_from}")


def _check_rules(standard: Standard) -> None:
    base = [rule for rule in standard.rules if rule.weight == 0]
    if not base or set(base[0].limits) != set(Clock) or base[0].ladder is None:
        raise ValueError(f"{standard.name} needs a rule for every case, with all clocks and a ladder")
    if len({rule.when for rule in standard.rules}) < len(standard.rules):
        raise ValueError(f"{standard.name} has two rules for the same cases")
