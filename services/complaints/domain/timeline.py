"""What a complaint's entries tell of how it was handled: who did what when, and against which deadlines."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from complaints.domain.deadlines import Clock

EXTENSION = "extended"
ENDINGS = frozenset({"decision_communicated", "withdrawn"})
"""What stops the clocks."""
CONTACTS = frozenset({"acknowledged", "responded", EXTENSION, *ENDINGS})
"""When the customer heard from us, or we from the customer; why the deadline moves is explained to them, too."""
WORK = CONTACTS | {"filed", "reopened", "assessed", "investigated"}
"""When something was done about it; to hand it over or to be reminded of it is nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A step that was kept, with what it set; None and empty where it set nothing."""

    number: int
    kind: str
    actor: str
    at: datetime
    decide_due: datetime | None = None
    external_due: datetime | None = None
    unit: str = ""
    approver: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a complaint stands before a step: since when its clocks run, until when, and who answers for it."""

    since: datetime
    dues: Mapping[Clock, datetime]
    unit: str = ""

    def after(self, entry: Entry) -> "Standing":
        """How it stands after that step."""
        unit = entry.unit or self.unit
        if entry.kind in ENDINGS:
            return replace(self, dues={}, unit=unit)
        set_now = {Clock.DECIDE: entry.decide_due, Clock.EXTERNAL: entry.external_due}
        dues = {**self.dues, **{clock: due for clock, due in set_now.items() if due is not None}}
        return Standing(entry.at if entry.kind == "reopened" else self.since, dues, unit)


@dataclass(frozen=True, slots=True)
class Timeline:
    """A complaint's entries, all from the first on, and what else counts of it."""

    complaint_id: str
    receive_time: datetime
    anonymous: bool
    entries: Sequence[Entry]

    def steps(self) -> Iterator["Step"]:
        """Every entry with how the complaint stood before it."""
        standing = Standing(self.receive_time, {})
        for place, entry in enumerate(self.entries):
            yield Step(self, place, standing)
            standing = standing.after(entry)


@dataclass(frozen=True, slots=True)
class Step:
    """An entry in its complaint."""

    timeline: Timeline
    place: int
    before: Standing

    @property
    def entry(self) -> Entry:
        return self.timeline.entries[self.place]

    @property
    def earlier(self) -> Sequence[Entry]:
        return self.timeline.entries[: self.place]

    @property
    def later(self) -> Sequence[Entry]:
        return self.timeline.entries[self.place + 1 :]
