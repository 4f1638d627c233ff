"""P2: doubled and reordered facts leave every projection byte for byte the same."""

import random
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Table, select

from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.workorders.v1 import events_pb2 as workorders
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from surveys.store import tables
from tests.support.running import MORNING, Starter, fact
from tests.surveys.running import DAY, Surveys, complaint, completed, reopened

PROJECTIONS = (tables.occasions, tables.invitees, tables.complaints, tables.feedback)


def facts() -> list[Record]:
    customers = ["customers/c1", "customers/c2"]
    decided = complaints.ComplaintDecisionCommunicated
    later = MORNING + timedelta(hours=3)
    return [
        completed("workOrders/w1", customers, id="e1"),
        reopened("workOrders/w1", customers, sequence=9),
        completed("workOrders/w1", customers, time=later, sequence=14, id="e3"),
        completed("workOrders/w2", customers[:1], id="e4"),
        reopened("workOrders/w2", customers[:1], sequence=9),
        completed("workOrders/w3", customers, sequence=5, id="e6"),
        complaint(complaints.ComplaintFiled, "customers/c1", 1, id="k1"),
        complaint(decided, "customers/c1", 5, related="surveys/s1", time=MORNING, id="k2"),
        complaint(complaints.ComplaintClosed, "customers/c1", 6, id="k3"),
        complaint(complaints.ComplaintReopened, "customers/c1", 7, id="k4"),
        complaint(decided, "customers/c1", 11, related="surveys/s1", time=MORNING + DAY, id="k5"),
        resolved("surveys/s2", id="t1"),
        resolved("", id="t2"),
    ]


def resolved(survey: str, id: str) -> Record:
    ticket = workorders.TicketResolved(
        ticket=f"tickets/{id}", related_resource=survey, resolve_time=to_timestamp(MORNING + DAY)
    )
    return fact(ticket, "workorders", f"tickets/{id}", 2, id=id)


def test_a_resolved_recovery_ticket_answers_its_survey_back(start: Starter) -> None:
    running = Surveys(start)

    running.running.deliver([resolved("surveys/s2", id="t1"), resolved("", id="t2")])

    assert [row[:3] for row in dump(running)["feedback"]] == [("s2", "t1", "tickets/t1")]


def dump(running: Surveys) -> dict[str, list[Any]]:
    def rows(table: Table) -> list[Any]:
        with running.running.kit.unit() as uow:
            return [tuple(row) for row in uow.rows(select(table).order_by(*table.primary_key))]

    return {table.name: rows(table) for table in PROJECTIONS}


@pytest.mark.parametrize("seed", range(5))
def test_any_order_and_any_repetition_ends_the_same(start: Starter, seed: int) -> None:
    straight, mixed = Surveys(start), Surveys(start)
    straight.running.deliver(facts())
    shuffled = facts() * 2
    random.Random(seed).shuffle(shuffled)

    mixed.running.deliver(shuffled)

    assert dump(mixed) == dump(straight)


def test_the_delay_of_a_stale_completion_is_not_set_again(start: Starter) -> None:
    running = Surveys(start)
    running.sample_everybody()
    running.deliver(reopened("workOrders/w1", ["customers/c1"]), completed("workOrders/w1", ["customers/c1"]))
    running.advance(2 * DAY)

    assert running.find() == []
