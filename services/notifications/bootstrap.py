"""The notifications service, put together."""

from functools import partial
from pathlib import Path

from hearthline.notifications.v1 import notifications_pb2, templates_pb2
from hearthline.notifications.v1.notifications_pb2_grpc import add_NotificationServiceServicer_to_server
from hearthline.notifications.v1.templates_pb2_grpc import add_TemplateServiceServicer_to_server
from notifications.api.notifications import NotificationApi
from notifications.api.templates import TemplateApi
from notifications.events import subscriptions
from notifications.metrics import COUNTS, GAUGES
from notifications.personal_data import HOLDINGS
from notifications.providers.connect import ConnectProviders, connect_providers
from notifications.sandbox_receipts import SandboxReceipts
from notifications.sender import Sender
from notifications.settings import Settings
from notifications.store.retention import rules
from notifications.store.tables import metadata
from servicekit.personal_data import Keeper
from servicekit.service import Service


def service(settings: Settings | None = None, connect: ConnectProviders = connect_providers) -> Service:
    """Its parts; `connect` gives the providers of messages."""
    chosen = settings or Settings()
    keeper = Keeper("notifications", HOLDINGS, chosen.export_retention)
    return Service(
        name="notifications",
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        settings=chosen,
        servicers=[
            (add_NotificationServiceServicer_to_server, partial(NotificationApi, settings=chosen)),
            (add_TemplateServiceServicer_to_server, partial(TemplateApi, settings=chosen)),
        ],
        descriptors=[notifications_pb2.DESCRIPTOR, templates_pb2.DESCRIPTOR],
        subscriptions=[*subscriptions(chosen), keeper.subscription],
        timers=keeper.timers,
        loops=[partial(Sender, chosen, connect), partial(SandboxReceipts, chosen)],
        counts=COUNTS,
        gauges=GAUGES,
        retention=rules(chosen.message_retention, chosen.message_life),
    )
