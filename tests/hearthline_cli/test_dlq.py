"""`hearthline dlq` shows what a service could not take, and has it tried again or given up."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import grpc
import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

import workorders.bootstrap
from hearthline.operations.v1 import dead_letters_pb2 as pb
from hearthline.operations.v1.dead_letters_pb2_grpc import DeadLetterServiceStub
from hearthline.workorders.v1.events_pb2 import TicketCreated
from hearthline_cli.main import app
from servicekit import tables
from servicekit.inbox import ConsumerLoop
from tests.support.running import RunningService, Starter, fact

NOWHERE = "127.0.0.1:1"


@pytest.fixture
def desk(start: Starter) -> RunningService:
    return start(workorders.bootstrap.service)


def refuse(desk: RunningService, *keys: str) -> list[pb.DeadLetter]:
    """Has the service refuse a fact of each key, whose bytes are not what its type says."""
    good = [fact(TicketCreated(ticket=key), "workorders", f"tickets/{key}") for key in keys]
    desk.kit.eventlog.producer().publish([replace(record, value=b"\xff\xff") for record in good])
    desk.settle()
    return list(letters(desk).ListDeadLetters(pb.ListDeadLettersRequest()).dead_letters)


def letters(desk: RunningService) -> DeadLetterServiceStub:
    return DeadLetterServiceStub(desk.channel)


def dlq(desk: RunningService, *words: str) -> Result:
    return CliRunner().invoke(app, ["dlq", *words, "--target", desk.target])


def last_line(answer: Result) -> str:
    """What the command said; the service in this process logs to the same place."""
    return answer.stdout.splitlines()[-1]


def audited(desk: RunningService) -> set[tuple[str, str]]:
    """(what, about what) of the audited commands."""
    with desk.kit.unit() as uow:
        return {(row.action.rpartition("/")[2], row.resource) for row in uow.rows(select(tables.audit))}


def test_what_was_refused_is_shown_with_the_reason(desk: RunningService) -> None:
    (letter,) = refuse(desk, "t1")
    told = dlq(desk, "list").stdout
    assert told.startswith(letter.name)
    assert "workorders.intake refused TicketCreated of t1\n    UndecodableEvent" in told
    shown = json.loads(dlq(desk, "list", "--json").stdout)
    assert (shown["name"], shown["key"], shown["topic"]) == (letter.name, "t1", "hearthline.workorders.v1")


def test_what_is_refused_again_stays_and_the_reason_is_told(desk: RunningService) -> None:
    (letter,) = refuse(desk, "t1")
    answer = dlq(desk, "replay", letter.name)
    assert answer.exit_code == 1
    assert "is refused again: UndecodableEvent" in answer.stderr
    assert list(letters(desk).ListDeadLetters(pb.ListDeadLettersRequest()).dead_letters) == [letter]


def test_what_was_mended_is_replayed_once(desk: RunningService, monkeypatch: pytest.MonkeyPatch) -> None:
    (letter,) = refuse(desk, "t1")
    # As by a release that can read it.
    monkeypatch.setattr(ConsumerLoop, "handle", lambda *_: None)
    assert last_line(dlq(desk, "replay", letter.name)) == "1 replayed"
    assert dlq(desk, "list").stdout == ""
    assert dlq(desk, "replay", letter.name).exit_code == 2
    assert ("ReplayDeadLetter", letter.name) in audited(desk)


def test_what_is_given_up_is_gone_once_somebody_says_yes(desk: RunningService) -> None:
    refused = refuse(desk, "t1", "t2")
    assert dlq(desk, "drop", "all").exit_code == 1, "nobody said yes"
    assert len(refused) == len(dlq(desk, "list", "--json").stdout.splitlines()) == 2
    assert last_line(dlq(desk, "drop", "all", "--yes")) == "2 dropped"
    assert dlq(desk, "list").stdout == ""
    assert {("DropDeadLetter", letter.name) for letter in refused} <= audited(desk)
    assert dlq(desk, "drop", "all", "--yes").exit_code == 2


def test_pages_go_from_the_oldest_to_the_newest(desk: RunningService) -> None:
    refused = refuse(desk, "t1", "t2", "t3")
    stub = letters(desk)
    first = stub.ListDeadLetters(pb.ListDeadLettersRequest(page_size=2))
    second = stub.ListDeadLetters(pb.ListDeadLettersRequest(page_size=2, page_token=first.next_page_token))
    assert [*first.dead_letters, *second.dead_letters] == refused
    assert (len(first.dead_letters), second.next_page_token) == (2, "")
    assert refused == sorted(refused, key=lambda letter: letter.name)


def test_a_repeated_call_gets_its_answer_again_and_another_one_finds_nothing(desk: RunningService) -> None:
    (letter,) = refuse(desk, "t1")
    stub, request = letters(desk), pb.DropDeadLetterRequest(name=letter.name, request_id=str(uuid4()))
    assert stub.DropDeadLetter(request) == letter
    assert stub.DropDeadLetter(request) == letter
    wrong_calls: list[tuple[Any, Any, grpc.StatusCode]] = [
        (stub.DropDeadLetter, pb.DropDeadLetterRequest(name=letter.name), grpc.StatusCode.NOT_FOUND),
        (stub.ReplayDeadLetter, pb.ReplayDeadLetterRequest(name=letter.name), grpc.StatusCode.NOT_FOUND),
        (stub.ReplayDeadLetter, pb.ReplayDeadLetterRequest(name="tickets/t1"), grpc.StatusCode.INVALID_ARGUMENT),
        (stub.ListDeadLetters, pb.ListDeadLettersRequest(page_token="x"), grpc.StatusCode.INVALID_ARGUMENT),
        (stub.ListDeadLetters, pb.ListDeadLettersRequest(page_size=-1), grpc.StatusCode.INVALID_ARGUMENT),
    ]
    for call, wrong, code in wrong_calls:
        with pytest.raises(grpc.RpcError) as refused:
            call(wrong)
        assert refused.value.code() is code


def test_a_service_that_cannot_be_reached_is_named() -> None:
    answer = CliRunner().invoke(app, ["dlq", "list", "--target", NOWHERE])
    assert answer.exit_code == 1
    assert "UNAVAILABLE" in answer.stderr
    assert NOWHERE in answer.stderr
