"""The life of a complaint: received → acknowledged → assessed → investigated → responded → decision communicated →
closed, and withdrawn or reopened (S1, ISO 10002)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from complaints.domain.deadlines import Clock, Step, Timetable
from servicekit.errors import AlreadyExists, FailedPrecondition, InvalidArgument


class State(StrEnum):
    """The stage a complaint is in."""

    RECEIVED = "RECEIVED"
    ACKNOWLEDGED = "ACKNOWLEDGED"
    ASSESSED = "ASSESSED"
    INVESTIGATED = "INVESTIGATED"
    RESPONDED = "RESPONDED"
    DECISION_COMMUNICATED = "DECISION_COMMUNICATED"
    CLOSED = "CLOSED"
    WITHDRAWN = "WITHDRAWN"
    REOPENED = "REOPENED"


class Severity(StrEnum):
    """From mild to grave."""

    MINOR = "minor"
    SERIOUS = "serious"
    GRAVE = "grave"


class Outcome(StrEnum):
    """What was decided."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    NOT_UPHELD = "not_upheld"


OVER = frozenset({State.CLOSED, State.WITHDRAWN})
_OPEN = frozenset(State) - OVER
_GRAVITY = list(Severity)
_FARTHEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Complaint:
    """A complaint as it stands; every verb gives the next one, or FailedPrecondition WRONG_STATE.

    Times are aware UTC. `first_contact_owner` has no verb that changes it (首问负责制).
    """

    id: str
    subject: str
    description: str
    customer_id: str
    complainant_display_name: str
    complainant_contact: str
    anonymous: bool
    confidential: bool
    channel: str
    external_number: str
    severity: Severity
    remedy_sought: str
    related_resource: str
    responsible_unit: str
    first_contact_owner: str
    evidence: tuple[str, ...]
    policy: str
    receive_time: datetime
    # Start of the decision's clock: the receipt, or the last reopening.
    clock_time: datetime
    acknowledge_due_time: datetime
    decide_due_time: datetime
    external_due_time: datetime | None
    create_time: datetime
    update_time: datetime
    version: int = 1
    state: State = State.RECEIVED
    assessment: str = ""
    root_cause: str = ""
    findings: str = ""
    response: str = ""
    decision: str = ""
    outcome: str = ""
    closing_note: str = ""
    extension_count: int = 0
    reopen_count: int = 0
    supervised_steps: tuple[str, ...] = ()
    acknowledge_time: datetime | None = None
    decide_time: datetime | None = None
    close_time: datetime | None = None
    # What the decision's deadline was counted from, and in how many working days; 0: nobody wrote it down.
    decide_start: datetime | None = None
    decide_days: int = 0
    # Whether holidays that nobody has published yet may still move a running deadline, and by which issue of the
    # official table they were counted.
    deadline_estimated: bool = False
    holidays_version: int = 0

    @property
    def name(self) -> str:
        """Resource name."""
        return f"complaints/{self.id}"

    def acknowledge(self, now: datetime) -> "Complaint":
        """The complainant was told that it has come."""
        self._require("acknowledge", State.RECEIVED)
        return replace(self, state=State.ACKNOWLEDGED, acknowledge_time=now, update_time=now)

    def assess(
        self, now: datetime, times: Timetable, assessment: str, severity: Severity | None, unit: str
    ) -> "Complaint":
        """A first look; a graver severity brings the decision's deadline nearer, a milder one moves nothing.

        Where the graver terms would be over already, they run from now; a deadline that was missed stays.
        """
        self._require("assess", State.ACKNOWLEDGED, State.REOPENED)
        severity = severity or self.severity
        due, start, days = self.decide_due_time, self.decide_start, self.decide_days
        if _GRAVITY.index(severity) > _GRAVITY.index(self.severity):
            terms = times.terms(self.policy, self.channel, severity)
            since = self.clock_time if times.after(self.clock_time, terms.decide) > now else now
            if (graver := times.after(since, terms.decide)) < due:
                due, start, days = graver, since, terms.decide
        return replace(
            self,
            state=State.ASSESSED,
            assessment=assessment,
            severity=severity,
            responsible_unit=unit or self.responsible_unit,
            decide_due_time=due,
            decide_start=start,
            decide_days=days,
            update_time=now,
        )

    def transfer(self, now: datetime, unit: str) -> "Complaint":
        """Another unit answers for it; whoever took it in stays the customer's contact."""
        self._require("transfer", *_OPEN)
        if unit == self.responsible_unit:
            raise FailedPrecondition("SAME_UNIT", self.name, f"{unit} is responsible already")
        return replace(self, responsible_unit=unit, update_time=now)

    def investigate(
        self, now: datetime, root_cause: str, findings: str, evidence: tuple[str, ...], unit: str
    ) -> "Complaint":
        """What happened, why, and what proves it; evidence is added and never dropped."""
        self._require("investigate", State.ASSESSED)
        return replace(
            self,
            state=State.INVESTIGATED,
            root_cause=root_cause,
            findings=findings,
            evidence=tuple(dict.fromkeys((*self.evidence, *evidence))),
            responsible_unit=unit or self.responsible_unit,
            update_time=now,
        )

    def respond(self, now: datetime, response: str) -> "Complaint":
        """The complainant was told what was found and is offered."""
        self._require("respond to", State.INVESTIGATED)
        return replace(self, state=State.RESPONDED, response=response, update_time=now)

    def communicate(self, now: datetime, decision: str, outcome: Outcome) -> "Complaint":
        """The complainant was told the decision: the clocks stop."""
        self._require("decide", State.RESPONDED)
        return replace(
            self,
            state=State.DECISION_COMMUNICATED,
            decision=decision,
            outcome=outcome.value,
            decide_time=now,
            update_time=now,
        )

    def close(self, now: datetime, note: str) -> "Complaint":
        """Nothing is left to do."""
        self._require("close", State.DECISION_COMMUNICATED)
        return replace(self, state=State.CLOSED, closing_note=note, close_time=now, update_time=now)

    def withdraw(self, now: datetime) -> "Complaint":
        """The complainant took it back."""
        self._require("withdraw", *_OPEN)
        return replace(self, state=State.WITHDRAWN, close_time=now, update_time=now)

    def send_again(self, now: datetime, times: Timetable, external_due: datetime | None) -> "Complaint":
        """A government office sent its case again: what is over begins anew, what runs gets the office's new date.

        AlreadyExists, naming this complaint, when it runs and there is no new date.
        """
        if self.state in OVER or self.decide_time is not None:
            return self._begin_again(now, times, external_due)
        if external_due in (None, self.external_due_time):
            raise AlreadyExists(self.name, f"{self.name} is the case {self.external_number} of {self.channel} already")
        check_external_due(external_due, now)
        steps = tuple(step for step in self.supervised_steps if not step.startswith(f"{Clock.EXTERNAL}."))
        return replace(self, external_due_time=external_due, supervised_steps=steps, update_time=now)

    def reopen(self, now: datetime, times: Timetable, external_due: datetime | None = None) -> "Complaint":
        """It was not settled after all, or taken back too early: assessed anew, under the same policy.

        Its clock starts now; `external_due` is the new date of a government office, where it set one.
        """
        self._require("reopen", State.CLOSED, State.WITHDRAWN)
        return self._begin_again(now, times, external_due)

    def _begin_again(self, now: datetime, times: Timetable, external_due: datetime | None) -> "Complaint":
        check_external_due(external_due, now)
        terms = times.terms(self.policy, self.channel, self.severity)
        return replace(
            self,
            state=State.REOPENED,
            clock_time=now,
            decide_due_time=times.after(now, terms.decide),
            decide_start=now,
            decide_days=terms.decide,
            external_due_time=external_due,
            decide_time=None,
            close_time=None,
            supervised_steps=(),
            reopen_count=self.reopen_count + 1,
            update_time=now,
        )

    def extend(self, now: datetime, times: Timetable, working_days: int, approver: str, actor: str) -> "Complaint":
        """Moves the decision's deadline, before it has run out and not by whoever asks for it alone (S2).

        FailedPrecondition DEADLINE_PASSED, EXTENSIONS_USED_UP; InvalidArgument for too many days or no second person.
        """
        if self.state in OVER or self.decide_time is not None:
            self._wrong("extend")
        terms = times.terms(self.policy, self.channel, self.severity)
        if now >= self.decide_due_time:
            raise FailedPrecondition("DEADLINE_PASSED", self.name, "a deadline that has run out cannot be extended")
        if self.extension_count >= terms.extensions:
            raise FailedPrecondition(
                "EXTENSIONS_USED_UP", self.name, f"may be extended {terms.extensions} time(s) only"
            )
        if working_days > terms.extension:
            raise InvalidArgument("working_days", f"must not be more than {terms.extension}", "EXTENSION_TOO_LONG")
        if approver == actor:
            raise InvalidArgument("approver", "must be somebody other than the caller", "SELF_APPROVED")
        due = times.after(self.decide_due_time, working_days)
        days = self.decide_days + working_days if self.decide_days else 0
        count = self.extension_count + 1
        return replace(self, decide_due_time=due, decide_days=days, extension_count=count, update_time=now)

    def reckon(self, now: datetime, times: Timetable) -> "Complaint":
        """With its deadlines worked out anew from the holidays as they are known now (W5).

        Never later than people were told, never over before anybody could act, and a missed one stays where it was.
        """

        def anew(due: datetime, start: datetime, days: int) -> datetime:
            return due if due <= now else min(due, max(times.after(start, days), times.after(now, 0)))

        running, acknowledge, decide = dict(self.running_clocks()), self.acknowledge_due_time, self.decide_due_time
        if Clock.ACKNOWLEDGE in running:
            terms = times.terms(self.policy, self.channel, self.severity)
            acknowledge = anew(acknowledge, self.receive_time, terms.acknowledge)
        if Clock.DECIDE in running and self.decide_start is not None and self.decide_days:
            decide = anew(decide, self.decide_start, self.decide_days)
        moved = replace(self, acknowledge_due_time=acknowledge, decide_due_time=decide)
        return replace(moved.marked(times), holidays_version=times.holidays_version, update_time=now)

    def marked(self, times: Timetable) -> "Complaint":
        """Saying whether a running deadline rests on holidays that are an estimate."""
        starts = {Clock.ACKNOWLEDGE: self.receive_time, Clock.DECIDE: self.decide_start or self.clock_time}
        ends = dict(self.running_clocks())
        estimated = any(times.rests_on_estimate(starts[clock], ends[clock]) for clock in starts if clock in ends)
        return replace(self, deadline_estimated=estimated)

    def supervise(self, now: datetime, clock: Clock, step: Step, due: datetime) -> "Complaint | None":
        """Takes a step of the ladder; None when the clock was satisfied or moved meanwhile, or the step was taken."""
        key = f"{clock}.{step}"
        if dict(self.running_clocks()).get(clock) != due or now < due or key in self.supervised_steps:
            return None
        return replace(self, supervised_steps=(*self.supervised_steps, key), update_time=now)

    def running_clocks(self) -> Iterator[tuple[Clock, datetime]]:
        """The clocks that nothing has satisfied yet, with their deadlines."""
        if self.state in OVER:
            return
        if self.state is State.RECEIVED:
            yield Clock.ACKNOWLEDGE, self.acknowledge_due_time
        if self.decide_time is None:
            yield Clock.DECIDE, self.decide_due_time
            if self.external_due_time is not None:
                yield Clock.EXTERNAL, self.external_due_time

    def missed_clocks(self, now: datetime) -> list[Clock]:
        """The running clocks that have run out: whatever is done from here on was done too late."""
        return [clock for clock, due in self.running_clocks() if due < now]

    def is_overdue(self, now: datetime) -> bool:
        """Whether a running clock has run out."""
        return bool(self.missed_clocks(now))

    def _require(self, verb: str, *states: State) -> None:
        if self.state not in states:
            self._wrong(verb)

    def _wrong(self, verb: str) -> None:
        stage = self.state.lower().replace("_", " ")
        raise FailedPrecondition("WRONG_STATE", self.name, f"cannot {verb} a complaint that is {stage}")


def check_external_due(due: datetime | None, start: datetime) -> None:
    """InvalidArgument for an office's date that is over before its clock starts, or absurdly far away."""
    if due is not None and not start < due < start + _FARTHEST:
        rule = f"must be after {start.isoformat(timespec='seconds')}, by no more than two years"
        raise InvalidArgument("external_due_time", rule, "BAD_COMPLAINT")
