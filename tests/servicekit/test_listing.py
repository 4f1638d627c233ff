"""Pages and filters that somebody made up (P4, AIP-158)."""

import base64
import json
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from hearthline.workorders.v1 import crews_pb2 as pb
from servicekit.filters import Fields, parse_filter
from servicekit.listing import DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE, _page_size
from tests.support.identities import answer
from tests.support.running import Starter
from tests.workorders.calls import Desk
from workorders.store.crews import CREWS

REFUSED = (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT")


def written(token: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")


TAMPERED: dict[str, Callable[[str], Any]] = {
    "a number for a text": lambda shape: [shape, [{"t": "2026-01-15T01:00:00+00:00"}, 7]],
    "a text for a time": lambda shape: [shape, ["2026", "crew-0"]],
    "a truth for a time": lambda shape: [shape, [True, "crew-0"]],
    "a list": lambda shape: [shape, [["x"], "crew-0"]],
    "half of a pair": lambda shape: [shape, [{"t": "2026-01-15T01:00:00+00:00"}, "\ud800"]],
    "no time": lambda shape: [shape, [{"t": "never"}, "crew-0"]],
    "another key": lambda shape: [shape, [{"x": 1}, "crew-0"]],
    "one value too few": lambda shape: [shape, [{"t": "2026-01-15T01:00:00+00:00"}]],
    "of another list": lambda _: ["0" * 16, [{"t": "2026-01-15T01:00:00+00:00"}, "crew-0"]],
    "no pair": lambda _: 5,
    "nothing": lambda _: None,
}


@pytest.mark.parametrize("change", TAMPERED.values(), ids=TAMPERED)
def test_a_page_token_that_was_changed_is_refused(start: Starter, change: Callable[[str], Any]) -> None:
    desk = Desk(start, work=False)
    first = pb.ListCrewsRequest(page_size=1, order_by="create_time")
    token = desk.crews.ListCrews(first).next_page_token
    shape, _ = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    first.page_token = written(change(shape))
    assert answer(lambda: desk.crews.ListCrews(first)) == REFUSED
    first.page_token = token
    assert [crew.name for crew in desk.crews.ListCrews(first).crews] == ["crews/crew-1"]


def test_a_token_is_not_followed_into_its_depths(start: Starter) -> None:
    desk = Desk(start, work=False)
    deep = base64.urlsafe_b64encode(b"[" * 740).decode()
    assert answer(lambda: desk.crews.ListCrews(pb.ListCrewsRequest(page_token=deep))) == REFUSED


def test_a_page_has_an_end_whatever_is_asked_for() -> None:
    assert [_page_size(asked) for asked in (0, 7, 2**31 - 1)] == [DEFAULT_PAGE_SIZE, 7, LARGEST_PAGE_SIZE]


@pytest.mark.parametrize("text", ['display_name = "' + "\\" * 1900, 'display_name = "' + "\\a" * 900, "a" * 1900 + "!"])
def test_a_filter_that_never_ends_is_refused_at_once(text: str) -> None:
    """A regular expression that tries every way to read it would be at it for ever; so would this test."""
    with pytest.raises(Exception, match="filter: "):
        parse_filter(text, Fields(CREWS.columns))
