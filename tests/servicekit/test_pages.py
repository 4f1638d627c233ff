"""Pages of a list: every row once, in the order that was asked for, whatever its directions and gaps (AIP-158)."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from servicekit.errors import InvalidArgument
from servicekit.kit import Kit
from servicekit.listing import Listing
from tests.servicekit.notebook import notebook, notes
from tests.support.running import MORNING

NOTES = Listing(select(notes), {"at": notes.c.at, "version": notes.c.version}, key=notes.c.id)
# Their ids do not follow the time, two times are the same, and every fifth has none.
ROWS: list[dict[str, Any]] = [
    {"id": f"n{n * 7 % 40:02}", "at": MORNING + timedelta(hours=n // 2) if n % 5 else None, "version": n % 3}
    for n in range(40)
]


@pytest.fixture
def kit(database: str) -> Iterator[Kit]:
    with notebook(database) as kit:
        with kit.unit() as uow:
            for row in ROWS:
                uow.insert(notes, {"body": None, **row})
            uow.commit(None)
        yield kit


def pages(kit: Kit, order_by: str = "", text: str = "", size: int = 3) -> list[str]:
    found: list[str] = []
    request = SimpleNamespace(page_size=size, page_token="", filter=text, order_by=order_by)
    with kit.unit() as uow:
        while True:
            page = NOTES.page(uow, request)
            found += [row.id for row in page.rows]
            request.page_token = page.next_page_token
            if not request.page_token:
                return found


@pytest.mark.parametrize("order_by", ["", "at", "at desc", "version desc, at", "version, at desc", "at desc, version"])
def test_pages_are_the_whole_list_in_its_order(kit: Kit, order_by: str) -> None:
    whole = pages(kit, order_by, size=1000)
    assert pages(kit, order_by) == whole
    assert sorted(whole) == sorted(row["id"] for row in ROWS)


def test_without_an_order_rows_come_by_their_key(kit: Kit) -> None:
    assert pages(kit) == sorted(row["id"] for row in ROWS)


def test_rows_after_a_time_come_by_that_time(kit: Kit) -> None:
    since = MORNING + timedelta(hours=6)
    expected = sorted((row["at"], row["id"]) for row in ROWS if row["at"] and row["at"] >= since)
    assert pages(kit, text=f'version >= 0 AND at >= "{since.isoformat()}"') == [key for _, key in expected]


def test_an_order_that_is_asked_for_goes_before_that_of_a_time(kit: Kit) -> None:
    since = MORNING.isoformat()
    expected = sorted((row["version"], row["id"]) for row in ROWS if row["at"])
    assert pages(kit, order_by="version", text=f'at >= "{since}"') == [key for _, key in expected]


def test_a_token_is_of_no_use_for_another_filter(kit: Kit) -> None:
    request = SimpleNamespace(page_size=3, page_token="", filter="", order_by="")
    with kit.unit() as uow:
        request.page_token = NOTES.page(uow, request).next_page_token
        request.filter = "version = 1"
        with pytest.raises(InvalidArgument, match="another filter"):
            NOTES.page(uow, request)
