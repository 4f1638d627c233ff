"""Whatever is done in whatever order, a complaint keeps its promises (S1, S2)."""

from datetime import datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from complaints.domain.complaint import OVER, Complaint, Outcome, Severity, State
from complaints.domain.deadlines import Clock, Step
from servicekit.errors import DomainError
from tests.complaints.builders import MORNING, STAFF, TIMES, complaint

ORDER = [
    State.RECEIVED,
    State.ACKNOWLEDGED,
    State.ASSESSED,
    State.INVESTIGATED,
    State.RESPONDED,
    State.DECISION_COMMUNICATED,
    State.CLOSED,
]
VERBS = {
    "acknowledge": lambda c, now: c.acknowledge(now),
    "assess": lambda c, now: c.assess(now, TIMES, "a", None, ""),
    "assess as grave": lambda c, now: c.assess(now, TIMES, "a", Severity.GRAVE, "units/south"),
    "transfer": lambda c, now: c.transfer(now, "units/west"),
    "investigate": lambda c, now: c.investigate(now, "cause", "f", ("photos/2",), ""),
    "respond": lambda c, now: c.respond(now, "r"),
    "communicate": lambda c, now: c.communicate(now, "d", Outcome.UPHELD),
    "close": lambda c, now: c.close(now, ""),
    "withdraw": lambda c, now: c.withdraw(now),
    "reopen": lambda c, now: c.reopen(now, TIMES),
    "extend": lambda c, now: c.extend(now, TIMES, 3, "staff/1003", STAFF),
}
FORWARD = {"acknowledge", "assess", "assess as grave", "investigate", "respond", "communicate", "close"}


class LifeCycle(RuleBasedStateMachine):
    """Random verbs at growing times."""

    now: datetime
    complaint: Complaint
    first: Complaint

    @initialize(severity=st.sampled_from(Severity), channel=st.sampled_from(["hotline", "12345", "survey"]))
    def file(self, severity: Severity, channel: str) -> None:
        self.now = MORNING
        self.complaint = self.first = complaint(severity=severity, channel=channel, evidence=("photos/1",))

    @rule(hours=st.integers(1, 200))
    def wait(self, hours: int) -> None:
        self.now += timedelta(hours=hours)

    @rule(verb=st.sampled_from([*VERBS, "acknowledge", "assess", "investigate", "respond", "communicate", "close"]))
    def act(self, verb: str) -> None:
        before = self.complaint
        try:
            after = VERBS[verb](before, self.now)
        except DomainError:
            return
        if verb in FORWARD and before.state is not State.REOPENED:
            assert ORDER.index(after.state) == ORDER.index(before.state) + 1
        if verb not in ("extend", "reopen"):
            assert after.decide_due_time <= before.decide_due_time
        if verb == "extend":
            assert self.now < before.decide_due_time < after.decide_due_time
        assert before.state not in OVER or verb == "reopen"
        self.complaint = after

    @rule(clock=st.sampled_from(Clock), step=st.sampled_from(Step))
    def supervise(self, clock: Clock, step: Step) -> None:
        due = dict(self.complaint.running_clocks()).get(clock)
        taken = self.complaint.supervise(self.now, clock, step, due or self.now)
        if taken is not None:
            assert due is not None
            assert self.now >= due
            assert f"{clock}.{step}" not in self.complaint.supervised_steps
            self.complaint = taken

    @invariant()
    def what_never_changes(self) -> None:
        if hasattr(self, "complaint"):
            now, first = self.complaint, self.first
            assert (now.first_contact_owner, now.receive_time, now.policy) == (
                first.first_contact_owner,
                first.receive_time,
                first.policy,
            )
            assert set(first.evidence) <= set(now.evidence)
            assert len(set(now.supervised_steps)) == len(now.supervised_steps)

    @invariant()
    def times_fit_the_state(self) -> None:
        if hasattr(self, "complaint"):
            c = self.complaint
            assert (c.close_time is not None) == (c.state in OVER)
            if c.state in (State.DECISION_COMMUNICATED, State.CLOSED):
                assert c.decide_time is not None
                assert not c.is_overdue(self.now + timedelta(days=999))
            assert c.extension_count <= 1


TestLifeCycle = LifeCycle.TestCase
