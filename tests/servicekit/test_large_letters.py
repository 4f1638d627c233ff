"""Whatever an outsider sends, its dead letter goes out: neither too large, nor of what the outbox cannot hold."""

import pytest

from servicekit.deadletters import CUT, DeadLetter, dead_letter, drop, list_dead_letters, replay
from servicekit.errors import FailedPrecondition
from servicekit.eventlog import Record
from servicekit.kit import Kit
from servicekit.outbox import Relay

_LARGE = 3_000_000


def letters(kit: Kit) -> list[DeadLetter]:
    """All, after they were relayed."""
    relay = Relay()
    while relay.run_once(kit):
        pass
    relay.close()
    return list(list_dead_letters(kit.eventlog, kit.topic))


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        ("k", bytes(_LARGE), {}),
        ("k" * _LARGE, b"v", {}),
        ("k", b"v", {"long": "x" * _LARGE}),
        ("k", b"v", {"n" * _LARGE: "x"}),
        ("k", b"v", {f"h{n}": "x" * 900 for n in range(3000)}),
        ("\u4f9b" * 400_000, bytes(500_000), {}),
    ],
    ids=["value", "key", "header", "name of a header", "many headers", "all together"],
)
def test_what_is_larger_than_the_log_takes_is_cut_and_can_only_be_dropped(
    book: Kit, key: str, value: bytes, headers: dict[str, str]
) -> None:
    dead_letter(book, "c", "e1", Record(book.topic, key, value, headers, 0, 7), ValueError("no"))
    [letter] = letters(book)
    kept = letter.record
    held = len(kept.value) + sum(len(text.encode()) for text in (kept.key, *kept.headers, *kept.headers.values()))
    assert held < 1_000_000
    assert int(kept.headers[CUT]) >= 900_000
    with book.unit("operator/li") as uow, pytest.raises(FailedPrecondition, match="more than a dead letter holds"):
        replay(uow, letter, lambda *_: None)
    with book.unit("operator/li") as uow:
        drop(uow, letter)


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\0", "\ud83d\0"], ids=ascii)
def test_what_the_outbox_cannot_hold_is_replaced(book: Kit, text: str) -> None:
    dead_letter(book, "c", "e1", Record(book.topic, text, b"v", {text: text}, 0, 7), ValueError(text))
    [letter] = letters(book)
    assert CUT not in letter.record.headers
    assert letter.record.value == b"v"
