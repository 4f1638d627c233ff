"""Rules of the domain, without a database (C1, C2)."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.network import Kind, Node, moved_path
from customers.domain.premises import Agreement, check_no_overlap
from customers.domain.words import word
from servicekit.errors import FailedPrecondition, InvalidArgument
from tests.support.running import MORNING

KINDS = tuple(Kind)


def agreement(start: int, end: int | None = None) -> Agreement:
    """From day `start` to day `end`."""
    until = None if end is None else MORNING + timedelta(days=end)
    return Agreement("a", "c", "p", "sp", "heat", MORNING + timedelta(days=start), until, MORNING)


def chain(names: Sequence[str]) -> list[Node]:
    """A station and what hangs on it, one below the other."""
    nodes: list[Node] = []
    for kind, name in zip(KINDS, names, strict=False):
        node = Node(name, kind, name, (), MORNING)
        nodes.append(node.below(nodes[-1] if nodes else None))
    return nodes


@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 60)), max_size=12))
def test_agreements_of_a_service_point_never_overlap(wanted: list[tuple[int, int]]) -> None:
    held: list[Agreement] = []
    for begin, days in wanted:
        candidate = agreement(begin)
        try:
            check_no_overlap(candidate.start_time, held)
        except InvalidArgument:
            continue
        held.append(candidate.ended(candidate.start_time + timedelta(days=days)))
    for earlier, later in pairwise(held):
        assert earlier.end_time is not None
        assert earlier.end_time <= later.start_time


def test_an_agreement_ends_once_and_not_before_it_began() -> None:
    with pytest.raises(InvalidArgument):
        agreement(10).ended(MORNING)
    with pytest.raises(FailedPrecondition):
        agreement(0, 5).ended(MORNING + timedelta(days=6))


@given(st.sampled_from(KINDS), st.sampled_from(KINDS))
def test_a_node_moves_only_below_the_kind_above_it(kind: Kind, parent_kind: Kind) -> None:
    here, there = chain(("s", "b", "h", "u")), chain(("S", "B", "H", "U"))
    node, parent = here[KINDS.index(kind)], there[KINDS.index(parent_kind)]
    if KINDS.index(parent_kind) + 1 == KINDS.index(kind):
        moved = node.moved(parent)
        assert moved.path == (*parent.path, node.id)
        assert moved.version == node.version + 1
    else:
        with pytest.raises(InvalidArgument):
            node.moved(parent)


def test_what_hangs_below_a_moved_node_keeps_its_place_there() -> None:
    station, branch, building, unit = chain(("s", "b", "h", "u"))
    elsewhere = Node("b2", Kind.BRANCH, "b2", ("s", "b2"), MORNING)
    assert moved_path(unit.path, building, building.moved(elsewhere)) == ("s", "b2", "h", "u")
    assert (station.parent_id, branch.parent_id) == (None, "s")


def test_a_code_without_a_word_is_readable() -> None:
    assert word("frozen_pipe", "en") == "frozen pipe"
    assert word("heat", "zh-CN") == "供热"
