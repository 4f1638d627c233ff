"""How long a complaint may take, and what happens when it takes longer: dated data (S2)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from servicekit.calendar import Calendar


class Clock(StrEnum):
    """What must come in time."""

    ACKNOWLEDGE = "acknowledge"
    DECIDE = "decide"
    EXTERNAL = "external"
    """The decision again, by the deadline that 12345, 12398 or an ombudsman set; not ours to extend."""


class Step(StrEnum):
    """What is done about a missed deadline, one after the other."""

    REMINDER = "reminder"
    URGING = "urging"  # 催办
    CRITICISM = "criticism"  # 通报批评


@dataclass(frozen=True, slots=True)
class Terms:
    """Working days for one channel and severity. The day a clock starts is not counted; 0 is that day itself,
    or the next working day when it has closed already.

    The ladder's delays count from the missed deadline: a reminder at once, then urging, then criticism.
    """

    acknowledge: int
    decide: int
    extension: int
    """The most that one extension may add."""
    extensions: int
    """How often a complaint may be extended."""
    urging: int
    criticism: int

    def __post_init__(self) -> None:
        if min(self.acknowledge, self.extension, self.extensions) < 0 or self.decide < 1:
            raise ValueError("deadlines are not negative, and a decision takes at least a working day")
        if not 0 < self.urging < self.criticism:
            raise ValueError("urging comes after the reminder, and criticism after the urging")


@dataclass(frozen=True, slots=True)
class Policy:
    """One version of the deadlines, in force from a local day until the next version's."""

    version: int
    effective_from: date
    general: Mapping[str, Terms]
    """By severity."""
    channels: Mapping[str, Mapping[str, Terms]]
    """By channel and severity, where they differ from the general ones."""

    @property
    def name(self) -> str:
        """What a complaint keeps, so that later versions do not change its deadlines."""
        return f"policies/complaints-{self.version}"

    def terms(self, channel: str, severity: str) -> Terms:
        """The channel's own terms, or the general ones of this severity."""
        return self.channels.get(channel, {}).get(severity) or self.general[severity]


class PolicyBook:
    """All versions; ValueError when two begin on one day, share a number, or leave a severity out."""

    def __init__(self, policies: Iterable[Policy], severities: Iterable[str]) -> None:
        self._policies = sorted(policies, key=lambda policy: policy.effective_from)
        if not self._policies:
            raise ValueError("a policy is needed")
        if len({p.effective_from for p in self._policies}) < len(self._policies):
            raise ValueError("two policies are in force on one day")
        self._by_name = {policy.name: policy for policy in self._policies}
        if len(self._by_name) < len(self._policies):
            raise ValueError("two policies have the same version")
        for policy in self._policies:
            if missing := set(severities) - set(policy.general):
                raise ValueError(f"{policy.name} says nothing about {', '.join(sorted(missing))}")

    def in_force(self, day: date) -> Policy:
        """The version of a local day; before the first, the first."""
        begun = [policy for policy in self._policies if policy.effective_from <= day]
        return (begun or self._policies)[-1 if begun else 0]

    def named(self, name: str) -> Policy:
        """The version that a complaint was filed under; KeyError for one that never was."""
        return self._by_name[name]


@dataclass(frozen=True, slots=True)
class Timetable:
    """The policies in a calendar: everything that turns working days into instants."""

    calendar: Calendar
    book: PolicyBook
    holidays_version: int = 0
    """The issue of the official holidays that the calendar goes by; 0: what the program came with."""

    def policy(self, at: datetime) -> str:
        """Name of the policy to freeze for a complaint received at `at`."""
        return self.book.in_force(at.astimezone(self.calendar.zone).date()).name

    def terms(self, policy: str, channel: str, severity: str) -> Terms:
        """The terms of a frozen policy."""
        return self.book.named(policy).terms(channel, severity)

    def after(self, at: datetime, working_days: int) -> datetime:
        """The close of business of the n-th working day after the day of `at`."""
        return self.calendar.add_working_days(at, working_days)

    def rests_on_estimate(self, start: datetime, due: datetime) -> bool:
        """Whether holidays that nobody has published yet may still move a deadline."""
        return self.calendar.rests_on_estimate(start, due)

    def ladder(self, terms: Terms, due: datetime) -> tuple[tuple[Step, datetime], ...]:
        """Every step with its instant for a deadline."""
        return (
            (Step.REMINDER, due),
            (Step.URGING, self.after(due, terms.urging)),
            (Step.CRITICISM, self.after(due, terms.criticism)),
        )
