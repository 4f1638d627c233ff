"""What callers may ask for, and what they are told when they ask for nonsense (P1)."""

import uuid
from datetime import timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1 import templates_pb2 as tpb
from hearthline.notifications.v1.notifications_pb2_grpc import NotificationServiceStub
from notifications.bootstrap import service
from tests.notifications import facts
from tests.notifications.calls import all_notifications, notifications, outbox, refused

V = tpb.TemplateValue
ASKED = {"complaint": V(text="c-1"), "decision": V(text="道歉")}
PHONE = pb.DirectAddress(channel="sms", address="+8613800000001", language_code="en", display_name="Li")


@pytest.fixture
def svc(start):
    return start(service)


def send(**changes) -> pb.SendNotificationRequest:
    fields = {"template_code": "complaint-decided", "address": PHONE, "values": ASKED}
    return pb.SendNotificationRequest(**{**fields, **changes})


def test_sends_to_one_address(svc):
    made = notifications(svc).SendNotification(send())
    assert made.state == pb.Notification.STATE_PENDING
    svc.settle()
    n = notifications(svc).GetNotification(pb.GetNotificationRequest(name=made.name))
    assert (n.state, n.channel, n.template) == (
        pb.Notification.STATE_DELIVERED,
        "sms",
        "templates/complaint-decided-v1",
    )
    assert n.body.startswith("Dear Li, we have decided on your complaint c-1: 道歉.")
    assert n.values == ASKED
    (kept,) = outbox(svc, f'notification = "{made.name}"')
    assert kept.name == f"sandboxMessages/{n.attempts[0].message_key}"


def test_sends_to_a_customer_by_their_preferences(svc):
    svc.kit.eventlog.producer().publish([facts.customer(facts.sms())])
    svc.settle()
    request = pb.SendNotificationRequest(template_code="complaint-decided", customer="customers/1", values=ASKED)
    made = notifications(svc).SendNotification(request)
    svc.settle()
    assert [n.name for n in all_notifications(svc, 'customer = "customers/1" AND state = DELIVERED')] == [made.name]


@pytest.mark.parametrize(
    "address", ["+862486001234", "+864006189990", "+868008105992", "+8612345", "+8695598", "+8610086", "+85223456789"]
)
def test_no_text_message_goes_to_a_number_that_takes_none(svc, address):
    direct = pb.DirectAddress(channel="sms", address=address)
    code, reason, fields = refused(notifications(svc).SendNotification, send(address=direct))
    assert (code, reason, fields) == (grpc.StatusCode.INVALID_ARGUMENT, "BAD_ADDRESS", ["address.address"])
    if address.startswith("+8624"):
        direct.channel = "voice"
        direct.address += ";ext=301"
        assert notifications(svc).SendNotification(send(address=direct)).name


def test_a_land_line_that_an_older_fact_gave_for_texts_is_called(svc):
    landline = facts.sms("+862486001234")
    svc.kit.eventlog.producer().publish([facts.customer(landline), facts.paid()])
    svc.settle()
    assert [(m.channel, m.address) for m in outbox(svc)] == [("voice", "+862486001234")]


def test_a_call_goes_on_to_the_extension(svc):
    point = facts.sms("+862486001234")
    point.channel, point.extension = "voice", "301"
    svc.kit.eventlog.producer().publish([facts.customer(point), facts.paid()])
    svc.settle()
    assert [(m.channel, m.address) for m in outbox(svc)] == [("voice", "+862486001234;ext=301")]


def test_what_is_written_to_a_confidential_complainant_is_shown_to_supervisors_only(svc):
    told = [facts.customer(facts.sms()), facts.complaint(confidential=True), facts.paid()]
    svc.kit.eventlog.producer().publish(told)
    svc.settle()
    assert [message.subject for message in outbox(svc)], "it is sent all the same"
    with_names = NotificationServiceStub(svc.connect("staff/1001", ("supervisor",)))
    about = pb.ListNotificationsRequest(filter='related_resource = "complaints/1"')
    (shown,) = with_names.ListNotifications(about).notifications
    assert (shown.recipient, shown.confidential) == ("customers/1", True)
    assert [n.template_code for n in all_notifications(svc)] == ["payment-received"]
    assert list(notifications(svc).ListNotifications(about).notifications) == []
    asked = pb.GetNotificationRequest(name=shown.name)
    assert refused(notifications(svc).GetNotification, asked)[0] is grpc.StatusCode.NOT_FOUND
    assert with_names.GetNotification(asked).name == shown.name


def test_request_id_makes_a_repeated_call_harmless(svc):
    request = send(request_id=str(uuid.uuid4()))
    first = notifications(svc).SendNotification(request)
    assert notifications(svc).SendNotification(request).name == first.name
    assert len(all_notifications(svc)) == 1
    request.values["decision"].text = "others"
    code, reason, _ = refused(notifications(svc).SendNotification, request)
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def address(**changes) -> pb.DirectAddress:
    made = pb.DirectAddress()
    made.CopyFrom(PHONE)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


