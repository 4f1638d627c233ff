"""What all use cases share: how a change of a complaint is kept, told and timed."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from complaints.domain.complaint import Complaint
from complaints.domain.deadlines import Clock, Step, Timetable
from complaints.handlers.facts import Telling
from complaints.store.complaints import MISSED, add_complaint, add_entry, save_complaint
from servicekit.uow import UnitOfWork

SUPERVISION = "complaint-supervision"
"""Kind of the ladder's timers; their subject is the complaint, their name `clock.step`."""


@dataclass(frozen=True, slots=True)
class Desk:
    """Where complaints are handled, with its timetable."""

    times: Timetable

    def open(
        self, uow: UnitOfWork, complaint: Complaint, kind: str, details: dict[str, str], tell: Telling
    ) -> Complaint:
        """Keeps a new complaint, its first entry, its fact and its timers."""
        complaint = replace(complaint.marked(self.times), holidays_version=self.times.holidays_version)
        add_complaint(uow, complaint)
        self._follow(uow, None, complaint, kind, details, tell)
        return complaint

    def change(
        self,
        uow: UnitOfWork,
        before: Complaint,
        after: Complaint,
        kind: str,
        details: dict[str, str],
        tell: Telling,
    ) -> Complaint:
        """Keeps a change, and moves or drops the timers of the clocks that it moved or satisfied."""
        # One that was counted by an older table keeps its mark until `reckon` has counted it by this one.
        if after.holidays_version == self.times.holidays_version or not before.deadline_estimated:
            after = after.marked(self.times)
        save_complaint(uow, before, after)
        after = replace(after, version=before.version + 1)
        self._follow(uow, before, after, kind, details, tell)
        return after

    def _follow(
        self,
        uow: UnitOfWork,
        before: Complaint | None,
        after: Complaint,
        kind: str,
        details: dict[str, str],
        tell: Telling,
    ) -> None:
        told = {name: text for name, text in details.items() if text}
        # Kept with the step, in an entry that nobody can change: whatever comes later, this was done too late.
        if before is not None and (missed := before.missed_clocks(after.update_time)):
            told[MISSED] = ",".join(missed)
        add_entry(uow, after, kind, uow.actor, after.update_time, told)
        uow.emit(tell(after), subject=after.name, sequence=after.version)
        counted_anew = before is not None and before.holidays_version != after.holidays_version
        self._set_timers(uow, dict(before.running_clocks()) if before else {}, after, counted_anew)

    def _set_timers(
        self, uow: UnitOfWork, before: dict[Clock, datetime], complaint: Complaint, counted_anew: bool
    ) -> None:
        running = dict(complaint.running_clocks())
        for clock in before.keys() - running.keys():
            for step in Step:
                uow.cancel(SUPERVISION, complaint.name, f"{clock}.{step}")
        terms = self.times.terms(complaint.policy, complaint.channel, complaint.severity)
        for clock, due in running.items():
            if before.get(clock) != due or counted_anew:
                for step, at in steps_ahead(self.times.ladder(terms, due), complaint.update_time):
                    payload = {"clock": clock.value, "step": step.value, "due": due.isoformat()}
                    uow.schedule(SUPERVISION, complaint.name, at, payload, name=f"{clock}.{step}")


def steps_ahead(ladder: Sequence[tuple[Step, datetime]], now: datetime) -> Sequence[tuple[Step, datetime]]:
    """The steps that can still be taken in time, and of those that lie behind the highest alone.

    Who files late what came weeks ago hears once that it is late, not three times within a second.
    """
    behind = [each for each in ladder if each[1] <= now]
    return [*behind[-1:], *ladder[len(behind) :]]
