"""Handling that looks as if it was done for the deadline and not for the customer (S13).

A finding is a question to whoever did it, and proves nothing. It is found in entries, which cannot be changed
unseen; and under the same limits it stays once it is there, for what happens later takes none away.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import takewhile

from complaints.domain.deadlines import Clock
from complaints.domain.timeline import CONTACTS, ENDINGS, EXTENSION, WORK, Step, Timeline


class Rule(StrEnum):
    """What is looked for."""

    SILENT_EXTENSION = "SILENT_EXTENSION"
    """The deadline was moved, and long after the old one the customer had heard nothing since."""
    LAST_MINUTE_ENDING = "LAST_MINUTE_ENDING"
    """Decided or withdrawn in the last of the time, after a long stretch in which nothing was done."""
    BULK_EXTENSION = "BULK_EXTENSION"
    """One person extended, or approved the extensions of, many complaints within a short time."""


@dataclass(frozen=True, slots=True)
class Limits:
    """From where on it is a finding; shares are of all the time between two instants, not of working time."""

    silence: float
    """Share of the time that an extension added, after which the customer must have heard something."""
    last: float
    """Share of a clock's time that is its last minute."""
    idle: float
    """Share of a clock's time, before its last minute, in which nothing was done."""
    bulk: int
    """How many complaints, extended by one person, are many."""
    bulk_window: timedelta
    """The time within which they are."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A step that one rule asks about."""

    rule: Rule
    complaint_id: str
    number: int
    actor: str
    unit: str
    clock: Clock
    due: datetime
    """The deadline before the step."""
    act_time: datetime
    find_time: datetime
    """When it became a finding."""
    start: datetime
    end: datetime | None
    """The stretch in which nothing happened, or in which the many extensions did; None while the silence lasts."""
    complaints: int = 0
    """How many were extended in the stretch, by the rule that counts them."""

    @property
    def key(self) -> str:
        """Unique, and in the order in which findings came to light."""
        at = self.find_time.astimezone(UTC).isoformat(timespec="microseconds")
        return f"{at} {self.complaint_id} {self.number:09} {self.rule} {self.clock} {self.actor}"


def findings(timelines: Iterable[Timeline], limits: Limits, now: datetime) -> list[Finding]:
    """All findings by `now`, in the order in which they came to light, whatever that of the timelines."""
    extensions: list[Step] = []
    found: list[Finding] = []
    for timeline in timelines:
        for step in timeline.steps():
            if step.entry.kind in ENDINGS:
                found += _last_minute(step, limits)
            elif step.entry.kind == EXTENSION:
                found += _silent(step, limits, now)
                extensions.append(step)
    return sorted([*found, *_bulks(extensions, limits)], key=lambda finding: finding.key)


def _silent(step: Step, limits: Limits, now: datetime) -> Iterator[Finding]:
    moved = step.entry.decide_due
    # Who complains anonymously cannot be told anything.
    if step.timeline.anonymous or moved is None:
        return
    due = step.before.dues[Clock.DECIDE]
    too_long = due + (moved - due) * limits.silence
    heard = next((entry.at for entry in step.later if entry.kind in CONTACTS), None)
    if (heard or now) > too_long:
        yield _finding(Rule.SILENT_EXTENSION, step, Clock.DECIDE, too_long, step.entry.at, heard)


def _last_minute(step: Step, limits: Limits) -> Iterator[Finding]:
    since, at = step.before.since, step.entry.at
    worked = [entry.at for entry in step.earlier if entry.kind in WORK]
    for clock, due in step.before.dues.items():
        last_minute = due - (due - since) * limits.last
        # What was done in the last minute itself is part of the hurry.
        idle_since = max((each for each in worked if each < last_minute), default=since)
        if last_minute <= at <= due and last_minute - idle_since >= (due - since) * limits.idle:
            yield _finding(Rule.LAST_MINUTE_ENDING, step, clock, at, idle_since, at)


@dataclass(frozen=True, slots=True)
class _Bulk:
    """Many extensions by one person, within the window that begins with the first of them."""

    start: datetime
    end: datetime
    known: datetime
    """When there were as many as make it one."""
    complaints: int


def _bulks(extensions: Iterable[Step], limits: Limits) -> Iterator[Finding]:
    """Who asks and who approves are two people, and each may do it in bulk."""
    by_person: dict[str, list[Step]] = defaultdict(list)
    for step in extensions:
        for person in {step.entry.actor, step.entry.approver} - {""}:
            by_person[person].append(step)
    for person, steps in by_person.items():
        steps.sort(key=lambda step: step.entry.at)
        bulks = [bulk for first in range(len(steps)) if (bulk := _bulk(steps[first:], limits))]
        for step in steps:
            at = step.entry.at
            if its := [bulk for bulk in bulks if bulk.start <= at <= bulk.end]:
                known = min(max(bulk.known, at) for bulk in its)
                fullest = max(its, key=lambda bulk: bulk.complaints)
                one = _finding(Rule.BULK_EXTENSION, step, Clock.DECIDE, known, fullest.start, fullest.end)
                yield replace(one, actor=person, complaints=fullest.complaints)


def _bulk(steps: Sequence[Step], limits: Limits) -> _Bulk | None:
    """The extensions within the window that the first of them opens; None when they are not many."""
    start = steps[0].entry.at
    within = list(takewhile(lambda step: step.entry.at <= start + limits.bulk_window, steps))
    # A complaint that is extended again counts once.
    firsts: dict[str, datetime] = {}
    for step in within:
        firsts.setdefault(step.timeline.complaint_id, step.entry.at)
    if len(firsts) < limits.bulk:
        return None
    return _Bulk(start, within[-1].entry.at, list(firsts.values())[limits.bulk - 1], len(firsts))


def _finding(
    rule: Rule, step: Step, clock: Clock, find_time: datetime, start: datetime, end: datetime | None
) -> Finding:
    return Finding(
        rule=rule,
        complaint_id=step.timeline.complaint_id,
        number=step.entry.number,
        actor=step.entry.actor,
        unit=step.before.unit,
        clock=clock,
        due=step.before.dues[clock],
        act_time=step.entry.at,
        find_time=find_time,
        start=start,
        end=end,
    )