BAD_REQUESTS: list[tuple[pb.SendNotificationRequest, grpc.StatusCode, str | None]] = [
    (send(template_code="no-such"), grpc.StatusCode.NOT_FOUND, None),
    (send(template_code="Über"), grpc.StatusCode.INVALID_ARGUMENT, "template_code"),
    (send(values={"complaint": V(text="c")}), grpc.StatusCode.INVALID_ARGUMENT, "values.decision"),
    (send(values=ASKED | {"more": V(text="x")}), grpc.StatusCode.INVALID_ARGUMENT, "values.more"),
    (send(values=ASKED | {"decision": V(integer=3)}), grpc.StatusCode.INVALID_ARGUMENT, "values.decision"),
    (send(address=address(address="12345")), grpc.StatusCode.INVALID_ARGUMENT, "address.address"),
    (send(address=address(address="+86138000000010000")), grpc.StatusCode.INVALID_ARGUMENT, "address.address"),
    (send(address=address(channel="email")), grpc.StatusCode.INVALID_ARGUMENT, "address.address"),
    (send(address=address(channel="fax")), grpc.StatusCode.INVALID_ARGUMENT, "address.channel"),
    (send(address=address(language_code="fr")), grpc.StatusCode.INVALID_ARGUMENT, "address.language_code"),
    (send(address=None, customer="people/1"), grpc.StatusCode.INVALID_ARGUMENT, "customer"),
    (send(address=None), grpc.StatusCode.INVALID_ARGUMENT, "to"),
    (send(request_id="7"), grpc.StatusCode.INVALID_ARGUMENT, "request_id"),
    (send(related_resource="x" * 201), grpc.StatusCode.INVALID_ARGUMENT, "related_resource"),
    (
        send(values={"at": V(time=Timestamp(seconds=253402300799))}),
        grpc.StatusCode.INVALID_ARGUMENT,
        "values[at].time",
    ),
]


def test_bad_requests_are_refused_with_their_field(svc):
    for request, code, field in BAD_REQUESTS:
        got, _, fields = refused(notifications(svc).SendNotification, request)
        assert got is code, request
        assert field is None or field in fields, request
    assert all_notifications(svc) == []


def test_unknown_names(svc):
    get = notifications(svc).GetNotification
    assert refused(get, pb.GetNotificationRequest(name="notifications/none"))[0] is grpc.StatusCode.NOT_FOUND
    assert refused(get, pb.GetNotificationRequest(name="surveys/1"))[2] == ["name"]


def test_lists_in_pages_by_filter(svc):
    names = {notifications(svc).SendNotification(send()).name for _ in range(5)}
    svc.settle()
    request = pb.ListNotificationsRequest(page_size=2, filter='template_code = "complaint-decided" AND channel = sms')
    seen: list[str] = []
    while True:
        page = notifications(svc).ListNotifications(request)
        seen += [n.name for n in page.notifications]
        request.page_token = page.next_page_token
        if not request.page_token:
            break
    assert (len(seen), set(seen)) == (5, names)
    assert refused(notifications(svc).ListNotifications, pb.ListNotificationsRequest(filter="color = red"))[2] == [
        "filter"
    ]


def test_provider_records_a_receipt(start):
    svc = start(service, sandbox_behaviour={"1": "silent"})
    notifications(svc).SendNotification(send())
    svc.settle()
    (n,) = all_notifications(svc)
    assert n.state == pb.Notification.STATE_SENT
    key = n.attempts[0].message_key
    record = notifications(svc).RecordReceipt
    receipt = pb.RecordReceiptRequest(message_key=key, outcome=pb.RecordReceiptRequest.OUTCOME_DELIVERED)
    assert record(receipt).state == pb.Notification.STATE_DELIVERED
    late = pb.RecordReceiptRequest(
        message_key=key, outcome=pb.RecordReceiptRequest.OUTCOME_UNDELIVERED, reason="ABSENT"
    )
    assert record(late).state == pb.Notification.STATE_DELIVERED


def test_receipts_of_nothing_we_sent_are_refused(svc):
    made = notifications(svc).SendNotification(send())
    svc.settle()
    record, delivered = notifications(svc).RecordReceipt, pb.RecordReceiptRequest.OUTCOME_DELIVERED
    for key in ("nonsense", made.name.partition("/")[2] + "-0123456789abcdef"):
        request = pb.RecordReceiptRequest(message_key=key, outcome=delivered)
        assert refused(record, request)[0] is grpc.StatusCode.NOT_FOUND
    assert refused(record, pb.RecordReceiptRequest(message_key="x"))[2] == ["outcome"]
    undelivered = pb.RecordReceiptRequest.OUTCOME_UNDELIVERED
    assert refused(record, pb.RecordReceiptRequest(message_key="x", outcome=undelivered))[2] == ["reason"]


def test_receipt_that_overtakes_our_own_commit_is_to_be_repeated(start):
    svc = start(service, work=False)
    made = notifications(svc).SendNotification(send())
    from notifications.store.claims import claim_due

    with svc.kit.unit() as uow:
        (claim,) = claim_due(uow, 10, timedelta(minutes=5))
    assert claim.notification.direct
    key = claim.notification.message_key(claim.notification.direct)
    request = pb.RecordReceiptRequest(message_key=key, outcome=pb.RecordReceiptRequest.OUTCOME_DELIVERED)
    code, reason, _ = refused(notifications(svc).RecordReceipt, request)
    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "NOT_SENT_YET")
    assert made.name.endswith(claim.notification.id)


def test_statistics_of_an_empty_or_reversed_time(svc):
    early, late = Timestamp(seconds=1), Timestamp(seconds=2)
    ask = notifications(svc).GetDeliveryStatistics
    assert ask(pb.GetDeliveryStatisticsRequest(start_time=early, end_time=late)).total == 0
    assert refused(ask, pb.GetDeliveryStatisticsRequest(start_time=late, end_time=early))[2] == ["end_time"]
