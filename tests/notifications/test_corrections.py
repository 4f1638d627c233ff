"""Whoever was told something that has stopped being true is told so, and nobody else (N4)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.billing.v1 import events_pb2 as billing
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.workorders.v1 import events_pb2 as workorders
from notifications.bootstrap import service
from notifications.domain.channel import Channel
from notifications.domain.corrections import CORRECTIONS, NOTHING_TO_CORRECT, held_back
from notifications.domain.notification import State
from notifications.domain.values import Term
from servicekit.times import to_timestamp
from tests.notifications import facts
from tests.notifications.builders import NOW, notification
from tests.notifications.calls import all_notifications, outbox
from tests.notifications.test_outages import Line
from tests.notifications.test_service import publish
from tests.support.running import fact

STATE = pb.Notification
AT = facts.LATER
ME = "customers/1"
CNY = billing.MinorUnits(amount=10_000, currency_code="CNY")
JOB = facts.JOB
COMPLAINT = complaints.ComplaintFacts(complaint="complaints/1", customer=ME)
REVERSED = billing.PaymentReversed(
    payment="payments/1", customer=ME, amount=CNY, balance=CNY, bank_reference="B-1", reverse_time=AT
)
REFUNDED = billing.PaymentRefunded(payment="payments/1", customer=ME, amount=CNY, refund_time=AT)


def triaged(category="leak"):
    return workorders.TicketTriaged(
        ticket="tickets/1", customer=ME, commodity="heat", category=category, urgency="urgent", triage_time=AT
    )


def breached(clock="arrive"):
    return workorders.ServiceStandardBreached(facts=JOB, clock=clock, due_time=AT)


def late(step="reminder", clock="decide"):
    return complaints.ComplaintSupervised(facts=COMPLAINT, step=step, clock=clock, due_time=AT)


CASES = [
    (facts.paid, "billing", REVERSED, "payment-reversed"),
    (facts.paid, "billing", REFUNDED, "payment-refunded"),
    (facts.ticket, "workorders", triaged(), "ticket-corrected"),
    (facts.dispatched, "workorders", breached(), "arrival-late"),
    (facts.dispatched, "workorders", workorders.WorkOrderHandedOver(facts=JOB, hand_over_time=AT), "crew-changed"),
    (
        facts.dispatched,
        "workorders",
        workorders.WorkOrderSuspended(facts=JOB, suspend_time=AT, reason="parts"),
        "work-suspended",
    ),
    (facts.dispatched, "workorders", workorders.WorkOrderResumed(facts=JOB, resume_time=AT), "work-resumed"),
    (facts.dispatched, "workorders", workorders.WorkOrderNotDone(facts=JOB, not_done_time=AT), "work-not-done"),
    (facts.completed, "workorders", workorders.WorkOrderReopened(facts=JOB, reopen_time=AT), "ticket-reopened"),
    (
        facts.complaint,
        "complaints",
        complaints.ComplaintWithdrawn(facts=COMPLAINT, withdraw_time=AT),
        "complaint-withdrawn",
    ),
    (facts.complaint, "complaints", late(), "complaint-late"),
    (facts.extended, "complaints", late(), "complaint-late"),
    (facts.decided, "complaints", complaints.ComplaintReopened(facts=COMPLAINT, reopen_time=AT), "complaint-reopened"),
]
CONDITIONAL = [case for case in CASES if case[3] in CORRECTIONS]


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def svc(start, line):
    return start(lambda settings: service(settings, line.connect))


def later(message, producer, sequence=20):
    about = {"billing": "payments/1", "complaints": "complaints/1"}.get(producer)
    about = about or ("tickets/1" if hasattr(message, "ticket") else "workOrders/1")
    return fact(message, producer, about, sequence)


def states(svc, code):
    return sorted({(n.state, n.reason) for n in all_notifications(svc) if n.template_code == code})


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize(("told", "producer", "then", "code"), CASES, ids=[f"{c[0].__name__}-{c[3]}" for c in CASES])
def test_who_was_told_is_told_what_is_true_now(svc, told, producer, then, code, language):
    publish(svc, facts.customer(facts.sms(language=language)), told())
    publish(svc, later(then, producer), later(then, producer))
    assert {state for state, _ in states(svc, code)} == {STATE.STATE_DELIVERED}
    names = {n.name for n in all_notifications(svc) if n.template_code == code}
    assert {m.notification for m in outbox(svc)} >= names


@pytest.mark.parametrize(
    ("told", "producer", "then", "code"), CONDITIONAL, ids=[f"{c[0].__name__}-{c[3]}" for c in CONDITIONAL]
)
def test_who_was_told_nothing_is_not_told_that_it_is_untrue(svc, told, producer, then, code):
    publish(svc, facts.customer(facts.sms()), later(then, producer))
    assert states(svc, code) == [(STATE.STATE_SUPPRESSED, NOTHING_TO_CORRECT)]
    mine = {n.name for n in all_notifications(svc) if n.recipient == ME}
    assert mine.isdisjoint({m.notification for m in outbox(svc)})


def test_a_payment_that_is_taken_back_before_it_was_told_is_told_by_nobody(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, facts.customer(facts.sms()), facts.paid(), later(REVERSED, "billing"))
    line.away = set()
    start.advance(timedelta(minutes=6))
    start.advance(timedelta(hours=1))
    assert states(svc, "payment-received") == [(STATE.STATE_SUPPRESSED, "OVERTAKEN_BY_PAYMENT_REVERSED")]
    assert states(svc, "payment-reversed") == [(STATE.STATE_SUPPRESSED, NOTHING_TO_CORRECT)]


def test_the_reversal_says_how_much_and_what_is_owed(svc):
    publish(svc, facts.customer(facts.sms()), facts.paid())
    publish(svc, later(REVERSED, "billing"))
    (n,) = [n for n in all_notifications(svc) if n.template_code == "payment-reversed"]
    (text,) = [m.body for m in outbox(svc) if m.notification == n.name]
    assert "100.00" in text
    assert "撤回" in text


def test_facts_in_the_wrong_order_end_in_the_same(svc, start):
    publish(svc, facts.customer(facts.sms()), later(REVERSED, "billing"))
    publish(svc, facts.paid())
    start.advance(timedelta(hours=1))
    assert states(svc, "payment-received") == [(STATE.STATE_SUPPRESSED, "OVERTAKEN_BY_PAYMENT_REVERSED")]
    assert len(outbox(svc)) == 0


def test_a_triage_that_changes_nothing_that_was_told_is_not_told(svc):
    publish(svc, facts.customer(facts.sms()), facts.ticket())
    publish(svc, later(triaged("no_heat"), "workorders"))
    assert states(svc, "ticket-corrected") == [(STATE.STATE_SUPPRESSED, NOTHING_TO_CORRECT)]


def test_other_clocks_and_later_steps_are_not_told_to_customers(svc):
    publish(svc, facts.customer(facts.sms()), facts.dispatched(), facts.complaint())
    publish(svc, later(breached("restore"), "workorders"), later(late("urging"), "complaints"))
    publish(svc, later(late(clock="acknowledge"), "complaints", 21))
    assert states(svc, "arrival-late") == states(svc, "complaint-late") == []


def test_a_job_and_its_ticket_that_are_open_again_tell_it_once(svc):
    at = to_timestamp(NOW)
    job = workorders.WorkOrderFacts(work_order="workOrders/1", tickets=["tickets/1"], customers=[ME])
    ticket = workorders.TicketReopened(ticket="tickets/1", customer=ME, reopen_time=at)
    publish(
        svc, facts.customer(facts.sms()), later(workorders.WorkOrderReopened(facts=job, reopen_time=at), "workorders")
    )
    publish(svc, fact(ticket, "workorders", "tickets/1", 4))
    assert [n.template_code for n in all_notifications(svc)] == ["ticket-reopened"]


@given(st.sampled_from(sorted(CORRECTIONS)), st.lists(st.sampled_from(State), max_size=4))
def test_a_correction_goes_out_just_when_one_of_what_it_corrects_arrived(code, before):
    of = min(CORRECTIONS[code].of)
    now = {name: Term("gas") for name in CORRECTIONS[code].differs}
    others = [
        notification(id=f"n{i}", template_code=of, state=state, sequence=1, variables={})
        for i, state in enumerate(before)
    ]
    held = held_back(notification(id="c", template_code=code, sequence=2, variables=now), others)
    told = {State.SENT, State.DELIVERED} & set(before)
    waiting = {State.PENDING, State.SENDING, State.AWAITING_CONTACT} & set(before)
    assert held == (None if told else "AWAITS_CORRECTED" if waiting else NOTHING_TO_CORRECT)


@given(st.sampled_from(sorted(CORRECTIONS)), st.sampled_from(["recipient", "related_resource", "template_code"]))
def test_what_others_were_told_or_of_something_else_does_not_count(code, what):
    told = notification(id="n", template_code=min(CORRECTIONS[code].of), state=State.DELIVERED, sequence=1)
    other = notification(**{"id": "n", "template_code": told.template_code, "state": State.DELIVERED, what: "x/9"})
    assert held_back(notification(id="c", template_code=code, sequence=2), [other]) == NOTHING_TO_CORRECT
