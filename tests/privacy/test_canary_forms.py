"""A canary is found in whatever form it leaks, and by chance in none (C9)."""

import random
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.e2e.story import NAME, NEW_NAME, SAID
from tests.support.canaries import SHORTEST, forms

LONG = st.text(min_size=SHORTEST, max_size=40)


@given(LONG, st.binary(max_size=9), st.binary(max_size=9))
def test_a_canary_is_found_wherever_it_stands_in_base64(canary: str, before: bytes, after: bytes) -> None:
    whole = b64encode(before + canary.encode() + after).decode()
    assert any(form in whole for form in forms(canary))


@given(LONG)
def test_every_form_is_long_enough_to_prove_something(canary: str) -> None:
    assert min(map(len, forms(canary))) >= SHORTEST


@pytest.mark.parametrize("canary", ["", "李", "李雷", "x" * (SHORTEST - 1), "1391234567", "整栋楼不热"])
def test_a_short_canary_is_refused(canary: str) -> None:
    with pytest.raises(ValueError, match="too short to prove anything"):
        forms(canary)


def test_ciphertext_meets_no_form_by_chance() -> None:
    noise = b64encode(random.Random(1).randbytes(3_000_000)).decode()
    for canary in ("15912348765", "canary-07-of-a-person", NAME, NEW_NAME, SAID):
        assert not [form for form in forms(canary) if form in noise]
    # What failed: the four characters that stood for a name of two.
    assert b64encode("李雷".encode()).decode()[:4] in noise
