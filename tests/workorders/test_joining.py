"""Who joins a fault later is told how its job stands at that moment (W8, N4)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from hearthline.customers.v1 import events_pb2 as customers
from hearthline.workorders.v1.events_pb2 import WorkOrderCompleted, WorkOrderJoined
from servicekit import tables
from tests.support.running import Starter, fact
from tests.workorders.calls import Desk, crew


def events(desk, kind):
    with desk.svc.kit.unit() as uow:
        rows = list(uow.rows(select(tables.outbox.c.headers, tables.outbox.c.value).order_by(tables.outbox.c.seq)))
    return [kind.FromString(r.value) for r in rows if r.headers["ce_type"] == kind.DESCRIPTOR.full_name]


def waiting(desk, job):
    desk.crews.CreateCrew(crew("none", skills=["power"]))


def coming(desk, job):
    pass


def acknowledged(desk, job):
    desk.step("AcknowledgeWorkOrder", job.name)


def travelling(desk, job):
    acknowledged(desk, job)
    desk.step("StartWorkOrderTravel", job.name)


def late(desk, job):
    travelling(desk, job)
    desk.start.advance(timedelta(minutes=50))


def arrived(desk, job):
    travelling(desk, job)
    desk.step("ArriveWorkOrder", job.name, note="at the door")


def working(desk, job):
    desk.to_progress(job.name)


def suspended(desk, job):
    desk.to_progress(job.name)
    desk.step("SuspendWorkOrder", job.name, reason="parts", note="明天: 到货")


def handed_over_in_the_pause(desk, job):
    suspended(desk, job)
    desk.step("HandOverWorkOrder", job.name, crew="crews/crew-0", note="换班")


def resumed(desk, job):
    suspended(desk, job)
    desk.step("ResumeWorkOrder", job.name)


CASES = [
    (waiting, "waiting", "", False),
    (coming, "coming", "crew-1", True),
    (acknowledged, "coming", "crew-1", True),
    (travelling, "coming", "crew-1", True),
    (late, "late", "crew-1", True),
    (arrived, "on_site", "crew-1", False),
    (working, "on_site", "crew-1", False),
    (suspended, "suspended", "crew-1", False),
    (handed_over_in_the_pause, "suspended", "crew-0", False),
    (resumed, "on_site", "crew-1", False),
]


@pytest.mark.parametrize(("happened", "standing", "lead", "due"), CASES, ids=[c[0].__name__ for c in CASES])
def test_who_joins_is_told_what_is_true(start: Starter, happened, standing, lead, due) -> None:
    desk = Desk(start, crews=0 if happened is waiting else 2)
    first = desk.job()
    happened(desk, first)
    assert desk.job(customer="customers/c2").name == first.name
    assert desk.job(customer="customers/c2").name == first.name, "a second ticket of the same customer"
    desk.job()
    desk.job(customer="")
    (told,) = events(desk, WorkOrderJoined)
    assert (told.standing, told.crew_display_name, told.HasField("arrive_due_time")) == (standing, lead, due)
    assert list(told.facts.customers) == ["customers/c2"]
    assert len(told.facts.tickets) == 1
    assert told.suspend_reason == ("parts" if standing == "suspended" else "")
    assert told.HasField("suspend_time") == (standing == "suspended")


def test_who_joined_is_among_those_whom_later_facts_name(start: Starter) -> None:
    desk = Desk(start)
    first = desk.job()
    desk.job(customer="customers/c2")
    desk.to_progress(first.name)
    desk.complete(first.name)
    (done,) = events(desk, WorkOrderCompleted)
    assert list(done.facts.customers) == ["customers/c1", "customers/c2"]


def test_who_joins_as_a_new_crew_is_sent_is_told_by_that_alone(start: Starter) -> None:
    desk = Desk(start)
    first = desk.job()
    desk.to_progress(first.name)
    desk.complete(first.name)
    again = desk.job(customer="customers/c2")
    assert (again.name, again.attempt) == (first.name, 2)
    assert events(desk, WorkOrderJoined) == []


def test_what_is_told_does_not_grow_with_the_callers(start: Starter) -> None:
    desk = Desk(start)
    desk.svc.deliver(
        [
            fact(customers.CustomerRegistered(customer=f"customers/n{i:02}"), "customers", f"customers/n{i:02}")
            for i in range(20)
        ]
    )
    desk.job()
    for i in range(20):
        desk.report(customer=f"customers/n{i:02}")
    desk.svc.settle()
    told = events(desk, WorkOrderJoined)
    assert len(told) == 20
    assert len({next(iter(t.facts.customers)) for t in told}) == 20
    assert max(t.ByteSize() for t in told) - min(t.ByteSize() for t in told) <= 8
