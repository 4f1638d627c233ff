"""Before each try it is asked whether a message is still true (N4)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.billing.v1.events_pb2 import PaymentReversed
from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.surveys.v1 import events_pb2 as surveys
from hearthline.workorders.v1 import events_pb2 as workorders
from notifications.bootstrap import service
from notifications.domain.channel import Channel
from notifications.domain.occasions import SUPPLIED
from notifications.domain.truth import HEARD, UNTRUE, Happening, untrue
from notifications.domain.values import Kind, Term
from notifications.handlers.hearing import TOPICS
from tests.notifications import facts
from tests.notifications.builders import NOW, notification
from tests.notifications.calls import all_notifications, outbox
from tests.notifications.test_outages import Line
from tests.notifications.test_service import publish
from tests.support.running import fact

STATE = pb.Notification
OVERTAKEN = [(code, kind) for code, rows in UNTRUE.items() for row in rows for kind in sorted(row.after)]


def about(code: str, kind: str, **more: object):
    """A message of this occasion for which facts of this kind matter."""
    row = next(row for row in UNTRUE[code] if kind in row.after)
    values: dict[str, object] = {name: Term(min(codes)) for name, codes in row.when.items()}
    return notification(template_code=code, variables=values, sequence=5, **more)


def test_every_occasion_says_what_makes_it_untrue():
    assert set(UNTRUE) == set(SUPPLIED)


def test_the_table_names_facts_and_values_that_there_are():
    assert {kind for kind in HEARD if not any(hasattr(module, kind) for module in TOPICS.values())} == set()
    for code, rows in UNTRUE.items():
        for row in rows:
            assert not row.until or SUPPLIED[code][row.until] is Kind.TIME
            assert all(SUPPLIED[code][name] is Kind.TERM for name in row.when)


@pytest.mark.parametrize(("code", "kind"), OVERTAKEN)
def test_a_later_fact_makes_it_untrue_and_an_earlier_one_or_anothers_does_not(code, kind):
    n = about(code, kind)
    assert str(untrue(n, [Happening("tickets/1", kind, 6, NOW)], NOW)).startswith("OVERTAKEN_BY_")
    assert untrue(n, [Happening("tickets/1", kind, 5, NOW + timedelta(hours=1))], NOW) is None
    assert untrue(n, [Happening("tickets/2", kind, 6, NOW)], NOW) is None
    assert untrue(n, [Happening("tickets/1", "ComplaintAssessed", 6, NOW)], NOW) is None


@pytest.mark.parametrize(("code", "kind"), OVERTAKEN)
@given(minutes=st.integers(-100, 100))
def test_where_another_resource_caused_it_time_decides(code, kind, minutes):
    n = notification(template_code=code, variables=about(code, kind).variables, sequence=0)
    at = NOW + timedelta(minutes=minutes)
    assert (untrue(n, [Happening("tickets/1", kind, 1, at)], NOW) is not None) == (minutes > 0)


@pytest.mark.parametrize(("code", "name"), [(c, r.until) for c, rows in UNTRUE.items() for r in rows if r.until])
def test_a_time_that_passed_is_promised_to_nobody(code, name):
    n = notification(template_code=code, variables={name: NOW})
    assert untrue(n, [], NOW) == "TIME_PASSED"
    assert untrue(n, [], NOW - timedelta(seconds=1)) is None


def test_a_criticism_stands_and_a_reminder_of_a_decided_complaint_does_not():
    decided = [Happening("tickets/1", "ComplaintDecisionCommunicated", 6, NOW + timedelta(hours=1))]
    for step, expected in (("reminder", True), ("urging", True), ("criticism", False)):
        n = notification(template_code="complaint-supervised", variables={"step": Term(step)})
        assert (untrue(n, decided, NOW) is not None) is expected, step


@pytest.fixture
def line():
    return Line()


@pytest.fixture
def svc(start, line):
    return start(lambda settings: service(settings, line.connect))


JOB, COMPLAINT = facts.JOB, complaints.ComplaintFacts(complaint="complaints/1", customer="customers/1")

CASES = [
    (facts.dispatched, "workorders", workorders.WorkOrderCancelled(facts=JOB, reason="x"), "WORK_ORDER_CANCELLED"),
    (facts.dispatched, "workorders", workorders.WorkOrderArrived(facts=JOB), "WORK_ORDER_ARRIVED"),
    (facts.dispatched, "workorders", workorders.WorkOrderSuspended(facts=JOB, reason="part"), "WORK_ORDER_SUSPENDED"),
    (facts.dispatched, "workorders", workorders.WorkOrderHandedOver(facts=JOB), "WORK_ORDER_HANDED_OVER"),
    (facts.completed, "workorders", workorders.WorkOrderReopened(facts=JOB, reason="x"), "WORK_ORDER_REOPENED"),
    (facts.escalated, "workorders", workorders.WorkOrderArrived(facts=JOB), "WORK_ORDER_ARRIVED"),
    (facts.ticket, "workorders", workorders.TicketCancelled(ticket="tickets/1"), "TICKET_CANCELLED"),
    (facts.invited, "surveys", surveys.SurveyResponseRecorded(survey="surveys/1"), "SURVEY_RESPONSE_RECORDED"),
    (facts.invited, "surveys", surveys.SurveyRefused(survey="surveys/1"), "SURVEY_REFUSED"),
    (facts.complaint, "complaints", complaints.ComplaintWithdrawn(facts=COMPLAINT), "COMPLAINT_WITHDRAWN"),
    (facts.extended, "complaints", complaints.ComplaintClosed(facts=COMPLAINT), "COMPLAINT_CLOSED"),
    (facts.supervised, "complaints", complaints.ComplaintClosed(facts=COMPLAINT), "COMPLAINT_CLOSED"),
    (facts.decided, "complaints", complaints.ComplaintReopened(facts=COMPLAINT), "COMPLAINT_REOPENED"),
    (facts.paid, "billing", PaymentReversed(payment="payments/1"), "PAYMENT_REVERSED"),
]


@pytest.mark.parametrize(("told", "producer", "later", "reason"), CASES, ids=[c[3] + c[0].__name__ for c in CASES])
def test_what_is_overtaken_while_it_waits_is_dropped_with_its_reason(svc, start, line, told, producer, later, reason):
    line.away = {Channel.SMS}
    first = told()
    publish(svc, facts.customer(facts.sms()), first)
    (waiting,) = all_notifications(svc)
    assert waiting.state == STATE.STATE_PENDING
    publish(svc, fact(later, producer, waiting.related_resource, 20))
    line.away = set()
    start.advance(timedelta(minutes=6))
    dropped = next(n for n in all_notifications(svc) if n.name == waiting.name)
    assert (dropped.state, dropped.reason) == (STATE.STATE_SUPPRESSED, f"OVERTAKEN_BY_{reason}")
    assert waiting.name not in {m.notification for m in outbox(svc)}


def test_of_two_crews_the_later_is_told_once(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, facts.customer(facts.sms()), facts.dispatched(), facts.dispatched(2))
    line.away = set()
    start.advance(timedelta(minutes=6))
    told = [(n.values["attempt"].integer, n.state, n.reason) for n in all_notifications(svc)]
    assert sorted(told) == [
        (1, STATE.STATE_SUPPRESSED, "OVERTAKEN_BY_WORK_ORDER_DISPATCHED"),
        (2, STATE.STATE_DELIVERED, "SANDBOX_DELIVERED"),
    ]


def test_a_crew_that_should_have_been_there_is_announced_to_nobody(svc, start, line):
    line.away = {Channel.SMS}
    publish(svc, facts.customer(facts.sms()), facts.dispatched())
    start.advance(timedelta(minutes=25))
    line.away = set()
    start.advance(timedelta(minutes=6))
    (n,) = all_notifications(svc)
    assert (n.state, n.reason, len(outbox(svc))) == (STATE.STATE_SUPPRESSED, "TIME_PASSED", 0)


def test_what_waits_for_a_customer_is_asked_too(svc, start):
    publish(svc, facts.dispatched(), facts.called_off())
    publish(svc, facts.customer(facts.sms()))
    assert [n.template_code for n in all_notifications(svc, "state = DELIVERED")] == ["work-cancelled"]


def test_facts_that_come_twice_and_in_any_order_end_in_the_same(svc, start):
    wrong_way = [facts.called_off(), facts.dispatched(2), facts.dispatched(), facts.called_off(), facts.dispatched(2)]
    publish(svc, *wrong_way)
    publish(svc, facts.customer(facts.sms()))
    states = {(n.template_code, n.state, n.reason) for n in all_notifications(svc)}
    overtaken = "OVERTAKEN_BY_WORK_ORDER_CANCELLED"
    assert states == {
        ("work-cancelled", STATE.STATE_DELIVERED, "SANDBOX_DELIVERED"),
        ("crew-dispatched", STATE.STATE_SUPPRESSED, overtaken),
    }
