"""The whole flow over six processes: what each service knows at the end, and that saying all again changes nothing."""

from collections import Counter
from collections.abc import Sequence

from hearthline.billing.v1 import accounts_pb2, ledger_pb2, payments_pb2
from hearthline.complaints.v1 import complaints_pb2
from hearthline.customers.v1 import customers_pb2
from hearthline.notifications.v1 import notifications_pb2
from hearthline.operations.v1.operations_pb2 import GetProgressRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from hearthline.surveys.v1 import surveys_pb2
from hearthline.workorders.v1 import tickets_pb2, work_orders_pb2
from hearthline_cli.laptop import SERVICES
from servicekit.eventlog import Record
from tests.e2e.conftest import Told
from tests.e2e.story import ACCOUNT, CUSTOMER, FEE
from tests.e2e.tables import dump

# Each message that the story causes, and how often.
MESSAGES = {
    ("ticket-received", CUSTOMER): 2,  # the call, and the recovery that the bad answer opened
    ("crew-dispatched", CUSTOMER): 1,
    ("arrival-late", CUSTOMER): 1,
    ("standard-escalated", "staff/crew_lead"): 1,
    ("work-completed", CUSTOMER): 1,
    ("survey-invitation", CUSTOMER): 1,
    ("complaint-received", CUSTOMER): 1,
    ("complaint-decided", CUSTOMER): 1,
    ("payment-received", CUSTOMER): 1,
}

# The customer's life with the company, oldest first; messages came in between.
TIMELINE = [
    "CustomerRegistered",
    "CustomerUpdated",
    "ServiceAgreementStarted",
    "AccountOpened",
    "TicketCreated",
    "WorkOrderCreated",
    "WorkOrderDispatched",
    "TicketLinked",
    "WorkOrderAcknowledged",
    "WorkOrderTravelStarted",
    "ServiceStandardBreached",
    "EscalationRaised",
    "WorkOrderArrived",
    "WorkOrderStarted",
    "WorkOrderCompleted",
    "WorkOrderConfirmed",
    "WorkOrderClosed",
    "TicketResolved",
    "SurveyInvited",
    "SurveyResponseRecorded",
    "TicketCreated",
    "ComplaintFiled",
    "ComplaintAcknowledged",
    "ComplaintAssessed",
    "ComplaintInvestigated",
    "ComplaintResponded",
    "ComplaintDecisionCommunicated",
    "ComplaintClosed",
    "ChargePosted",
    "PaymentReceived",
]


def test_right_crew_did_the_job_and_the_ticket_is_resolved(told: Told) -> None:
    story = told.story
    order = story.platform.work_orders.GetWorkOrder(work_orders_pb2.GetWorkOrderRequest(name=story.order))
    ticket = story.platform.tickets.GetTicket(tickets_pb2.GetTicketRequest(name=story.ticket))

    assert (order.crew, order.attempt, list(order.tickets)) == ("crews/north", 1, [story.ticket])
    assert order.state == work_orders_pb2.WorkOrder.STATE_CLOSED
    assert ticket.state == tickets_pb2.Ticket.STATE_RESOLVED


def test_late_arrival_broke_one_standard_and_was_escalated_once(told: Told) -> None:
    kinds = Counter(record.headers["ce_type"].rpartition(".")[2] for record in told.facts())

    assert (kinds["ServiceStandardBreached"], kinds["EscalationRaised"]) == (1, 1)


def test_every_message_was_delivered_exactly_once(told: Told) -> None:
    request = notifications_pb2.ListNotificationsRequest(page_size=1000)
    found = told.story.platform.notifications.ListNotifications(request).notifications

    assert {n.state for n in found} == {notifications_pb2.Notification.STATE_DELIVERED}
    assert Counter((n.template_code, n.recipient) for n in found) == MESSAGES
    assert all(len(n.attempts) == 1 for n in found)


def test_bad_answer_is_recorded_and_opened_a_recovery(told: Told) -> None:
    story = told.story
    survey = story.platform.surveys.GetSurvey(surveys_pb2.GetSurveyRequest(name=story.survey.name))
    recovery = story.platform.tickets.ListTickets(tickets_pb2.ListTicketsRequest(filter='category = "recovery"'))

    assert survey.state == surveys_pb2.Survey.STATE_ANSWERED
    assert [ticket.related_resource for ticket in recovery.tickets] == [survey.name]


def test_complaint_was_worked_through_to_its_close(told: Told) -> None:
    listed = told.story.platform.complaints.ListComplaints(complaints_pb2.ListComplaintsRequest())

    assert [(c.name, c.state) for c in listed.complaints] == [
        (told.story.complaint, complaints_pb2.Complaint.STATE_CLOSED)
    ]


def test_bank_payment_settled_the_account_and_was_answered(told: Told) -> None:
    assert told.story.answered
    assert told.story.answered.is_complete
    assert money(told) == (0, True, [FEE])


def money(told: Told) -> tuple[int, bool, list[int]]:
    """The account's balance, whether the ledger adds up, and the payments."""
    platform = told.story.platform
    balance = platform.accounts.GetAccount(accounts_pb2.GetAccountRequest(name=ACCOUNT)).balance.amount
    trial = platform.ledger.GetTrialBalance(ledger_pb2.GetTrialBalanceRequest())
    payments = platform.payments.ListPayments(payments_pb2.ListPaymentsRequest()).payments
    return balance, trial.balanced, [payment.amount.amount for payment in payments]


def test_timeline_shows_everything_in_order(told: Told) -> None:
    request = customers_pb2.ListTimelineEntriesRequest(parent=CUSTOMER, page_size=1000, language_code="en")
    entries = told.story.platform.customers.ListTimelineEntries(request).timeline_entries
    kinds = [entry.kind for entry in reversed(entries)]
    to_customer = sum(count for (_, recipient), count in MESSAGES.items() if recipient == CUSTOMER)

    assert kinds.count("NotificationDelivered") == to_customer
    assert Counter(kind for kind in kinds if kind != "NotificationDelivered") == Counter(TIMELINE)
    moments = [TIMELINE.index(kind) for kind in kinds if kind in {"TicketResolved", "SurveyInvited", "PaymentReceived"}]
    assert moments == sorted(moments)
    assert all(entry.summary for entry in entries)


def test_nothing_became_a_dead_letter(told: Told) -> None:
    assert told.new_dead_letters() == {}


def test_saying_everything_again_changes_nothing(told: Told) -> None:
    """Every table of every service is compared, those of the kit too."""
    databases = {service: told.laptop.database_urls[service] for service in SERVICES}
    before = {service: dump(url) for service, url in databases.items()}

    publish(told, told.facts())

    assert {service: dump(url) for service, url in databases.items()} == before
    assert lag(told) == 0


def publish(told: Told, records: Sequence[Record]) -> None:
    """Hands records to the log, and waits until the services have done with them."""
    producer = told.log.producer()
    assert set(producer.publish(records)) == {None}
    producer.close()
    told.story.platform.settle()


def lag(told: Told) -> int:
    """Records that a service has not taken yet."""
    channels = [told.story.platform.channel(service) for service in SERVICES]
    progress = [OperationsServiceStub(channel).GetProgress(GetProgressRequest()) for channel in channels]
    return sum(sum(each.consumer_lag.values()) for each in progress)


def test_payment_that_the_bank_sends_again_is_not_posted_again(told: Told) -> None:
    publish(told, [sent.record for sent in told.story.banks.sent])

    assert money(told) == (0, True, [FEE])
    assert lag(told) == 0
