"""NotificationService."""

from functools import partial

import grpc

from hearthline.notifications.v1 import notifications_pb2 as pb
from hearthline.notifications.v1.notifications_pb2_grpc import NotificationServiceServicer
from notifications.api.mapping import notification_to_proto, sandbox_to_proto, statistics_to_proto
from notifications.api.values import values_from
from notifications.domain.channel import Channel, spoken
from notifications.domain.notification import Outcome
from notifications.domain.routing import Route
from notifications.handlers.receipts import Receipt, record_receipt
from notifications.handlers.request import SendNotification, send_notification
from notifications.settings import Settings
from notifications.store.notifications import (
    NOT_CONFIDENTIAL,
    NOTIFICATIONS,
    count,
    get_notification,
    notification_of,
)
from notifications.store.sandbox import SANDBOX_MESSAGES
from servicekit.access import sees_confidential
from servicekit.calls import Rpc
from servicekit.errors import InvalidArgument, NotFound
from servicekit.names import resource_id
from servicekit.times import from_timestamp


class NotificationApi(NotificationServiceServicer):
    """See notifications.proto."""

    def __init__(self, rpc: Rpc, settings: Settings) -> None:
        self._rpc = rpc
        self._record_receipt = partial(record_receipt, policy=settings.delivery())

    def SendNotification(self, request: pb.SendNotificationRequest, context: grpc.ServicerContext) -> pb.Notification:
        return self._rpc.command(request, send_notification, _send_from(request), render=notification_to_proto)

    def GetNotification(self, request: pb.GetNotificationRequest, context: grpc.ServicerContext) -> pb.Notification:
        with self._rpc.reading() as uow:
            found = get_notification(uow, resource_id(request.name, "notifications"))
        if found.confidential and not sees_confidential(self._rpc.identity):
            raise NotFound(found.name)
        return notification_to_proto(found)

    def ListNotifications(
        self, request: pb.ListNotificationsRequest, context: grpc.ServicerContext
    ) -> pb.ListNotificationsResponse:
        listing = NOTIFICATIONS if sees_confidential(self._rpc.identity) else NOT_CONFIDENTIAL
        with self._rpc.reading() as uow:
            page = listing.page(uow, request)
        found = [notification_to_proto(notification_of(row)) for row in page.rows]
        return pb.ListNotificationsResponse(notifications=found, next_page_token=page.next_page_token)

    def RecordReceipt(self, request: pb.RecordReceiptRequest, context: grpc.ServicerContext) -> pb.Notification:
        outcome = Outcome[pb.RecordReceiptRequest.Outcome.Name(request.outcome).removeprefix("OUTCOME_")]
        if outcome is Outcome.UNDELIVERED and not request.reason:
            raise InvalidArgument("reason", "is required for an undelivered message")
        receipt = Receipt(request.message_key, outcome, request.reason)
        return self._rpc.command(request, self._record_receipt, receipt, render=notification_to_proto)

    def ListSandboxMessages(
        self, request: pb.ListSandboxMessagesRequest, context: grpc.ServicerContext
    ) -> pb.ListSandboxMessagesResponse:
        with self._rpc.reading() as uow:
            page = SANDBOX_MESSAGES.page(uow, request)
        messages = [sandbox_to_proto(row) for row in page.rows]
        return pb.ListSandboxMessagesResponse(sandbox_messages=messages, next_page_token=page.next_page_token)

    def GetDeliveryStatistics(
        self, request: pb.GetDeliveryStatisticsRequest, context: grpc.ServicerContext
    ) -> pb.DeliveryStatistics:
        start, end = from_timestamp(request.start_time), from_timestamp(request.end_time)
        if start and end and start >= end:
            raise InvalidArgument("end_time", "must be after start_time")
        with self._rpc.reading() as uow:
            return statistics_to_proto(count(uow, start, end))


def _send_from(request: pb.SendNotificationRequest) -> SendNotification:
    values, code, about = values_from(request.values), request.template_code, request.related_resource
    if request.HasField("customer"):
        resource_id(request.customer, "customers", field="customer")
        return SendNotification(code, request.customer, values, about)
    to = request.address
    route = Route(Channel(to.channel), to.address, spoken(to.language_code))
    return SendNotification(code, "", values, about, route, to.display_name)
