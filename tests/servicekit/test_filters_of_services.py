"""Filters of every list over its service: served, or refused by field and place, never a fault of ours (AIP-160)."""

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.store.customers import CUSTOMERS
from hearthline.customers.v1.customers_pb2 import ListCustomersRequest, SearchCustomersRequest
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.notifications.v1.notifications_pb2 import ListSandboxMessagesRequest
from hearthline.workorders.v1.tickets_pb2 import ListTicketsRequest
from notifications.store.sandbox import SANDBOX_MESSAGES
from servicekit.errors import InvalidArgument
from servicekit.explanations import explained
from servicekit.filters import parse_filter, parse_order
from tests.customers.calls import person
from tests.support.lists import LISTINGS, fields_of, filters, listing_of, requests_with_filter
from tests.support.running import Starter
from workorders.store.tickets import TICKETS

REQUESTS = requests_with_filter()
PROTOS = Path(__file__).parents[2] / "proto"
PARENTS = {"billing.v1.ListPostings": "ledgerAccounts/receivables", "customers.v1.ListTimelineEntries": "customers/c1"}
# What the field found: a column that is no text with ":", and what answered nothing without an error.
FOUND = [":*", ":true", ":5", " = x*", " = 'x'", " = null", " != null", ":x", " < 5", ' = "*"']
FOUND += [" = 2026-01-15T08:00:00Z", " != 2026-01-15T08:00:00.5+08:00", " = -5", " > ''", " = (x OR null)"]


class Lists:
    """The List calls of all services that were started."""

    def __init__(self, start: Starter) -> None:
        self._start = start
        self._calls: dict[str, Any] = {}

    def ask(self, name: str, text: str, order_by: str = "") -> tuple[grpc.StatusCode, str]:
        request = GetMessageClass(REQUESTS[name])(filter=text)
        if name in PARENTS:
            request.parent = PARENTS[name]  # type: ignore[attr-defined]
        if "order_by" in REQUESTS[name].fields_by_name:
            request.order_by = order_by  # type: ignore[attr-defined]
        try:
            self._call(name)(request.SerializeToString())
        except grpc.RpcError as error:
            return error.code(), error.details() or ""
        return grpc.StatusCode.OK, ""

    def _call(self, name: str) -> Any:
        service = name.partition(".")[0].replace("privacy", "workorders")
        if service not in self._calls:
            running = self._start(import_module(f"{service}.bootstrap").service, work=False)
            channel = running.connect("staff/1007", ("agent", "supervisor", "system"))
            if service == "customers":
                CustomerServiceStub(channel).CreateCustomer(person("c1"))
            self._calls[service] = channel
        return self._calls[service].unary_unary(f"/{_method(name)}", None, None)


def _method(name: str) -> str:
    for service in REQUESTS[name].file.services_by_name.values():
        for method in service.methods:
            if method.input_type.full_name == REQUESTS[name].full_name:
                return f"{service.full_name}/{method.name}"
    raise KeyError(name)


@pytest.fixture(scope="module")
def lists(start_once: Starter) -> Lists:
    return Lists(start_once)


def test_every_request_with_a_filter_is_looked_at() -> None:
    assert REQUESTS.keys() == LISTINGS.keys()


@pytest.mark.parametrize("name", LISTINGS)
def test_every_column_answers_or_says_what_is_wrong(lists: Lists, name: str) -> None:
    for column in listing_of(name).columns:
        assert lists.ask(name, f"{column}:*")[0] is grpc.StatusCode.OK, column
        for rest in FOUND:
            code, said = lists.ask(name, column + rest)
            assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT), (column + rest, said)
            assert code is grpc.StatusCode.OK or (said.startswith("filter: ") and "(at character " in said)


