"""Who joins a fault later is told how its job stands, and everything later, each once (W8, N4)."""

from datetime import UTC, datetime
from itertools import permutations
from random import Random

import pytest

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.workorders.v1 import events_pb2 as workorders
from notifications.bootstrap import service
from servicekit.times import to_timestamp
from tests.notifications import facts
from tests.notifications.calls import all_notifications, outbox
from tests.notifications.test_service import publish
from tests.support.running import fact

JOB = "workOrders/1"
FIRST, SECOND = "customers/1", "customers/2"
DELIVERED = pb.Notification.STATE_DELIVERED
CODES = {
    "waiting": "fault-known",
    "coming": "crew-dispatched",
    "late": "crew-overdue",
    "on_site": "crew-on-site",
    "suspended": "work-suspended",
}
AT, DUE = facts.AT, to_timestamp(datetime(2026, 1, 15, 3, tzinfo=UTC))


def job(*customers, ticket="tickets/1"):
    return workorders.WorkOrderFacts(
        work_order=JOB,
        tickets=[ticket],
        customers=customers,
        commodity="heat",
        category="burst_main",
        urgency="urgent",
        crew="crews/7",
    )


def joined(standing, sequence=5, customer=SECOND):
    message = workorders.WorkOrderJoined(
        facts=job(customer, ticket="tickets/2"),
        join_time=AT,
        standing=standing,
        crew_display_name="王强",
        arrive_due_time=DUE,
        attempt=1,
        suspend_time=AT,
        suspend_reason="parts",
    )
    return fact(message, "workorders", JOB, sequence)


ALL = job(FIRST, SECOND)
LATER = {
    "crew-dispatched": workorders.WorkOrderDispatched(
        facts=ALL, dispatch_time=AT, arrive_due_time=DUE, attempt=2, crew_display_name="赵敏"
    ),
    "crew-changed": workorders.WorkOrderHandedOver(facts=ALL, hand_over_time=AT, crew_display_name="赵敏"),
    "work-suspended": workorders.WorkOrderSuspended(facts=ALL, suspend_time=AT, reason="weather"),
    "work-resumed": workorders.WorkOrderResumed(facts=ALL, resume_time=AT),
    "work-completed": workorders.WorkOrderCompleted(facts=ALL, complete_time=AT, resolution="换管"),
    "work-cancelled": workorders.WorkOrderCancelled(facts=ALL, cancel_time=AT, reason="误报"),
    "work-not-done": workorders.WorkOrderNotDone(facts=ALL, not_done_time=AT, reason="缺件"),
}


@pytest.fixture
def svc(start):
    found = start(service)
    publish(found, facts.customer(facts.sms()), facts.customer(facts.sms("+8613800000002"), id="2"))
    return found


def told(svc, customer=SECOND):
    """The codes of what went out to a customer, sorted."""
    sent = {m.notification for m in outbox(svc)}
    return sorted(n.template_code for n in all_notifications(svc) if n.recipient == customer and n.name in sent)


@pytest.mark.parametrize("standing", CODES)
def test_who_joins_is_told_what_is_true_and_nobody_else_and_once(svc, standing):
    once = joined(standing)
    publish(svc, once, once)
    publish(svc, once)
    assert told(svc) == [CODES[standing]]
    assert told(svc, FIRST) == []
    (n,) = all_notifications(svc)
    assert n.state == DELIVERED


@pytest.mark.parametrize("standing", ["coming", "late", "on_site"])
def test_the_message_names_the_crew(svc, standing):
    publish(svc, joined(standing))
    assert "王强" in outbox(svc)[0].body


def test_a_standing_of_a_later_release_is_passed_over(svc):
    publish(svc, joined("teleported"))
    assert told(svc) == []


@pytest.mark.parametrize("code", LATER)
@pytest.mark.parametrize("standing", CODES)
def test_every_later_change_is_told_to_both_once(svc, standing, code):
    publish(svc, joined(standing))
    later = fact(LATER[code], "workorders", JOB, 6)
    publish(svc, later, later)
    assert told(svc) == sorted([CODES[standing], code])
    assert told(svc, FIRST) == [code]


STORY = [
    joined("waiting", 3),
    fact(LATER["crew-dispatched"], "workorders", JOB, 4),
    fact(LATER["work-suspended"], "workorders", JOB, 6),
    fact(LATER["work-completed"], "workorders", JOB, 9),
]
ORDERS = list(permutations(range(4)))


@pytest.mark.parametrize("order", ORDERS, ids=["".join(map(str, o)) for o in ORDERS])
def test_in_any_order_and_doubled_the_messages_are_the_same(svc, order):
    """All are made, each once; those that a later fact had overtaken when they came are not sent, and the last is."""
    records = [STORY[i] for i in order for _ in range(2)]
    Random(str(order)).shuffle(records)
    for record in records:
        publish(svc, record)
    made = [n.template_code for n in all_notifications(svc) if n.recipient == SECOND]
    assert sorted(made) == ["crew-dispatched", "fault-known", "work-completed", "work-suspended"]
    assert "work-completed" in told(svc)
    first_seen = list(dict.fromkeys(records.index(STORY[i]) for i in range(4)))
    assert ("fault-known" in told(svc)) == (first_seen[0] < min(first_seen[1], first_seen[3]))
