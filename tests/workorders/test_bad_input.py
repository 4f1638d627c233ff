"""What is wrong with a request about crews, incidents, standards or work orders is said by field and rule."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp

from hearthline.workorders.v1 import crews_pb2, incidents_pb2, standards_pb2, tickets_pb2, work_orders_pb2
from tests.support.running import Starter
from tests.workorders.calls import Desk, crew, refusal, report

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND
LONG = "x" * 5000
BEYOND = Timestamp(seconds=10**15)


@pytest.fixture(scope="module")
def desk(start_once: Starter) -> Desk:
    return Desk(start_once, work=False, crews=1)


def refused(call: Callable[[Any], object], request: object) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as caught:
        call(request)
    return refusal(caught.value)


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"display_name": ""}, "crew.display_name"),
        ({"display_name": "x" * 201}, "crew.display_name"),
        ({"display_name": "a\0b"}, "NUL"),
        ({"skills": []}, "crew.skills"),
        ({"skills": ["water"]}, "crew.skills[0]"),
        ({"skills": ["heat", "gas/Leak"]}, "crew.skills[1]"),
        ({"skills": ["heat"] * 51}, "crew.skills"),
        ({"shifts": [crews_pb2.Shift(weekday=8, end_minute=60)]}, "crew.shifts[0].weekday"),
        ({"shifts": [crews_pb2.Shift(weekday=0, end_minute=60)]}, "crew.shifts[0].weekday"),
        ({"shifts": [crews_pb2.Shift(weekday=1, start_minute=1440)]}, "crew.shifts[0].start_minute"),
        ({"shifts": [crews_pb2.Shift(weekday=1, end_minute=1441)]}, "crew.shifts[0].end_minute"),
        ({"shifts": [crews_pb2.Shift(weekday=1, start_minute=60, end_minute=60)]}, "crew.shifts"),
        ({"shifts": [crews_pb2.Shift(weekday=1, end_minute=60)] * 51}, "crew.shifts"),
        ({"latitude": 90.1}, "crew.latitude"),
        ({"latitude": float("nan")}, "crew.latitude"),
        ({"longitude": -180.5}, "crew.longitude"),
        ({"longitude": float("inf")}, "crew.longitude"),
        ({"max_load": 0}, "crew.max_load"),
        ({"max_load": 1001}, "crew.max_load"),
    ],
)
def test_bad_crews_are_refused(desk: Desk, values: dict[str, Any], text: str) -> None:
    code, said = refused(desk.crews.CreateCrew, crew("new", **values))
    assert code is INVALID
    assert text in said
    assert refused(desk.crews.GetCrew, crews_pb2.GetCrewRequest(name="crews/new"))[0] is MISSING


def test_a_crews_id_is_well_formed_and_its_own(desk: Desk) -> None:
    for identifier in ("a/b", "-a", "a b", "班组", "x" * 129):
        code, said = refused(desk.crews.CreateCrew, crew(identifier))
        assert (code, "crew_id" in said) == (INVALID, True), identifier
    code, said = refused(desk.crews.CreateCrew, crew("crew-0"))
    assert (code, "crews/crew-0" in said) == (grpc.StatusCode.ALREADY_EXISTS, True)
    assert refused(desk.crews.CreateCrew, crews_pb2.CreateCrewRequest(crew_id="c"))[0] is INVALID


def test_an_update_of_a_crew_names_what_it_may_change(desk: Desk) -> None:
    whole = crew("crew-0").crew
    whole.name = "crews/crew-0"
    before = desk.crews.GetCrew(crews_pb2.GetCrewRequest(name="crews/crew-0"))
    wrong_mask = crews_pb2.UpdateCrewRequest(crew=whole, update_mask=FieldMask(paths=["etag"]))
    code, said = refused(desk.crews.UpdateCrew, wrong_mask)
    assert (code, "update_mask" in said) == (INVALID, True)
    whole.etag = '"7"'
    code, said = refused(desk.crews.UpdateCrew, crews_pb2.UpdateCrewRequest(crew=whole))
    assert (code, "crews/crew-0" in said) == (grpc.StatusCode.ABORTED, True)
    whole.name = "crews/none"
    assert refused(desk.crews.UpdateCrew, crews_pb2.UpdateCrewRequest(crew=whole))[0] is MISSING
    whole.name = "teams/one"
    code, said = refused(desk.crews.UpdateCrew, crews_pb2.UpdateCrewRequest(crew=whole))
    assert (code, "crew.name" in said) == (INVALID, True)
    assert desk.crews.GetCrew(crews_pb2.GetCrewRequest(name="crews/crew-0")) == before


def test_a_request_id_of_a_crew_is_for_one_request(desk: Desk) -> None:
    once = str(uuid4())
    request = crew("once")
    request.request_id = once
    first = desk.crews.CreateCrew(request)
    assert desk.crews.CreateCrew(request) == first
    other = crew("other")
    other.request_id = once
    code, said = refused(desk.crews.CreateCrew, other)
    assert (code, "request_id" in said) == (INVALID, True)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("", INVALID),
        ("none", INVALID),
        ("jobs/1", INVALID),
        ("{}/", INVALID),
        ("{}/a/b", INVALID),
        ("{}/\0", INVALID),
        ("{}/" + "x" * 300, INVALID),
        ("{}/none", MISSING),
    ],
)
def test_names_that_name_nothing(desk: Desk, name: str, code: grpc.StatusCode) -> None:
    calls: list[tuple[Callable[[Any], object], Any, str]] = [
        (desk.crews.GetCrew, crews_pb2.GetCrewRequest, "crews"),
        (desk.incidents.GetIncident, incidents_pb2.GetIncidentRequest, "incidents"),
        (desk.orders.GetWorkOrder, work_orders_pb2.GetWorkOrderRequest, "workOrders"),
        (desk.standards.GetServiceStandard, standards_pb2.GetServiceStandardRequest, "standards"),
        (desk.tickets.GetTicket, tickets_pb2.GetTicketRequest, "tickets"),
    ]
    for call, request, collection in calls:
        answer, said = refused(call, request(name=name.format(collection)))
        assert answer is code, collection
        assert (f"{collection}/none" if code is MISSING else "name") in said


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"page_size": -1}, "page_size"),
        ({"page_token": "not one"}, "page_token"),
        ({"page_token": LONG}, "page_token"),
        ({"filter": "colour = red"}, "filter"),
        ({"filter": "create_time > yesterday"}, "filter"),
        ({"filter": "display_name"}, "filter"),
        ({"filter": LONG}, "filter"),
        ({"filter": 'display_name = "a" AND'}, "filter"),
        ({"order_by": "colour"}, "order_by"),
        ({"order_by": "create_time down"}, "order_by"),
        ({"order_by": LONG}, "order_by"),
    ],
)
def test_bad_lists_are_refused(desk: Desk, values: dict[str, Any], text: str) -> None:
    calls: list[tuple[Callable[[Any], object], Any]] = [
        (desk.crews.ListCrews, crews_pb2.ListCrewsRequest),
        (desk.incidents.ListIncidents, incidents_pb2.ListIncidentsRequest),
        (desk.orders.ListWorkOrders, work_orders_pb2.ListWorkOrdersRequest),
        (desk.tickets.ListTickets, tickets_pb2.ListTicketsRequest),
    ]
    for call, request in calls:
        code, said = refused(call, request(**values))
        assert (code, text in said) == (INVALID, True), said


def test_both_spellings_of_a_state_find_the_ticket(desk: Desk) -> None:
    ticket = desk.report()
    for text in ("STATE_NEW", "NEW"):
        found = desk.tickets.ListTickets(tickets_pb2.ListTicketsRequest(filter=f'state = "{text}"')).tickets
        assert list(found) == [ticket]
    code, said = refused(desk.tickets.ListTickets, tickets_pb2.ListTicketsRequest(filter='state = "STATE_OLD"'))
    assert (code, "state" in said) == (INVALID, True)


def test_absurd_times_of_figures_name_their_field(desk: Desk) -> None:
    for values in ({"start_time": BEYOND}, {"end_time": BEYOND}, {"start_time": Timestamp(seconds=-(10**15))}):
        code, said = refused(desk.standards.GetServicePerformance, standards_pb2.GetServicePerformanceRequest(**values))
        assert (code, next(iter(values)) in said) == (INVALID, True)


def test_a_page_of_standards_is_not_negative(desk: Desk) -> None:
    code, said = refused(desk.standards.ListServiceStandards, standards_pb2.ListServiceStandardsRequest(page_size=-1))
    assert (code, "page_size" in said) == (INVALID, True)


@pytest.mark.parametrize("method", ["CrewService/GetCrew", "IncidentService/GetIncident", "TicketService/CancelTicket"])
@pytest.mark.parametrize("body", [b"\x0a\x02\xff\xfe", b"\x0a\xff", b"\xff\xff\xff"])
def test_what_is_not_utf_8_or_no_message_is_refused(desk: Desk, method: str, body: bytes) -> None:
    call = desk.svc.channel.unary_unary(
        f"/hearthline.workorders.v1.{method}", request_serializer=bytes, response_deserializer=bytes
    )
    code, said = refused(call, body)
    assert (code, "request" in said) == (INVALID, True)


def test_a_message_of_ten_megabytes_is_refused(desk: Desk) -> None:
    assert refused(desk.tickets.CreateTicket, report(summary="x" * 10_000_000))[0] in (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        INVALID,
    )
