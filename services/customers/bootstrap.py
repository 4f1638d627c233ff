"""The one place where the parts of the customers service are put together."""

from functools import partial
from pathlib import Path

from customers.api.agreements import AgreementApi
from customers.api.cells import CellApi
from customers.api.customers import CustomerApi
from customers.api.interactions import InteractionApi
from customers.api.network import NetworkApi
from customers.api.premises import PremisesApi
from customers.api.privacy import PrivacyApi
from customers.events import SUBSCRIPTIONS, answers
from customers.handlers.contacts import AddressBook
from customers.handlers.customers import Registry
from customers.handlers.data_requests import PrivacyDesk
from customers.handlers.interactions import Reception
from customers.metrics import COUNTS
from customers.personal_data import HOLDINGS
from customers.settings import Settings
from customers.store import metadata
from customers.store.retention import rules
from hearthline.customers.v1 import (
    agreements_pb2,
    cells_pb2,
    customers_pb2,
    interactions_pb2,
    network_pb2,
    premises_pb2,
    privacy_pb2,
)
from hearthline.customers.v1.agreements_pb2_grpc import add_AgreementServiceServicer_to_server
from hearthline.customers.v1.cells_pb2_grpc import add_CellServiceServicer_to_server
from hearthline.customers.v1.customers_pb2_grpc import add_CustomerServiceServicer_to_server
from hearthline.customers.v1.interactions_pb2_grpc import add_InteractionServiceServicer_to_server
from hearthline.customers.v1.network_pb2_grpc import add_NetworkServiceServicer_to_server
from hearthline.customers.v1.premises_pb2_grpc import add_PremisesServiceServicer_to_server
from hearthline.customers.v1.privacy_pb2_grpc import add_PrivacyServiceServicer_to_server
from servicekit.calendar import BusinessCalendar, ChineseHolidays, Window, weekly
from servicekit.personal_data import Keeper
from servicekit.service import Service


def service(settings: Settings | None = None) -> Service:
    """The customers service with these settings, or those of the environment."""
    settings = settings or Settings()
    book = AddressBook(settings.phone_region, settings.phone_area_code)
    reception = Reception(book)
    holidays = ChineseHolidays.of(settings.official_holidays())
    hours = weekly(Window(settings.office_opens, settings.office_closes))
    office = BusinessCalendar(hours, settings.time_zone, holidays)
    desk = PrivacyDesk(office, settings.data_request_days)
    keeper = Keeper("customers", HOLDINGS, settings.export_retention)
    return Service(
        name="customers",
        settings=settings,
        metadata=metadata,
        migrations=Path(__file__).parent / "migrations",
        servicers=[
            (
                add_CustomerServiceServicer_to_server,
                partial(CustomerApi, registry=Registry(book), reception=reception),
            ),
            (add_PremisesServiceServicer_to_server, PremisesApi),
            (add_NetworkServiceServicer_to_server, NetworkApi),
            (add_CellServiceServicer_to_server, CellApi),
            (add_AgreementServiceServicer_to_server, AgreementApi),
            (add_InteractionServiceServicer_to_server, partial(InteractionApi, reception=reception)),
            (add_PrivacyServiceServicer_to_server, partial(PrivacyApi, desk=desk)),
        ],
        descriptors=[
            module.DESCRIPTOR
            for module in (
                customers_pb2,
                premises_pb2,
                network_pb2,
                cells_pb2,
                agreements_pb2,
                interactions_pb2,
                privacy_pb2,
            )
        ],
        subscriptions=[*SUBSCRIPTIONS, *answers(desk), keeper.subscription],
        timers={**desk.timers, **keeper.timers},
        counts=COUNTS,
        retention=rules(settings.interaction_retention, settings.timeline_retention),
    )
