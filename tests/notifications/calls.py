"""The service's stubs, and short forms of what tests ask it."""

from typing import cast

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_status import rpc_status

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


def refused(call, request) -> tuple[grpc.StatusCode, str, list[str]]:
    """The code, reason and fields of a call that must fail."""
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    status = rpc_status.from_call(cast(grpc.Call, caught.value))
    reason, fields = "", []
    for detail in status.details:
        info, bad = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(bad):
            fields = [v.field for v in bad.field_violations]
    return caught.value.code(), reason, fields
