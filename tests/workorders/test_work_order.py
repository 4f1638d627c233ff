"""The life of a work order as pure rules (W3, W4, W6)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from servicekit.errors import DomainError, FailedPrecondition
from workorders.domain.clocks import Clock
from workorders.domain.completion import Completion
from workorders.domain.hand_over import handed_over
from workorders.domain.lifecycle import FOLLOWING, State
from workorders.domain.standards import freeze
from workorders.domain.words import Severity, Urgency
from workorders.domain.work_order import WorkOrder
from workorders.store.bodies import body_of, from_body

NOON = datetime(2026, 1, 15, 4, 0, tzinfo=UTC)
BREACH_OF_RESTORE = ("ServiceStandardBreached", Clock.RESTORE)
DONE = Completion("valve", "replaced", no_signature_reason="nobody home")


def job(severity: Severity = Severity.MEDIUM, urgency: Urgency = Urgency.URGENT) -> WorkOrder:
    standard = freeze("heat", "no_heat", severity, urgency, "urban", "resident", at=NOON)
    return WorkOrder(
        id="w",
        incident_id="i",
        ticket_ids=("t",),
        customer_ids=("c",),
        premises_id="p",
        cell_id=None,
        commodity="heat",
        category="no_heat",
        severity=severity,
        urgency=urgency,
        business_type="repair",
        state=State.NEW,
        standard=standard,
        report_time=NOON,
        create_time=NOON,
        update_time=NOON,
    ).opened()


def working(order: WorkOrder, at: datetime) -> WorkOrder:
    sent = order.dispatched("crew", "crew", "near", "system", at)
    return sent.acknowledged("crew", at).travelling("crew", at).arrived("here", "crew", at).started("crew", at)


STEPS = {
    "dispatch": lambda o, at: o.dispatched(f"crew-{o.attempt}", "c", "r", "a", at),
    "acknowledge": lambda o, at: o.acknowledged("a", at),
    "travel": lambda o, at: o.travelling("a", at),
    "arrive": lambda o, at: o.arrived("here", "a", at),
    "start": lambda o, at: o.started("a", at),
    "hand_over": lambda o, at: handed_over(o, f"crew-{len(o.stages)}", "c", "left to do", "a", at),
    "suspend": lambda o, at: o.suspended("parts", "", "a", at),
    "resume": lambda o, at: o.resumed("a", at),
    "complete": lambda o, at: o.completed(DONE, "a", at),
    "confirm": lambda o, at: o.confirmed("", "a", at),
    "close": lambda o, at: o.closed("a", at),
    "cancel": lambda o, at: o.cancelled("r", "a", at),
    "not_done": lambda o, at: o.not_done("r", "f", "a", at),
    "reopen": lambda o, at: o.reopened("r", "a", at),
    "look": lambda o, at: o.checked(at),
}


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.integers(0, 600)), max_size=40))
def test_no_path_leaves_the_table(steps: list[tuple[str, int]]) -> None:
    order, at = job(), NOON
    told: dict[tuple[str, int], int] = {}
    for name, minutes in steps:
        at += timedelta(minutes=minutes)
        measured = [p for p in order.promises if not p.is_running]
        try:
            after = STEPS[name](order, at)
        except DomainError:
            continue
        if after.state is not order.state:
            assert after.state in FOLLOWING[order.state]
        assert [p for p in after.promises if p in measured] == measured, "what was measured is kept"
        for promise in after.promises:
            told[promise.clock, promise.round] = told.get((promise.clock, promise.round), 0)
        order = after
    breaches = [n for n in order.news if n.kind == "ServiceStandardBreached"]
    assert len(breaches) == sum(p.breached for p in order.promises), "one event for each miss"
    assert WorkOrder(**{**_columns(order), **from_body(body_of(order))}) == order, "it survives being stored"


def _columns(order: WorkOrder) -> dict[str, object]:
    stored = from_body(body_of(order))
    names = [name for name in order.__dataclass_fields__ if name not in stored and name != "news"]
    return {name: getattr(order, name) for name in names}


def test_every_state_can_be_left_or_is_an_end() -> None:
    ends = {state for state in State if not FOLLOWING[state]}
    assert ends == {State.CANCELLED, State.NOT_DONE}


def test_cancelled_means_never_started() -> None:
    with pytest.raises(FailedPrecondition, match="IN_PROGRESS"):
        working(job(), NOON).cancelled("r", "a", NOON)


def test_the_crew_must_be_there_within_twenty_minutes_of_dispatch() -> None:
    sent = job().dispatched("crew", "crew", "near", "system", NOON + timedelta(minutes=3))
    assert sent.promise(Clock.ARRIVE).due == NOON + timedelta(minutes=23)


def test_a_dispatch_anew_begins_arriving_anew() -> None:
    first = job().dispatched("a", "a", "near", "system", NOON)
    second = first.dispatched("b", "b", "silent", "system", NOON + timedelta(minutes=10))
    assert second.promise(Clock.ARRIVE).due == NOON + timedelta(minutes=30)
    assert second.silent_crews == {"a"}
    assert [p.clock for p in second.promises].count(Clock.ARRIVE) == 1


def test_a_suspension_moves_the_deadline_by_its_length() -> None:
    order = working(job(Severity.MEDIUM), NOON)
    due = order.promise(Clock.RESTORE).due
    stopped = order.suspended("parts", "", "crew", NOON + timedelta(hours=1))
    assert not stopped.checked(due + timedelta(days=1)).news[len(stopped.news) :], "a clock that stands tells nothing"
    resumed = stopped.resumed("crew", NOON + timedelta(hours=3))
    assert resumed.promise(Clock.RESTORE).due == due + timedelta(hours=2)
    assert resumed.promise(Clock.RESTORE).start == NOON


def test_major_repair_clock_never_pauses() -> None:
    order = working(job(Severity.MAJOR), NOON)
    due = order.promise(Clock.RESTORE).due
    stopped = order.suspended("parts", "", "crew", NOON + timedelta(hours=1))
    assert Clock.RESTORE not in stopped.suspended_clocks
    assert stopped.resumed("crew", NOON + timedelta(hours=3)).promise(Clock.RESTORE).due == due


def test_a_warning_comes_once_and_before_the_miss() -> None:
    order = job().dispatched("crew", "crew", "near", "system", NOON).acknowledged("crew", NOON)
    warned = order.checked(NOON + timedelta(minutes=16))
    assert [n.kind for n in warned.news if n.kind.startswith("Service")] == ["ServiceStandardWarned"]
    assert warned.checked(NOON + timedelta(minutes=19)) == warned
    missed = warned.checked(NOON + timedelta(minutes=20))
    assert [n.kind for n in missed.news][-2:] == ["ServiceStandardBreached", "EscalationRaised"]


def test_each_round_tells_its_own_miss_though_both_are_due_at_the_same_end_of_a_night() -> None:
    """As when the clock was put back between the two."""
    first = working(job(), NOON)
    due = first.promise(Clock.RESTORE).due
    missed = first.completed(DONE, "crew", due + timedelta(hours=1))
    again = working(missed.reopened("cold again", "agent", NOON + timedelta(hours=1)), NOON + timedelta(hours=1))
    assert again.promise(Clock.RESTORE).due == due
    told = again.checked(due).checked(due + timedelta(hours=1)).news
    misses = [n.values["due_time"] for n in told if (n.kind, n.values.get("clock")) == BREACH_OF_RESTORE]
    assert misses == [due, due]


def test_what_is_told_last_is_where_the_next_look_follows() -> None:
    order = job().dispatched("crew", "crew", "near", "system", NOON).acknowledged("crew", NOON)
    looks = []
    for _ in range(5):
        at = order.next_instant(timedelta(minutes=10), timedelta(minutes=5))
        assert at is not None
        looks.append((at - NOON) // timedelta(minutes=1))
        order = order.checked(at)
    assert looks[:2] == [15, 20]
    assert looks == sorted(looks)
