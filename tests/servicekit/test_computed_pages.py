"""Pages of what no query finds are pages like all others (AIP-158)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.complaints.v1 import complaints_pb2 as pb
from servicekit.errors import InvalidArgument
from servicekit.listing import DEFAULT_PAGE_SIZE, page_of


def asking(size: int = 0, token: str = "", text: str = "") -> pb.ListComplaintsRequest:
    return pb.ListComplaintsRequest(page_size=size, page_token=token, filter=text)


@given(st.sets(st.text()), st.integers(1, 7))
def test_every_item_comes_once_and_in_order(items: set[str], size: int) -> None:
    found: list[str] = []
    token = ""
    while True:
        page, token = page_of(asking(size, token), items, str)
        found += page
        if not token:
            break
        assert len(page) == size
    assert found == sorted(items)


def test_a_page_has_the_size_of_all_lists_when_none_is_asked_for() -> None:
    page, token = page_of(asking(), map(str, range(DEFAULT_PAGE_SIZE + 1)), str)
    assert len(page) == DEFAULT_PAGE_SIZE
    assert token


def test_what_comes_between_two_pages_moves_nothing() -> None:
    _, token = page_of(asking(2), "bdf", str)
    assert page_of(asking(2, token), "abcdef", str)[0] == ["e", "f"]


def test_a_token_belongs_to_one_question() -> None:
    _, token = page_of(asking(1, text="one"), "ab", str)
    # The size may change from page to page.
    assert page_of(asking(7, token, "one"), "ab", str) == (["b"], "")
    for wrong in (asking(1, token), asking(1, token, "another"), asking(1, "made-up", "one")):
        with pytest.raises(InvalidArgument, match="page_token"):
            page_of(wrong, "ab", str)


def test_a_negative_size_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="page_size"):
        page_of(asking(-1), "ab", str)
