"""The service's stubs, and short forms of what tests ask it."""

from hearthline.notifications.v1.notifications_pb2 import (
    ListNotificationsRequest,
    ListSandboxMessagesRequest,
    Notification,
    SandboxMessage,
)
from hearthline.notifications.v1.notifications_pb2_grpc import NotificationServiceStub
from hearthline.notifications.v1.templates_pb2_grpc import TemplateServiceStub
from tests.support.running import RunningService


def notifications(svc: RunningService) -> NotificationServiceStub:
    return NotificationServiceStub(svc.channel)


def templates(svc: RunningService) -> TemplateServiceStub:
    return TemplateServiceStub(svc.channel)


def all_notifications(svc: RunningService, filter: str = "") -> list[Notification]:
    request = ListNotificationsRequest(filter=filter, page_size=1000, order_by="create_time")
    return list(notifications(svc).ListNotifications(request).notifications)


def outbox(svc: RunningService, filter: str = "") -> list[SandboxMessage]:
    request = ListSandboxMessagesRequest(filter=filter, page_size=1000)
    return list(notifications(svc).ListSandboxMessages(request).sandbox_messages)
