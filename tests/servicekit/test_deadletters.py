"""Events that a consumer cannot take are kept with the reason, replayed once, or given up once."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select

import workorders.bootstrap
from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit.deadletters import DeadLetter, drop, open_dead_letters, replay
from servicekit.errors import FailedPrecondition
from servicekit.eventlog import Record
from servicekit.inbox import consumer_loops
from servicekit.tables import inbox
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


def handler(service: RunningService) -> Callable[[UnitOfWork, Record], None]:
    """What the consumer does with an event, once it can."""
    consumer = next(loop for loop in consumer_loops(service.service.subscriptions) if loop.name == CONSUMER)
    return partial(consumer.handle, service.kit)


def test_a_letter_that_is_refused_again_stays_open(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    with pytest.raises(FailedPrecondition, match="is refused again: UndecodableEvent"):
        deal(desk, partial(replay, handle=handler(desk)), letter)
    assert letters(desk) == [letter]


def test_a_replayed_letter_is_the_record_that_came_and_takes_effect_once(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    taken: list[Record] = []

    def mended(uow: UnitOfWork, record: Record) -> None:
        taken.append(record)
        uow.insert(inbox, {"consumer": "test", "event_id": str(len(taken))})
        # As a handler does that is a command, too.
        uow.commit(None)

    deal(desk, partial(replay, handle=mended), letter)
    (original,) = desk.kit.eventlog.read(TOPIC, 10)
    assert replace(taken[0], timestamp=None) == replace(original, timestamp=None)
    assert letters(desk) == []
    with pytest.raises(FailedPrecondition, match="before"):
        deal(desk, partial(replay, handle=mended), letter)
    with desk.kit.unit() as uow:
        effects = uow.rows(select(inbox.c.event_id).where(inbox.c.consumer == "test"))
    assert [row.event_id for row in effects] == ["1"]


def test_a_replay_says_nothing_on_the_log(desk: RunningService) -> None:
    """A service may not write to the topics of others, and consumers that took the event need not hear it again."""
    publish(desk, poison())
    (letter,) = letters(desk)
    deal(desk, partial(replay, handle=lambda uow, record: None), letter)
    desk.settle()
    assert len(list(desk.kit.eventlog.read(TOPIC, 10))) == 1


def test_a_dropped_letter_is_listed_no_more_and_cannot_be_replayed(desk: RunningService) -> None:
    publish(desk, poison())
    (letter,) = letters(desk)
    deal(desk, drop, letter)
    assert letters(desk) == []
    with pytest.raises(FailedPrecondition, match="before"):
        deal(desk, partial(replay, handle=lambda uow, record: None), letter)
    desk.settle()
    assert letters(desk) == []


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
    refused = dlq("replay", "all")
    assert (refused.returncode, refused.stdout) == (1, "0 replayed\n")
    assert "is refused again: UndecodableEvent" in refused.stderr
    assert dlq("drop", letter.id).returncode != 0, "nobody said yes"
    assert [each.id for each in letters(desk)] == [letter.id]
    assert dlq("drop", letter.id, "--yes").stdout == "1 dropped\n"
    assert dlq("list").stdout == ""
    unknown = dlq("drop", letter.id, "--yes")
    assert (unknown.returncode, unknown.stderr.count(letter.id)) == (2, 1)
