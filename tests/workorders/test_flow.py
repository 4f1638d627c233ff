"""From a call to a closed job over gRPC, PostgreSQL and the event log (W1, W3, W7)."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.timestamp_pb2 import Timestamp
from sqlalchemy import select

from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from hearthline.workorders.v1 import crews_pb2, incidents_pb2, standards_pb2, tickets_pb2, work_orders_pb2
from servicekit import tables
from servicekit.times import to_timestamp
from tests.support.running import MORNING, Starter, fact
from tests.workorders.calls import Desk, WorkOrder, crew, district, refusal, report
from workorders.store.tables import cells, customers, premises


def published(desk: Desk) -> list[str]:
    """Kinds of the facts told so far, in order."""
    with desk.svc.kit.unit() as uow:
        rows = uow.rows(select(tables.outbox.c.headers).order_by(tables.outbox.c.seq))
    return [row.headers["ce_type"].rpartition(".")[2] for row in rows]


def test_a_repair_from_the_call_to_the_end(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    assert (job.state, job.crew, job.attempt) == (WorkOrder.STATE_DISPATCHED, "crews/crew-1", 1)
    desk.to_progress(job.name)
    desk.complete(job.name)
    desk.step("ConfirmWorkOrder", job.name, note="客户电话确认")
    closed = desk.step("CloseWorkOrder", job.name)
    assert [s.state for s in closed.stages] == [1, 2, 3, 4, 5, 6, 8, 9, 10]
    assert all(p.HasField("met_time") and not p.breached for p in closed.promises)
    ticket = desk.tickets.GetTicket(tickets_pb2.GetTicketRequest(name=job.tickets[0]))
    assert (ticket.state, ticket.outcome) == (tickets_pb2.Ticket.STATE_RESOLVED, "换阀门")
    incident = desk.incidents.GetIncident(incidents_pb2.GetIncidentRequest(name=job.incident))
    assert incident.state == incidents_pb2.Incident.STATE_RESOLVED
    assert published(desk) == [
        "TicketCreated",
        "IncidentOpened",
        "WorkOrderCreated",
        "WorkOrderDispatched",
        "TicketLinked",
        "WorkOrderAcknowledged",
        "WorkOrderTravelStarted",
        "WorkOrderArrived",
        "WorkOrderStarted",
        "WorkOrderCompleted",
        "WorkOrderConfirmed",
        "IncidentResolved",
        "TicketResolved",
        "WorkOrderClosed",
    ]


def test_a_second_call_about_the_fault_joins_its_incident(start: Starter) -> None:
    desk = Desk(start)
    first = desk.job()
    second = desk.job(customer="customers/c2")
    assert second.name == first.name
    assert list(second.customers) == ["customers/c1", "customers/c2"]
    assert desk.job(category="leak").name != first.name


@pytest.mark.parametrize(
    "worse",
    [
        {"severity": "major", "urgency": "emergency"},
        {"severity": "minor", "urgency": "emergency"},
        {"severity": "major"},
    ],
)
def test_a_worse_call_never_waits_on_an_easier_job(start: Starter, worse: dict[str, str]) -> None:
    desk = Desk(start)
    easy = {"commodity": "gas", "category": "leak", "severity": "minor", "urgency": "routine"}
    first = desk.job(**easy)
    start.advance(timedelta(minutes=1))
    second = desk.job(**{**easy, **worse}, customer="customers/c2")
    assert second.name != first.name
    assert second.state == WorkOrder.STATE_DISPATCHED
    assert desk.job(**easy).name == second.name, "who calls later joins the graver one"


def test_a_ticket_with_a_crew_on_its_way_is_not_resolved_by_hand(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    with pytest.raises(grpc.RpcError) as refused:
        desk.tickets.ResolveTicket(tickets_pb2.ResolveTicketRequest(name=job.tickets[0], outcome="done"))
    assert refusal(refused.value)[0] is grpc.StatusCode.FAILED_PRECONDITION


def test_times_out_of_all_bounds_name_their_field(start: Starter) -> None:
    desk = Desk(start, work=False, crews=0)
    beyond = Timestamp(seconds=10**15)
    absurd = tickets_pb2.ImportedTicket(
        ticket_id="t",
        commodity="heat",
        category="leak",
        severity="minor",
        urgency="routine",
        channel="hotline",
        summary="s",
        report_time=beyond,
    )
    batch = tickets_pb2.BatchImportTicketsRequest(tickets=[absurd])
    assert [o.field for o in desk.tickets.BatchImportTickets(batch).outcomes] == ["report_time"]
    with pytest.raises(grpc.RpcError) as refused:
        desk.tickets.GetTicketStatistics(tickets_pb2.GetTicketStatisticsRequest(end_time=beyond))
    assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_a_burst_main_is_one_job_for_its_branch(start: Starter) -> None:
    desk = Desk(start)
    first = desk.job(category="burst_main", severity="major", urgency="emergency")
    second = desk.job(category="burst_main", severity="major", urgency="emergency", premises="premises/p2")
    assert second.name == first.name
    assert first.business_type == "emergency"


def test_calls_about_one_fault_at_once_open_one_incident(start: Starter) -> None:
    desk = Desk(start)
    with ThreadPoolExecutor(8) as callers:
        list(callers.map(lambda n: desk.report(customer=f"customers/c{n % 2 + 1}"), range(16)))
    desk.svc.settle()
    assert len(desk.incidents.ListIncidents(incidents_pb2.ListIncidentsRequest()).incidents) == 1
    jobs = desk.orders.ListWorkOrders(work_orders_pb2.ListWorkOrdersRequest()).work_orders
    assert [len(job.tickets) for job in jobs] == [16]


def test_fifty_dispatchers_one_wins(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()

    def dispatch(number: int) -> grpc.StatusCode:
        request = work_orders_pb2.DispatchWorkOrderRequest(
            name=job.name, etag=job.etag, crew="crews/crew-0", reason=f"dispatcher {number}", request_id=str(uuid4())
        )
        try:
            desk.orders.DispatchWorkOrder(request)
        except grpc.RpcError as error:
            return error.code()
        return grpc.StatusCode.OK

    with ThreadPoolExecutor(50) as dispatchers:
        codes = list(dispatchers.map(dispatch, range(50)))
    assert sorted(code.name for code in codes) == ["ABORTED"] * 49 + ["OK"]
    assert desk.get(job.name).attempt == 2


def test_a_crew_that_keeps_silent_is_replaced(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    start.advance(timedelta(minutes=9))
    assert desk.get(job.name).crew == "crews/crew-1"
    start.advance(timedelta(minutes=1))
    after = desk.get(job.name)
    assert (after.crew, after.attempt) == ("crews/crew-0", 2)
    assert "kept silent" in after.stages[-1].note


def test_a_job_waits_for_a_crew(start: Starter) -> None:
    desk = Desk(start, crews=0)
    job = desk.job()
    assert job.state == WorkOrder.STATE_NEW
    desk.crews.CreateCrew(crew("late"))
    start.advance(timedelta(minutes=5))
    assert desk.get(job.name).crew == "crews/late"


def test_a_crew_is_judged_as_it_is_now(start: Starter) -> None:
    desk = Desk(start)
    assert desk.job().crew == "crews/crew-1"
    gas_only = crew("crew-1", skills=["gas"]).crew
    gas_only.name = "crews/crew-1"
    desk.crews.UpdateCrew(crews_pb2.UpdateCrewRequest(crew=gas_only, update_mask=FieldMask(paths=["skills"])))
    assert desk.job(category="leak").crew == "crews/crew-0"


def test_open_jobs_count_from_the_moment_a_crew_has_them(start: Starter) -> None:
    desk = Desk(start, crews=0)
    for name in ("crew-a", "crew-b"):
        desk.crews.CreateCrew(crew(name, max_load=1))
    categories = ("no_heat", "leak", "noise")
    assert [desk.job(category=each).crew for each in categories] == ["crews/crew-a", "crews/crew-b", ""]


def test_a_miss_is_told_once_and_climbs_the_ladder(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    desk.step("AcknowledgeWorkOrder", job.name)
    for _ in range(30):
        start.advance(timedelta(minutes=1))
    told = published(desk)
    assert told.count("ServiceStandardWarned") == 1
    assert told.count("ServiceStandardBreached") == 1
    assert told.count("EscalationRaised") == 1, "the crew's lead at once, the department after 30 minutes"
    start.advance(timedelta(hours=3))
    assert published(desk).count("EscalationRaised") == 3
    desk.step("StartWorkOrderTravel", job.name)
    desk.step("ArriveWorkOrder", job.name, note="late")
    (arrive,) = [p for p in desk.get(job.name).promises if p.clock == "arrive"]
    assert arrive.breached


def test_a_miss_that_nobody_saw_in_time_is_told_by_the_late_step(start: Starter) -> None:
    desk = Desk(start, work=True)
    job = desk.job()
    desk.step("AcknowledgeWorkOrder", job.name)
    desk.step("StartWorkOrderTravel", job.name)
    start.clock.advance(timedelta(minutes=25))
    desk.step("ArriveWorkOrder", job.name, note="late")
    desk.svc.settle()
    assert published(desk).count("ServiceStandardBreached") == 1


def test_what_is_left_undone_is_followed_up(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    desk.to_progress(job.name)
    ended = desk.step("MarkWorkOrderNotDone", job.name, reason="no part")
    following = desk.get(ended.follow_up)
    assert (following.follows, list(following.tickets)) == (job.name, list(job.tickets))
    assert following.state == WorkOrder.STATE_DISPATCHED


def test_a_reopened_job_keeps_what_was_measured(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    desk.to_progress(job.name)
    before = desk.complete(job.name)
    after = desk.step("ReopenWorkOrder", job.name, reason="cold again")
    old = [p for p in before.promises if p.HasField("met_time")]
    assert all(p in after.promises for p in old)
    assert after.state == WorkOrder.STATE_DISPATCHED


def test_a_low_score_opens_one_recovery_ticket(start: Starter) -> None:
    desk = Desk(start)
    answer = SurveyResponseRecorded(
        survey="surveys/s1", customer="customers/c1", premises="premises/p1", score=1, low_score=True, comment="太慢"
    )
    record = fact(answer, "surveys", "surveys/s1")
    desk.svc.deliver([record, record])
    found = desk.tickets.ListTickets(tickets_pb2.ListTicketsRequest(filter='category = "recovery"')).tickets
    assert [t.related_resource for t in found] == ["surveys/s1"]
    resolved = desk.tickets.ResolveTicket(tickets_pb2.ResolveTicketRequest(name=found[0].name, outcome="called back"))
    assert resolved.state == tickets_pb2.Ticket.STATE_RESOLVED


def test_performance_counts_every_promise_once(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    desk.to_progress(job.name)
    desk.complete(job.name)
    rows = desk.standards.GetServicePerformance(standards_pb2.GetServicePerformanceRequest()).rows
    counts = {row.clock: (row.kept, row.broken, row.running) for row in rows}
    one = (1, 0, 0)
    assert counts == {"respond": one, "dispatch": one, "arrive": one, "restore": one, "call_back": (0, 0, 1)}


def test_history_is_imported_once_and_sends_nobody(start: Starter) -> None:
    desk = Desk(start)
    good = tickets_pb2.ImportedTicket(
        ticket_id="old-1",
        commodity="heat",
        category="no_heat",
        severity="minor",
        urgency="routine",
        channel="hotline",
        summary="old",
        report_time=to_timestamp(MORNING - timedelta(days=300)),
        resolve_time=to_timestamp(MORNING - timedelta(days=299)),
        outcome="done",
    )
    backwards = tickets_pb2.ImportedTicket()
    backwards.CopyFrom(good)
    backwards.ticket_id = "old-2"
    backwards.resolve_time.CopyFrom(to_timestamp(MORNING - timedelta(days=400)))  # type: ignore[arg-type]
    nameless = tickets_pb2.ImportedTicket()
    nameless.CopyFrom(good)
    nameless.ticket_id = ""
    batch = tickets_pb2.BatchImportTicketsRequest(tickets=[good, backwards, nameless])
    outcomes = desk.tickets.BatchImportTickets(batch).outcomes
    assert [(o.result, o.field) for o in outcomes] == [(1, ""), (3, "resolve_time"), (3, "ticket_id")]
    assert desk.tickets.BatchImportTickets(batch).outcomes[0].result == 2
    desk.svc.settle()
    assert published(desk) == ["TicketCreated"]
    statistics = desk.tickets.GetTicketStatistics(tickets_pb2.GetTicketStatisticsRequest())
    assert [(r.imported, r.count, r.resolve_seconds) for r in statistics.rows] == [(True, 1, 86400)]


def test_projections_do_not_depend_on_order(start: Starter) -> None:
    once, wild = Desk(start, work=False), Desk(start, work=False)
    records = district() * 3
    random.Random(3).shuffle(records)
    wild.svc.deliver(records)

    def rows(desk: Desk) -> list[list[tuple[object, ...]]]:
        with desk.svc.kit.unit() as uow:
            return [[tuple(r) for r in uow.rows(select(t).order_by(t.c.id))] for t in (premises, cells, customers)]

    assert rows(once) == rows(wild)


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"premises": "premises/none"}, grpc.StatusCode.NOT_FOUND, "premises/none"),
        ({"customer": "customers/none"}, grpc.StatusCode.NOT_FOUND, "customers/none"),
        ({"premises": "p1"}, grpc.StatusCode.INVALID_ARGUMENT, "premises"),
        ({"commodity": "water"}, grpc.StatusCode.INVALID_ARGUMENT, "commodity"),
        ({"category": "recovery", "urgency": "emergency"}, grpc.StatusCode.INVALID_ARGUMENT, "category"),
        ({"severity": ""}, grpc.StatusCode.INVALID_ARGUMENT, "severity"),
        ({"summary": "x" * 4001}, grpc.StatusCode.INVALID_ARGUMENT, "summary"),
        ({"report_time": to_timestamp(MORNING + timedelta(days=1))}, grpc.StatusCode.INVALID_ARGUMENT, "report_time"),
        ({"report_time": to_timestamp(MORNING.replace(year=1890))}, grpc.StatusCode.INVALID_ARGUMENT, "report_time"),
        ({"request_id": "seven"}, grpc.StatusCode.INVALID_ARGUMENT, "request_id"),
        ({"ticket_id": "a/b"}, grpc.StatusCode.INVALID_ARGUMENT, "ticket_id"),
    ],
)
def test_bad_tickets_are_refused(start: Starter, values: dict[str, object], code: grpc.StatusCode, text: str) -> None:
    desk = Desk(start, work=False, crews=0)
    with pytest.raises(grpc.RpcError) as refused:
        desk.tickets.CreateTicket(report(**values))
    assert refusal(refused.value)[0] is code
    assert text in refusal(refused.value)[1]


def test_a_ticket_id_is_taken_once_and_a_request_id_answers_again(start: Starter) -> None:
    desk = Desk(start, work=False)
    request = report(ticket_id="t1", request_id=str(uuid4()))
    first = desk.tickets.CreateTicket(request)
    assert desk.tickets.CreateTicket(request) == first
    with pytest.raises(grpc.RpcError) as refused:
        desk.tickets.CreateTicket(report(ticket_id="t1"))
    assert refusal(refused.value)[0] is grpc.StatusCode.ALREADY_EXISTS
    request.summary = "another"
    with pytest.raises(grpc.RpcError) as refused:
        desk.tickets.CreateTicket(request)
    assert "request_id" in refusal(refused.value)[1]


def test_wrong_steps_are_refused(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job(category="meter", severity="minor", urgency="routine")
    for verb, values, code, text in (
        ("StartWorkOrder", {}, grpc.StatusCode.FAILED_PRECONDITION, "DISPATCHED"),
        ("ResumeWorkOrder", {}, grpc.StatusCode.FAILED_PRECONDITION, "only a suspended"),
        ("ArriveWorkOrder", {}, grpc.StatusCode.INVALID_ARGUMENT, "note"),
        ("SuspendWorkOrder", {"reason": "tired"}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ("DispatchWorkOrder", {"crew": "crews/crew-0"}, grpc.StatusCode.INVALID_ARGUMENT, "reason"),
        ("DispatchWorkOrder", {"crew": "crews/none", "reason": "r"}, grpc.StatusCode.NOT_FOUND, "crews/none"),
        ("AcknowledgeWorkOrder", {"etag": '"0"'}, grpc.StatusCode.ABORTED, job.name),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            desk.step(verb, job.name, **values)
        assert refusal(refused.value)[0] is code, verb
        assert text in refusal(refused.value)[1], verb
    desk.to_progress(job.name)
    with pytest.raises(grpc.RpcError) as refused:
        desk.complete(job.name, no_signature_reason="")
    assert "reading" in refusal(refused.value)[1]
    assert "no_signature_reason" in refusal(refused.value)[1]
