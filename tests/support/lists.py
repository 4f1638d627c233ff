"""Which listing answers which request with a filter, and filters drawn from a listing's own fields."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import Descriptor
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from sqlalchemy.types import Boolean, DateTime, Integer

from billing.store.accounts import ACCOUNTS
from billing.store.bank_records import QUARANTINED
from billing.store.banks import BANKS
from billing.store.charges import CHARGES
from billing.store.ledger import Parent, postings_of
from billing.store.payments import PAYMENTS
from complaints.store.complaints import COMPLAINTS, COMPLAINTS_MASKED
from customers.store.agreements import AGREEMENTS, SERVICE_POINTS
from customers.store.customers import CUSTOMERS
from customers.store.data_requests import DATA_REQUESTS
from customers.store.interactions import INTERACTIONS
from customers.store.network import CELLS, NODES
from customers.store.premises import HISTORY, PREMISES
from customers.store.timeline import TIMELINE
from hearthline_cli.laptop import SERVICES
from notifications.store.notifications import NOT_CONFIDENTIAL, NOTIFICATIONS
from notifications.store.sandbox import SANDBOX_MESSAGES
from notifications.store.templates import TEMPLATES
from servicekit.filters import Fields
from servicekit.listing import Listing
from servicekit.personal_data.api import ACCESSES
from surveys.store.factors import FACTOR_TREES
from surveys.store.questionnaires import QUESTIONNAIRES
from surveys.store.rules import TRIGGER_RULES
from surveys.store.surveys import CALLBACKS, SURVEYS
from workorders.store.crews import CREWS
from workorders.store.sensors import SENSOR_ALARMS, SENSORS
from workorders.store.tickets import INCIDENTS, TICKETS
from workorders.store.work_orders import WORK_ORDERS

LISTINGS: Mapping[str, tuple[Listing, ...]] = {
    "billing.v1.ListAccounts": (ACCOUNTS,),
    "billing.v1.ListBanks": (BANKS,),
    "billing.v1.ListCharges": (CHARGES,),
    "billing.v1.ListPayments": (PAYMENTS,),
    "billing.v1.ListPostings": (postings_of(Parent("a")),),
    "billing.v1.ListQuarantinedEvents": (QUARANTINED,),
    "complaints.v1.ListComplaints": (COMPLAINTS, COMPLAINTS_MASKED),
    "customers.v1.ListCells": (CELLS,),
    "customers.v1.ListCustomers": (CUSTOMERS,),
    "customers.v1.ListDataRequests": (DATA_REQUESTS,),
    "customers.v1.ListInteractions": (INTERACTIONS,),
    "customers.v1.ListNetworkNodes": (NODES,),
    "customers.v1.ListPremises": (PREMISES,),
    "customers.v1.ListPremisesHistory": (HISTORY,),
    "customers.v1.ListServiceAgreements": (AGREEMENTS,),
    "customers.v1.ListServicePoints": (SERVICE_POINTS,),
    "customers.v1.ListTimelineEntries": (TIMELINE,),
    "notifications.v1.ListNotifications": (NOTIFICATIONS, NOT_CONFIDENTIAL),
    "notifications.v1.ListSandboxMessages": (SANDBOX_MESSAGES,),
    "notifications.v1.ListTemplates": (TEMPLATES,),
    "privacy.v1.ListAccesses": (ACCESSES,),
    "surveys.v1.ListCallbacks": (CALLBACKS,),
    "surveys.v1.ListFactorTrees": (FACTOR_TREES,),
    "surveys.v1.ListQuestionnaires": (QUESTIONNAIRES,),
    "surveys.v1.ListSurveys": (SURVEYS,),
    "surveys.v1.ListTriggerRules": (TRIGGER_RULES,),
    "workorders.v1.ListCrews": (CREWS,),
    "workorders.v1.ListIncidents": (INCIDENTS,),
    "workorders.v1.ListSensorAlarms": (SENSOR_ALARMS,),
    "workorders.v1.ListSensors": (SENSORS,),
    "workorders.v1.ListTickets": (TICKETS,),
    "workorders.v1.ListWorkOrders": (WORK_ORDERS,),
}
"""By the name of the request, without `hearthline.` before it and `Request` behind it."""


def listing_of(request: str) -> Listing:
    """The listing of a request by its full name; KeyError where there is none."""
    return LISTINGS[request.removeprefix("hearthline.").removesuffix("Request")][0]


def requests_with_filter() -> dict[str, Descriptor]:
    """The requests of all services that have a filter, by their names as in LISTINGS."""
    files = [each for name in SERVICES for each in import_module(f"{name}.bootstrap").service().descriptors]
    files.append(descriptor_pool.Default().FindFileByName("hearthline/privacy/v1/personal_data.proto"))
    methods = (method for file in files for each in file.services_by_name.values() for method in each.methods)
    inputs = (method.input_type for method in methods if "filter" in method.input_type.fields_by_name)
    return {kind.full_name.removeprefix("hearthline.").removesuffix("Request"): kind for kind in inputs}


def fields_of(listing: Listing) -> Fields:
    """What a filter of a listing may name."""
    return Fields(listing.columns, listing.resource, listing.enums, listing.choices)


_WORDS = ["x", "", "emer*", "*", "*a*", "null", "true", "-5", "5", "4.5", "1e3", "９", "o'clock", "a b", "*.*.*.*.*.*"]
_TIMES = ["2026-01-15T08:00:00+08:00", "2026-01-15T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
_TIMES += ["2026-01-15", "yesterday", "2026-02-30T00:00:00Z", "2026-01-15T08:00:00", "2026-01-15T08:00:60Z"]
_NUMBERS = ["0", "-7", "9223372036854775807", "9223372036854775808", "1e99", "0x10", "NaN", "1_000", "5.0"]
_SIGNS = ["=", "!=", "<", "<=", ">", ">=", ":"]
_SPOILT = ["", "(", ")", "AND", "OR", " and ", "NOT ", "-", "'", '"', "\\", ",", "\0", "\ud7ff", "：", "f(", "==", "*"]


def filters(listing: Listing) -> SearchStrategy[str]:
    """Filters over its own fields: most can be read, some hold wrong values or are spoilt at a place."""
    names = [*listing.columns, "name", "nowhere", "a.b"]
    comparison = st.sampled_from(names).flatmap(lambda name: _comparisons(listing, name))
    tree = st.recursive(
        comparison,
        lambda parts: st.one_of(
            st.tuples(parts, st.sampled_from([" AND ", " ", " OR "]), parts).map("".join),
            st.tuples(st.sampled_from(["NOT (", "-(", "("]), parts).map(lambda each: "".join(each) + ")"),
        ),
        max_leaves=6,
    )
    return st.tuples(tree, st.sampled_from(_SPOILT), st.integers(0, 60), st.integers(0, 3)).map(_spoilt)


def orders(listing: Listing) -> SearchStrategy[str]:
    """Orders by its own fields, in either direction and any case, now and then by what is none."""
    names = st.sampled_from([*listing.columns, "nowhere"])
    directions = st.sampled_from(["", " desc", " DESC", " asc", "  Asc ", " down"])
    parts = st.lists(st.tuples(names, directions).map("".join), max_size=3)
    return parts.map(", ".join)


def _comparisons(listing: Listing, name: str) -> SearchStrategy[str]:
    values = st.sampled_from(_fitting(listing, name)) | st.sampled_from(_WORDS) | st.text(max_size=8)
    quoted = st.tuples(values, st.sampled_from(["", '"', "'"])).map(lambda each: each[1] + each[0] + each[1])
    return st.tuples(st.just(name), st.sampled_from(_SIGNS), quoted | st.just("*")).map(" ".join)


def _fitting(listing: Listing, name: str) -> list[str]:
    """Values that a field can have, and such as are nearly so."""
    column: Any = listing.columns.get(name)
    if column is None:
        return _WORDS
    if name in listing.enums:
        return [*listing.enums[name], f"{name.upper()}_{next(iter(listing.enums[name]))}", "NOWHERE"]
    if name in listing.resource:
        return [f"{listing.resource[name]}/1", "1", "premises/1/2", f"{listing.resource[name]}/*"]
    kinds: dict[type, list[str]] = {DateTime: _TIMES, Boolean: ["true", "false", "TRUE", "yes"], Integer: _NUMBERS}
    return next((values for kind, values in kinds.items() if isinstance(column.type, kind)), _WORDS)


def _spoilt(drawn: tuple[str, str, int, int]) -> str:
    text, what, place, chance = drawn
    return text if chance else text[:place] + what + text[place:]