@pytest.mark.parametrize("name", LISTINGS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_filters_of_a_lists_own_fields_are_served_or_refused(lists: Lists, name: str, data: st.DataObject) -> None:
    text = data.draw(filters(listing_of(name)))
    code, said = lists.ask(name, text)
    assert code in (grpc.StatusCode.OK, grpc.StatusCode.INVALID_ARGUMENT), (text, said)
    assert code is grpc.StatusCode.OK or said.startswith("filter: ")


@pytest.mark.parametrize("name", [n for n in LISTINGS if "order_by" in REQUESTS[n].fields_by_name])
def test_every_column_orders_in_both_directions_in_any_case(lists: Lists, name: str) -> None:
    columns = [*listing_of(name).columns]
    for spelling in ("{}", "{} desc", "{} DESC", "{}   Asc ", " {} ASC , "):
        order_by = spelling.format(columns[0])
        assert lists.ask(name, "", order_by)[0] is grpc.StatusCode.OK, order_by
    assert lists.ask(name, "", ", ".join(f"{column} DESC" for column in columns[:8]))[0] is grpc.StatusCode.OK


ORDERS = {
    "state, state desc": "state is named twice",
    "state desc desc": "asc or desc may follow state",
    "state DOWN": "asc or desc may follow state",
    "-create_time": "'-create_time' is not one of category",
    "summary": "'summary' is personal and stored encrypted, so that no list goes by it, and is not one of",
    "report_time create_time": "asc or desc may follow report_time",
    "state.x": "'state.x' is a field of Ticket that this list does not go by",
    "nowhere": "'nowhere' is not one of",
}


@pytest.mark.parametrize(("text", "rule"), ORDERS.items(), ids=ORDERS)
def test_an_order_that_cannot_be_is_refused_in_words(lists: Lists, text: str, rule: str) -> None:
    code, said = lists.ask("workorders.v1.ListTickets", "", text)
    assert (code, rule in said) == (grpc.StatusCode.INVALID_ARGUMENT, True), said


def test_an_order_by_of_aip_132_is_read() -> None:
    same = ["state, category desc", " state , category desc ", "state,category DESC", "state  ASC,category   desc"]
    assert len({str(parse_order(text, TICKETS.columns)) for text in same}) == 1
    assert [descending for _, descending in parse_order(same[0], TICKETS.columns)] == [False, True]


PERSONAL: list[tuple[Message, Any, str]] = [
    (ListCustomersRequest(), CUSTOMERS, "display_name"),
    (SearchCustomersRequest(), CUSTOMERS, "display_name"),
    (ListTicketsRequest(), TICKETS, "summary"),
    (ListSandboxMessagesRequest(), SANDBOX_MESSAGES, "address"),
    (ListSandboxMessagesRequest(), SANDBOX_MESSAGES, "body"),
]


@pytest.mark.parametrize(("request_", "listing", "name"), PERSONAL, ids=lambda x: getattr(x, "DESCRIPTOR", x))
def test_what_is_encrypted_is_refused_as_such(request_: Message, listing: Any, name: str) -> None:
    assert "is personal and stored encrypted" in explained(request_, name)


def test_a_field_that_is_there_and_not_served_is_told_from_one_that_is_not() -> None:
    asked = ListTicketsRequest()
    assert explained(asked, "version") == ""
    assert "is a field of Ticket that this list does not go by" in explained(asked, "interaction")


@pytest.mark.parametrize("name", LISTINGS)
def test_the_proto_names_the_fields_that_a_list_goes_by(name: str) -> None:
    """`Fields:` in the comment of `filter` is what callers read."""
    file = (PROTOS / REQUESTS[name].file.name).read_text("utf-8")
    message = file[file.index(f"message {REQUESTS[name].name} {{") :]
    comment = message[: message.index("string filter = ")].rpartition("Fields: ")[2]
    text = re.sub(r"\s*//\s*", " ", comment).partition(".")[0]
    named = re.sub(r"\([^)]*\)", "", text).split(",")
    assert {each.strip() for each in named} == {*listing_of(name).columns}
    assert "filter.proto" in message[: message.index("string filter = ")], "the grammar is referred to"


@pytest.mark.parametrize("name", LISTINGS)
def test_all_views_of_a_list_have_the_same_fields(name: str) -> None:
    for other in LISTINGS[name][1:]:
        assert other.columns.keys() == listing_of(name).columns.keys()
        for column in other.columns:
            assert parse_filter(f"{column}:*", fields_of(other))


@pytest.mark.parametrize("listing", [each for both in LISTINGS.values() for each in both])
def test_words_of_a_choice_are_served_and_others_named(listing: Any) -> None:
    for name, words in listing.choices.items():
        assert parse_filter(f"{name} = ({' OR '.join(words)})", fields_of(listing))
        with pytest.raises(InvalidArgument, match=f"{name}: 'nowhere' is not one of "):
            parse_filter(f"{name} != nowhere", fields_of(listing))
