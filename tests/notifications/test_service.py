"""From facts to messages, with the real service on PostgreSQL and the embedded log."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1.events_pb2 import NotificationDelivered, NotificationFailed
from notifications.bootstrap import service
from servicekit.tables import outbox as events
from tests.notifications import facts
from tests.notifications.calls import all_notifications, notifications, outbox

STATE = pb.Notification


@pytest.fixture
def svc(start):
    return start(service)


def publish(svc, *records):
    svc.kit.eventlog.producer().publish(records)
    svc.settle()


def published(svc, kind):
    with svc.kit.unit() as uow:
        rows = uow.rows(select(events).order_by(events.c.seq))
    return [kind.FromString(r.value) for r in rows if r.headers["ce_type"] == kind.DESCRIPTOR.full_name]


def test_every_fact_of_the_spine_sends_its_message_once(svc):
    # One by one: what a later fact makes untrue is not sent any more.
    for each in facts.every_fact():
        publish(svc, each)
    sent = all_notifications(svc)
    assert sorted((n.template_code, n.recipient) for n in sent) == [
        ("complaint-decided", "customers/1"),
        ("complaint-extended", "customers/1"),
        ("complaint-received", "customers/1"),
        ("complaint-supervised", "staff/department"),
        ("crew-dispatched", "customers/1"),
        ("crew-dispatched", "customers/1"),
        ("payment-received", "customers/1"),
        ("standard-escalated", "staff/department"),
        ("survey-invitation", "customers/1"),
        ("ticket-answered", "customers/1"),
        ("ticket-received", "customers/1"),
        ("ticket-reopened", "customers/1"),
        ("ticket-withdrawn", "customers/1"),
        ("work-cancelled", "customers/1"),
        ("work-completed", "customers/1"),
    ]
    assert {n.state for n in sent} == {STATE.STATE_DELIVERED}
    assert len(outbox(svc)) == len(sent) == len(published(svc, NotificationDelivered))


def test_message_says_who_comes_and_when(svc):
    publish(svc, facts.customer(facts.sms()), facts.dispatched())
    (message,) = outbox(svc)
    assert (message.channel, message.address) == ("sms", "+8613800000001")
    assert message.body == ("尊敬的李雷：已安排王强前往处理（不热），承诺2026年1月15日09:20前到场。工单号1。")


def test_answer_is_told_in_the_words_of_whoever_gave_it(svc):
    publish(svc, facts.customer(facts.sms()), facts.resolved())
    (message,) = outbox(svc)
    assert message.body == "尊敬的李雷：您反映的问题（受理号1）已有答复：已电话致歉。如仍有疑问，请随时致电客服热线。"


def test_extension_is_explained_to_the_customer(svc):
    publish(svc, facts.customer(facts.sms()), facts.extended())
    (message,) = outbox(svc)
    assert "需要更多时间处理：等待检测报告。我们将在2026年1月15日前给您答复" in message.body


@pytest.mark.parametrize(
    ("step", "staff", "subject"),
    [
        ("reminder", "complaints", "【提醒】投诉1超时"),
        ("urging", "department", "【催办】投诉1超时"),
        ("criticism", "company", "【通报批评】投诉1超时"),
    ],
)
def test_late_complaint_is_told_a_step_further_up(svc, step, staff, subject):
    publish(svc, facts.supervised(step))
    (n,) = [each for each in all_notifications(svc) if each.template_code == "complaint-supervised"]
    assert (n.recipient, n.state, n.subject) == (f"staff/{staff}", STATE.STATE_DELIVERED, subject)


def test_each_end_of_a_request_is_told_once(svc):
    publish(svc, facts.customer(facts.sms()), facts.resolved(incident="incidents/1"))
    assert all_notifications(svc) == [], "the crew's work was told when it was done"
    publish(svc, facts.called_off(withdrawn=True), facts.withdrawn())
    assert [n.template_code for n in all_notifications(svc)] == ["ticket-withdrawn"]


def test_survey_link_holds_the_token_and_is_not_shown_with_the_message(svc):
    publish(svc, facts.customer(facts.sms(language="en")), facts.invited())
    (message,) = outbox(svc)
    assert "https://hearthline.example/surveys/tok-1" in message.body
    (shown,) = all_notifications(svc)
    assert shown.body == message.body.replace("https://hearthline.example/surveys/tok-1", "https://****")
    assert "tok-1" not in str(shown)
    assert notifications(svc).GetNotification(pb.GetNotificationRequest(name=shown.name)) == shown


def test_delivery_is_told_to_the_others(svc):
    publish(svc, facts.customer(facts.email()), facts.paid())
    (told,) = published(svc, NotificationDelivered)
    assert (told.customer, told.channel, told.language_code) == ("customers/1", "email", "en")
    assert (told.template, told.related_resource) == ("templates/payment-received-v1", "payments/1")


def test_nobody_is_told_of_imports_by_strangers_before_a_crew_or_anonymously(svc):
    quiet = [facts.ticket(imported=True), facts.ticket(2, customer=""), facts.dispatched(crew="")]
    quiet += [facts.resolved(imported=True), facts.withdrawn(imported=True), facts.withdrawn(customer="")]
    publish(svc, facts.customer(facts.sms()), *quiet, facts.complaint(customer=""))
    assert all_notifications(svc) == []


def test_without_consent_nothing_is_sent(svc):
    publish(svc, facts.customer(facts.sms(consented=False)), facts.ticket())
    (n,) = all_notifications(svc)
    assert (n.state, n.reason) == (STATE.STATE_SUPPRESSED, "NO_CONSENT")
    assert outbox(svc) == []


def test_message_waits_for_a_customer_who_comes_later(svc):
    publish(svc, facts.ticket())
    (waiting,) = all_notifications(svc)
    assert waiting.state == STATE.STATE_AWAITING_CONTACT
    publish(svc, facts.customer(facts.sms()))
    (n,) = all_notifications(svc)
    assert n.state == STATE.STATE_DELIVERED


def test_customer_who_never_comes_is_a_failure_with_its_reason(svc, start):
    publish(svc, facts.ticket())
    start.advance(timedelta(days=1))
    (n,) = all_notifications(svc)
    assert (n.state, n.reason) == (STATE.STATE_FAILED, "NO_CONTACT")
    assert [f.reason for f in published(svc, NotificationFailed)] == ["NO_CONTACT"]


def test_refused_number_falls_back_to_email_in_its_language(svc):
    publish(svc, facts.customer(facts.sms("+8613800000097"), facts.email()), facts.ticket())
    (n,) = all_notifications(svc)
    assert [(a.channel, a.reason) for a in n.attempts] == [
        ("sms", "SANDBOX_UNKNOWN_ADDRESS"),
        ("email", "SANDBOX_DELIVERED"),
    ]
    assert (n.state, n.channel, n.language_code) == (STATE.STATE_DELIVERED, "email", "en")
    assert n.body.startswith("Dear 李雷")


def test_negative_receipt_falls_back_too(svc):
    publish(svc, facts.customer(facts.sms("+8613800000099"), facts.email()), facts.ticket())
    (n,) = all_notifications(svc)
    assert (n.state, n.channel, len(n.attempts)) == (STATE.STATE_DELIVERED, "email", 2)
    assert len(published(svc, NotificationDelivered)) == 1


def test_busy_provider_is_tried_again_after_a_pause(svc, start):
    publish(svc, facts.customer(facts.sms("+8613800000098")), facts.ticket())
    (n,) = all_notifications(svc)
    assert (n.state, n.reason) == (STATE.STATE_PENDING, "SANDBOX_BUSY")
    start.advance(timedelta(seconds=29))
    assert all_notifications(svc)[0].state == STATE.STATE_PENDING
    start.advance(timedelta(seconds=10))
    (n,) = all_notifications(svc)
    assert (n.state, len(n.attempts)) == (STATE.STATE_DELIVERED, 2)
    assert len(outbox(svc)) == 1


def test_failure_on_every_channel_is_told(svc):
    publish(svc, facts.customer(facts.sms("+8613800000097")), facts.ticket())
    (failed,) = published(svc, NotificationFailed)
    assert (failed.reason, failed.related_resource) == ("SANDBOX_UNKNOWN_ADDRESS", "tickets/1")


def test_receipts_come_when_the_sandbox_is_set_to_give_them(start):
    svc = start(service, sandbox_receipt_delay=timedelta(minutes=2))
    publish(svc, facts.customer(facts.sms()), facts.ticket())
    assert all_notifications(svc)[0].state == STATE.STATE_SENT
    start.advance(timedelta(minutes=2))
    assert all_notifications(svc)[0].state == STATE.STATE_DELIVERED


def test_statistics_count_by_template_channel_and_state(svc):
    publish(svc, facts.customer(facts.sms("+8613800000097"), facts.email()), facts.ticket(), facts.paid())
    found = notifications(svc).GetDeliveryStatistics(pb.GetDeliveryStatisticsRequest())
    assert found.total == 2
    assert [(r.template_code, r.channel, r.state, r.count, r.attempts) for r in found.rows] == [
        ("payment-received", "email", STATE.STATE_DELIVERED, 1, 2),
        ("ticket-received", "email", STATE.STATE_DELIVERED, 1, 2),
    ]


def test_a_thousand_messages_go_out_in_batches(svc):
    people = [facts.customer(facts.sms(f"+86139{n:08}"), id=str(n)) for n in range(100)]
    publish(svc, *people, *(facts.ticket(n, f"customers/{n % 100}") for n in range(1000)))
    found = notifications(svc).GetDeliveryStatistics(pb.GetDeliveryStatisticsRequest())
    assert found.total == 1000
    assert {r.state for r in found.rows} <= {STATE.STATE_DELIVERED, STATE.STATE_FAILED, STATE.STATE_PENDING}
