"""Events that a consumer cannot take are kept with the reason, replayed once, or given up once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

import workorders.bootstrap
from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit.deadletters import DeadLetter, drop, open_dead_letters, replay
from servicekit.errors import FailedPrecondition
from servicekit.eventlog import Record
from servicekit.inbox import ConsumerLoop, Subscription
from servicekit.uow import UnitOfWork
from tests.support.running import RunningService, Starter, fact

TOPIC, CONSUMER = "hearthline.workorders.v1", "workorders.intake"


@pytest.fixture
def desk(start: Starter) -> RunningService:
    return start(workorders.bootstrap.service)


def poison() -> Record:
    """A fact whose bytes are not what its type says."""
    return replace(fact(TicketCreated(ticket="t1"), "workorders", "tickets/t1"), value=b"\xff\xff")


def publish(service: RunningService, record: Record) -> None:
    assert service.kit.eventlog.producer().publish([record]) == [None]
    service.settle()


def letters(service: RunningService) -> list[DeadLetter]:
    with service.kit.unit() as uow:
        return open_dead_letters(uow, service.kit.eventlog, [TOPIC], {CONSUMER})


def deal(service: RunningService, deed: Callable[[UnitOfWork, DeadLetter], DeadLetter], letter: DeadLetter) -> None:
    with service.kit.unit("operator/li") as uow:
        deed(uow, letter)


def test_an_undecodable_event_is_kept_with_the_reason(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    assert (letter.topic, letter.consumer, letter.record.key) == (TOPIC, CONSUMER, "t1")
    assert letter.record.value == b"\xff\xff"
    assert "UndecodableEvent" in letter.reason


def test_an_unknown_type_is_passed_over(desk: RunningService) -> None:
    record = fact(TicketCreated(ticket="t1"), "workorders", "tickets/t1")
    publish(desk, replace(record, headers={**record.headers, "ce_type": "hearthline.workorders.v9.NobodyKnows"}))
    assert letters(desk) == []


def test_a_replayed_letter_is_tried_again_and_fails_as_a_new_one(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    deal(desk, replay, letter)
    desk.settle()
    (again,) = letters(desk)
    assert again.id != letter.id
    with pytest.raises(FailedPrecondition, match="before"):
        deal(desk, replay, letter)


def test_a_dropped_letter_is_listed_no_more_and_cannot_be_replayed(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    deal(desk, drop, letter)
    assert letters(desk) == []
    with pytest.raises(FailedPrecondition, match="before"):
        deal(desk, replay, letter)
    desk.settle()
    assert letters(desk) == []


def test_a_replayed_record_is_for_the_consumer_that_refused_it() -> None:
    record = fact(TicketCreated(ticket="t1"), "workorders", "tickets/t1")
    replayed = replace(record, headers={**record.headers, "dlq-consumer": CONSUMER})

    def wants(name: str) -> bool:
        subscription = Subscription(name, TOPIC, {TicketCreated: lambda uow, event: None})
        return ConsumerLoop(name, [subscription]).wants(replayed)

    assert wants(CONSUMER)
    assert not wants("surveys.triggers")


def test_an_operator_lists_and_drops_them_from_the_command_line(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)

    environment = {
        **os.environ,
        "HEARTHLINE_DATABASE_URL": desk.kit.settings.database_url,
        "HEARTHLINE_EVENTLOG_URL": desk.kit.settings.eventlog_url,
    }

    def dlq(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-m", "workorders", "dlq", *words]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert json.loads(dlq("list").stdout)["id"] == letter.id
    assert dlq("drop", letter.id).returncode != 0, "nobody said yes"
    assert [each.id for each in letters(desk)] == [letter.id]
    assert dlq("drop", letter.id, "--yes").stdout == "1 dropped\n"
    assert dlq("list").stdout == ""
    unknown = dlq("drop", letter.id, "--yes")
    assert (unknown.returncode, unknown.stderr.count(letter.id)) == (2, 1)
