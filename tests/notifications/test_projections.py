"""Duplicates and any order of facts leave the same rows, byte for byte, and one message each (N4)."""

import random

import pytest
from sqlalchemy import select

from notifications.bootstrap import service
from notifications.store.tables import contacts
from notifications.store.tables import notifications as jobs
from tests.notifications import facts
from tests.notifications.calls import all_notifications

RECORDS = facts.every_fact()


def rows(svc) -> str:
    with svc.kit.unit() as uow:
        found = [uow.rows(select(table).order_by(*table.primary_key)) for table in (contacts, jobs)]
    return "\n".join(repr(tuple(row)) for table in found for row in table)


@pytest.fixture
def expected(start) -> str:
    svc = start(service, work=False)
    svc.deliver(RECORDS)
    return rows(svc)


@pytest.mark.parametrize("seed", range(6))
def test_any_order_with_duplicates_leaves_the_same_rows(start, expected, seed):
    shuffled = RECORDS * 2
    random.Random(seed).shuffle(shuffled)
    svc = start(service, work=False)
    svc.deliver(shuffled)
    assert rows(svc) == expected


def test_same_fact_published_twice_over_the_log_sends_once(start):
    svc = start(service)
    for _ in range(2):
        svc.kit.eventlog.producer().publish(RECORDS)
    svc.settle()
    assert len(all_notifications(svc)) == 15


def test_older_state_of_a_customer_never_overwrites_a_newer_one(start):
    svc = start(service, work=False)
    svc.deliver([facts.customer(facts.sms("+8613800000002"), version=2), facts.customer(facts.sms())])
    with svc.kit.unit() as uow:
        (row,) = uow.rows(select(contacts))
    assert (row.version, row.points[0]["address"]) == (2, "+8613800000002")
