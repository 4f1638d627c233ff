"""Filters name the values of an enum as its proto does, or without the prefix, in every service alike (AIP-160)."""

from typing import Any

import pytest
from sqlalchemy.dialects import postgresql

from billing.store.accounts import ACCOUNTS
from billing.store.bank_records import QUARANTINED
from billing.store.charges import CHARGES
from billing.store.payments import PAYMENTS
from complaints.store.complaints import COMPLAINTS, COMPLAINTS_MASKED
from customers.store.customers import CUSTOMERS
from customers.store.interactions import INTERACTIONS
from customers.store.network import NODES
from customers.store.premises import PREMISES
from hearthline.billing.v1.accounts_pb2 import Account, Charge
from hearthline.billing.v1.payments_pb2 import Payment, QuarantinedEvent
from hearthline.complaints.v1.complaints_pb2 import Complaint
from hearthline.customers.v1.customers_pb2 import Customer
from hearthline.customers.v1.interactions_pb2 import Interaction
from hearthline.customers.v1.network_pb2 import NetworkNode
from hearthline.customers.v1.premises_pb2 import Premises
from hearthline.notifications.v1.notifications_pb2 import Notification
from hearthline.notifications.v1.templates_pb2 import Template
from hearthline.surveys.v1.questionnaires_pb2 import Questionnaire
from hearthline.surveys.v1.surveys_pb2 import Callback, Survey
from hearthline.workorders.v1.incidents_pb2 import Incident
from hearthline.workorders.v1.tickets_pb2 import Ticket
from hearthline.workorders.v1.work_orders_pb2 import WorkOrder
from notifications.store.notifications import NOTIFICATIONS
from notifications.store.templates import TEMPLATES
from servicekit.errors import InvalidArgument
from servicekit.filters import parse_filter
from servicekit.listing import Listing
from surveys.store.questionnaires import QUESTIONNAIRES
from surveys.store.surveys import CALLBACKS, SURVEYS
from tests.support.lists import fields_of
from workorders.store.tickets import INCIDENTS, TICKETS
from workorders.store.work_orders import WORK_ORDERS

LISTS: list[tuple[Any, Listing]] = [
    (Account, ACCOUNTS),
    (Callback, CALLBACKS),
    (Charge, CHARGES),
    (Complaint, COMPLAINTS),
    (Complaint, COMPLAINTS_MASKED),
    (Customer, CUSTOMERS),
    (Incident, INCIDENTS),
    (Interaction, INTERACTIONS),
    (NetworkNode, NODES),
    (Notification, NOTIFICATIONS),
    (Payment, PAYMENTS),
    (Premises, PREMISES),
    (QuarantinedEvent, QUARANTINED),
    (Questionnaire, QUESTIONNAIRES),
    (Survey, SURVEYS),
    (Template, TEMPLATES),
    (Ticket, TICKETS),
    (WorkOrder, WORK_ORDERS),
]
FIELDS = [
    (listing, field)
    for message, listing in LISTS
    for field in message.DESCRIPTOR.fields
    if field.enum_type is not None and field.name in listing.columns
]


def sql(listing: Listing, text: str) -> str:
    (condition,) = parse_filter(text, fields_of(listing))
    return str(condition.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))  # type: ignore[no-untyped-call]


def test_every_listed_enum_is_looked_at() -> None:
    assert {id(listing) for listing, _ in FIELDS} == {id(listing) for _, listing in LISTS}


@pytest.mark.parametrize(("listing", "field"), FIELDS, ids=lambda x: getattr(x, "full_name", ""))
def test_both_spellings_of_every_value_mean_the_same(listing: Listing, field: Any) -> None:
    for value in field.enum_type.values[1:]:
        bare = value.name.removeprefix(f"{field.name.upper()}_")
        assert bare != value.name
        spellings = {sql(listing, f'{field.name} = "{text}"') for text in (value.name, bare, bare.lower())}
        assert len(spellings) == 1
        assert sql(listing, f"{field.name}:{bare}") in spellings
        assert sql(listing, f"{field.name} != {bare}") not in spellings


@pytest.mark.parametrize(("listing", "field"), FIELDS, ids=lambda x: getattr(x, "full_name", ""))
@pytest.mark.parametrize("text", ['"NOWHERE"', "STATE_STATE_NEW", "1", '""', "UNSPECIFIED"])
def test_an_unknown_value_names_the_field(listing: Listing, field: Any, text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        sql(listing, f"{field.name} = {text}")
    assert refused.value.violations[0][0] == "filter"
    assert refused.value.violations[0][1].startswith(f"{field.name}: ")


@pytest.mark.parametrize("sign", ["<", ">=", ">", "<="])
def test_values_of_an_enum_have_no_order(sign: str) -> None:
    with pytest.raises(InvalidArgument, match=r"state: is compared with = or !="):
        sql(TICKETS, f"state {sign} NEW")
