"""Deadlines: moved with reason and approval, or missed and supervised (S2)."""

from dataclasses import dataclass, replace
from datetime import datetime

from complaints.domain.complaint import Complaint
from complaints.domain.deadlines import Clock, Step
from complaints.handlers import facts
from complaints.handlers.desk import Desk
from complaints.handlers.life_cycle import Which
from complaints.store.complaints import get_complaint
from servicekit.timers import Timer
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Extend:
    """More working days for the decision, why, who approved them, and what the customer was told."""

    which: Which
    working_days: int
    reason: str
    approver: str
    explanation: str


@dataclass(frozen=True, slots=True)
class Supervision:
    """What moves deadlines, and what follows when they are missed."""

    desk: Desk

    def extend(self, uow: UnitOfWork, command: Extend) -> Complaint:
        before = get_complaint(uow, command.which.id, command.which.etag)
        after = before.extend(uow.now, self.desk.times, command.working_days, command.approver, uow.actor)
        details = {
            "working_days": str(command.working_days),
            "reason": command.reason,
            "approver": command.approver,
            "explanation": command.explanation,
            "decide_due_time": after.decide_due_time.isoformat(),
        }
        tell = facts.extended(command.reason, command.approver, command.explanation)
        return uow.commit(self.desk.change(uow, before, after, "extended", details, tell))

    def reckon(self, uow: UnitOfWork, complaint_id: str) -> Complaint:
        """Works its deadlines out anew, where the holidays are known otherwise than when they were counted (W5)."""
        before = get_complaint(uow, complaint_id)
        after = before.reckon(uow.now, self.desk.times)
        if replace(after, update_time=before.update_time) == before:
            return before
        details = {
            "holidays_version": str(after.holidays_version),
            "acknowledge_due_time": after.acknowledge_due_time.isoformat(),
            "decide_due_time": after.decide_due_time.isoformat(),
        }
        return uow.commit(self.desk.change(uow, before, after, "reckoned", details, facts.reckoned))

    def on_step(self, uow: UnitOfWork, timer: Timer) -> None:
        """Takes the step of the ladder whose time has come, unless the clock was satisfied or moved meanwhile."""
        clock, step = Clock(timer.payload["clock"]), Step(timer.payload["step"])
        due = datetime.fromisoformat(timer.payload["due"])
        before = get_complaint(uow, timer.subject.partition("/")[2])
        after = before.supervise(uow.now, clock, step, due)
        if after is not None:
            details = {"clock": clock.value, "step": step.value, "due_time": due.isoformat()}
            self.desk.change(uow, before, after, "supervised", details, facts.supervised(clock, step, due))
        uow.commit(None)
