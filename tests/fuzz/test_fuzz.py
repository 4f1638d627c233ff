"""Whatever comes in, every RPC answers in the words of its API and every consumer goes on (P4)."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import closing
from mmap import mmap
from pathlib import Path
from typing import Any

import protovalidate
import pytest
from google.protobuf.message import Message

from hearthline.complaints.v1.complaints_pb2 import FileComplaintRequest
from hearthline.workorders.v1 import tickets_pb2 as pb
from servicekit.uow import UnitOfWork
from tests.fuzz.calls import methods
from tests.fuzz.campaign import Campaign
from tests.fuzz.drawing import draw_each
from tests.fuzz.known import Known
from tests.fuzz.memory import Memory
from tests.fuzz.messages import Messages
from tests.fuzz.tally import Tally
from tests.fuzz.world import World
from tests.support.postgres import Databases
from tests.support.running import Starter
from workorders.handlers.withdrawal import CancelTicket, Withdrawal

INPUTS = 600
ROOT = Path(__file__).parents[2]


def drawn(known: Known, kind: type[Message], count: int = 1000) -> list[Message]:
    """Messages of a kind, always the same ones."""
    found: list[Message] = []
    draw_each(Messages(known).of(kind.DESCRIPTOR), count, 1, found.append)
    return found


def is_valid(message: Message) -> bool:
    return not protovalidate.collect_violations(message)


def test_requests_come_past_the_rules_of_their_proto_and_break_them() -> None:
    known = Known()
    known.learn(pb.CreateTicketRequest(premises="premises/li-home", customer="customers/li", summary="整栋楼不热"))
    requests = drawn(known, pb.CreateTicketRequest)
    assert len(requests) / 5 < sum(map(is_valid, requests)) < len(requests) * 4 / 5
    assert {"premises/li-home"} < {request.premises for request in requests}  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def world(databases: Databases, migrated_templates: dict[str, str]) -> Iterator[World]:
    """One for all, for its story takes a while."""
    start = Starter(databases, migrated_templates)
    try:
        with closing(World(start)) as world:
            yield world
    finally:
        start.stop()


def test_no_input_ends_in_an_error_of_ours(world: World) -> None:
    tally = Tally()
    campaign = Campaign(world, 1, tally)
    campaign.run(INPUTS)
    assert tally.faults == []
    assert set(tally.counts) == set(campaign.names)
    assert min(tally.total.ok, sum(tally.total.refused.values())) > INPUTS / 5


@pytest.mark.parametrize(("size", "outcome"), [(900, "INVALID_ARGUMENT"), (1000, "RESOURCE_EXHAUSTED")])
def test_what_is_larger_than_a_request_may_be_needs_no_reason(world: World, size: int, outcome: str) -> None:
    method = next(m for m in methods(world.services["complaints"], world.channels["complaints"]) if "File" in m.name)
    request = FileComplaintRequest(evidence=['{"a":' * 900] * size)
    assert method.call(request.SerializeToString()) == (outcome, [], [])


def test_an_rpc_that_needs_something_in_a_certain_state_finds_it(world: World) -> None:
    tally = Tally()
    Campaign(world, 1, tally).run(60, only="HandOverWorkOrder")
    assert (tally.faults, tally.never_ok()) == ([], [])


def test_a_bug_is_found_and_told_with_its_request(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Withdrawal, uow: UnitOfWork, command: CancelTicket) -> Any:
        raise KeyError(command.id)

    monkeypatch.setattr(Withdrawal, "cancel_ticket", fail)
    tally = Tally()
    Campaign(world, 1, tally).run(30, only="CancelTicket")
    assert tally.total.internal
    assert all("TicketService/CancelTicket ends with INTERNAL" in fault for fault in tally.faults)


def test_what_is_kept_counts_as_growth_and_what_is_let_go_does_not() -> None:
    before = Memory.now()
    kept: list[object] = [bytearray(1_000_000) for _ in range(60)]
    assert Memory.now().grown(before)
    kept.clear()
    assert not Memory.now().grown(before)
    kept += [object() for _ in range(before.python_blocks // 5)]
    assert Memory.now().grown(before)
    kept.clear()
    assert not Memory.now().grown(before)
    with closing(mmap(-1, 120_000_000)) as past_malloc:
        past_malloc.write(b"x" * len(past_malloc))
        assert Memory.now().grown(before)


def test_a_campaign_has_the_allocator_of_the_image() -> None:
    settings = re.findall(r"(MALLOC_\w+)=(\d+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    assert {name for name, _ in settings} == {
        "MALLOC_ARENA_MAX",
        "MALLOC_MMAP_THRESHOLD_",
        "MALLOC_TRIM_THRESHOLD_",
    }
    told = subprocess.check_output(["make", "--dry-run", "fuzz"], cwd=ROOT, text=True, timeout=60)
    (line,) = [line for line in told.splitlines() if "-m tests.fuzz" in line]
    assert line.split(" .venv")[0].split() == [f"{name}={value}" for name, value in settings]
