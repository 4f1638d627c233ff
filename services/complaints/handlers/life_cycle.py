"""From the acknowledgement to the end, one use case a stage (S1)."""

from dataclasses import dataclass
from datetime import datetime

from complaints.domain.complaint import Complaint, Outcome, Severity
from complaints.handlers import facts
from complaints.handlers.desk import Desk
from complaints.store.complaints import get_complaint
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Which:
    """A complaint, and the etag of it that the caller has seen (or none)."""

    id: str
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Assess:
    which: Which
    assessment: str
    severity: Severity | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    which: Which
    unit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Investigate:
    which: Which
    root_cause: str
    findings: str
    evidence: tuple[str, ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """What the complainant was told, or why a thing is done."""

    which: Which
    text: str


@dataclass(frozen=True, slots=True)
class Reopen:
    """Why it begins anew, and until when a government office that sent it again expects the decision."""

    which: Which
    text: str
    external_due_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Decide:
    which: Which
    decision: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class LifeCycle:
    """The stages of a complaint."""

    desk: Desk

    def acknowledge(self, uow: UnitOfWork, command: Which) -> Complaint:
        before = _get(uow, command)
        after = before.acknowledge(uow.now)
        return uow.commit(self.desk.change(uow, before, after, "acknowledged", {}, facts.acknowledged))

    def assess(self, uow: UnitOfWork, command: Assess) -> Complaint:
        before = _get(uow, command.which)
        after = before.assess(uow.now, self.desk.times, command.assessment, command.severity, command.unit)
        details = {
            "assessment": command.assessment,
            "severity": after.severity.value,
            "responsible_unit": after.responsible_unit,
            "decide_due_time": after.decide_due_time.isoformat(),
        }
        return uow.commit(self.desk.change(uow, before, after, "assessed", details, facts.assessed))

    def transfer(self, uow: UnitOfWork, command: Transfer) -> Complaint:
        before = _get(uow, command.which)
        after = before.transfer(uow.now, command.unit)
        details = {"from": before.responsible_unit, "responsible_unit": command.unit, "reason": command.reason}
        tell = facts.transferred(command.reason)
        return uow.commit(self.desk.change(uow, before, after, "transferred", details, tell))

    def investigate(self, uow: UnitOfWork, command: Investigate) -> Complaint:
        before = _get(uow, command.which)
        after = before.investigate(uow.now, command.root_cause, command.findings, command.evidence, command.unit)
        details = {
            "root_cause": command.root_cause,
            "findings": command.findings,
            "evidence": "\n".join(command.evidence),
            "responsible_unit": after.responsible_unit,
        }
        return uow.commit(self.desk.change(uow, before, after, "investigated", details, facts.investigated))

    def respond(self, uow: UnitOfWork, command: Say) -> Complaint:
        before = _get(uow, command.which)
        after = before.respond(uow.now, command.text)
        details = {"response": command.text}
        return uow.commit(self.desk.change(uow, before, after, "responded", details, facts.responded))

    def decide(self, uow: UnitOfWork, command: Decide) -> Complaint:
        before = _get(uow, command.which)
        after = before.communicate(uow.now, command.decision, command.outcome)
        details = {"decision": command.decision, "outcome": command.outcome.value}
        return uow.commit(self.desk.change(uow, before, after, "decision_communicated", details, facts.decided))

    def close(self, uow: UnitOfWork, command: Say) -> Complaint:
        before = _get(uow, command.which)
        after = before.close(uow.now, command.text)
        return uow.commit(self.desk.change(uow, before, after, "closed", {"closing_note": command.text}, facts.closed))

    def reopen(self, uow: UnitOfWork, command: Reopen) -> Complaint:
        before = _get(uow, command.which)
        after = before.reopen(uow.now, self.desk.times, command.external_due_time)
        # What was said the first time stays in the entries; the old decision with it.
        due, external = after.decide_due_time, after.external_due_time
        details = {
            "reason": command.text,
            "decide_due_time": due.isoformat(),
            "external_due_time": external.isoformat() if external else "",
        }
        return uow.commit(self.desk.change(uow, before, after, "reopened", details, facts.reopened(command.text)))

    def withdraw(self, uow: UnitOfWork, command: Say) -> Complaint:
        before = _get(uow, command.which)
        after = before.withdraw(uow.now)
        details = {"reason": command.text}
        return uow.commit(self.desk.change(uow, before, after, "withdrawn", details, facts.withdrawn(command.text)))


def _get(uow: UnitOfWork, which: Which) -> Complaint:
    return get_complaint(uow, which.id, which.etag)
