"""What was said, told and read long ago goes by itself (C9)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from customers.store.tables import interactions, timeline
from hearthline.customers.v1 import customers_pb2, interactions_pb2
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.personal_data import ERASED
from servicekit.retention import BATCH, Retention
from servicekit.tables import accesses
from servicekit.times import to_timestamp
from tests.customers.calls import Desk, open_desk, person
from tests.support.running import MORNING, Starter, fact

YEAR, DAY = timedelta(days=365), timedelta(days=1)


@pytest.fixture
def desk(start: Starter) -> Desk:
    return open_desk(start)


def look(desk: Desk) -> bool:
    """One round of the loop, as it comes every hour."""
    return Retention(desk.svc.service.rules).run_once(desk.svc.kit)


def record_call(desk: Desk, said: str, ago: timedelta) -> None:
    call = interactions_pb2.RecordInteractionRequest(
        channel="hotline",
        contact_address="13800138000",
        agent="1",
        summary=said,
        confirmed_facts=[said],
        occur_time=to_timestamp(MORNING - ago),
    )
    desk.interactions.RecordInteraction(call)


def said(desk: Desk) -> list[tuple[str, bool, int]]:
    """Of each call its summary, whether the address is known, and how many facts are."""
    listed = interactions_pb2.ListInteractionsRequest(order_by="occur_time")
    found = desk.interactions.ListInteractions(listed).interactions
    return [(each.summary, bool(each.contact_address), len(each.confirmed_facts)) for each in found]


def test_what_was_said_goes_when_its_time_is_over_and_the_contact_stays(desk: Desk) -> None:
    record_call(desk, "三年前", 3 * YEAR - DAY)
    record_call(desk, "昨天", DAY)
    look(desk)
    assert said(desk) == [("三年前", True, 1), ("昨天", True, 1)]

    desk.svc.clock.advance(2 * DAY)
    look(desk)
    assert said(desk) == [(ERASED, False, 0), ("昨天", True, 1)]


def test_what_was_forgotten_is_not_looked_at_again(desk: Desk) -> None:
    record_call(desk, "三年前", 3 * YEAR + DAY)
    look(desk)
    forgotten = select(interactions.c.forget_time)
    with desk.svc.kit.unit() as uow:
        (first,) = uow.rows(forgotten)
    desk.svc.clock.advance(DAY)
    look(desk)
    with desk.svc.kit.unit() as uow:
        assert uow.rows(forgotten) == [first]
    assert first.forget_time == MORNING


def test_an_entry_of_a_timeline_goes_when_its_time_is_over(desk: Desk) -> None:
    desk.customers.CreateCustomer(person("c1"))
    created = workorders.TicketCreated(customer="customers/c1", category="no_heat", summary="不热")
    for n, time in enumerate((MORNING - 5 * YEAR, MORNING)):
        desk.svc.deliver([fact(created, "workorders", f"tickets/{n}", 1, time, id=f"event-{n}")])

    desk.svc.clock.advance(DAY)
    look(desk)

    with desk.svc.kit.unit() as uow:
        assert [row.subject for row in uow.rows(select(timeline.c.subject))] == ["tickets/1"]


def test_that_somebody_read_is_kept_for_its_time(desk: Desk) -> None:
    desk.customers.CreateCustomer(person("c1"))
    for _ in range(2):
        desk.customers.GetCustomer(customers_pb2.GetCustomerRequest(name="customers/c1"))
        desk.svc.clock.advance(2 * YEAR)
    look(desk)
    assert kept(desk) == 1


def test_a_full_batch_is_followed_by_another(desk: Desk) -> None:
    row = {
        "time": MORNING - 4 * YEAR,
        "reader": "staff/1",
        "roles": [],
        "method": "",
        "resources": [],
        "resource_count": 0,
        "kinds_in_clear": [],
        "trace_id": "",
    }
    with desk.svc.kit.unit() as uow:
        for n in range(BATCH + 1):
            uow.insert(accesses, {"id": str(n), **row})
        uow.commit(None)
    assert look(desk)
    assert kept(desk) == 1
    assert not look(desk)
    assert kept(desk) == 0


def kept(desk: Desk) -> int:
    with desk.svc.kit.unit() as uow:
        row = uow.row(select(func.count()).select_from(accesses))
    assert row is not None
    return int(row[0])
