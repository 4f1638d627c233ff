"""Whatever bytes a bank sends: an instruction, or a refusal in our words that names the field."""

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from billing.domain.bank_event import read_instruction
from billing.domain.rejection import Rejected
from tests.billing.signing import BankSide
from tests.support.running import MORNING

LIBRARY = re.compile(r"sys\.|<class|codec|recursion|Traceback|int string|\bNone\b|\\x|object has no|str\b|dict")
ODD = st.sampled_from(
    ["", " ", "0", "-0", "+1", "1e5", "９", "NaN", "\0", "\ud800", "9" * 5000, "0" * 41, "..", "2026-01-15T00:00:60Z"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | ODD,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
PLACES = st.sampled_from(
    [("data", name) for name in ("bank_reference", "account", "amount", "currency", "paid_at")]
    + [("", name) for name in ("specversion", "id", "source", "type", "time", "datacontenttype", "data")]
)


def detail_of(content: bytes) -> str | None:
    try:
        read_instruction(content, "icbc", MORNING)
    except Rejected as rejected:
        return rejected.detail
    return None


def refused_in_our_words(content: bytes) -> None:
    detail = detail_of(content)
    assert detail != ""
    assert not LIBRARY.search(detail or ""), detail


@given(st.lists(st.tuples(PLACES, JSON), min_size=1, max_size=3))
def test_any_member_may_be_anything(changes: list[tuple[tuple[str, str], Any]]) -> None:
    event = BankSide("icbc").payment_event("R1")
    for (where, name), value in changes:
        target = event[where] if where else event
        if isinstance(target, dict):
            target[name] = value
    refused_in_our_words(json.dumps(event).encode())


@given(st.binary(max_size=300))
def test_any_bytes_may_come(content: bytes) -> None:
    refused_in_our_words(content)


@given(st.integers(0, 400), st.binary(max_size=6))
def test_any_bytes_may_be_among_good_ones(at: int, between: bytes) -> None:
    good = json.dumps(BankSide("icbc").payment_event("R1")).encode()
    refused_in_our_words(good[:at] + between + good[at:])


@given(st.integers(1, 5000), st.sampled_from(["9", "[", '{"a":', "1.", "0", "-", '"', "\\"]))
def test_anything_may_be_repeated(times: int, what: str) -> None:
    good = json.dumps(BankSide("icbc").payment_event("R1"))
    refused_in_our_words(good.replace('"100.00"', what * times).encode())
    refused_in_our_words((what * times).encode())
