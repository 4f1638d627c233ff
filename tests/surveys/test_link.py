"""V3: a link is signed, for one survey, and expires."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import FailedPrecondition, InvalidArgument
from surveys.domain.link import LinkKeys
from tests.surveys.builders import NOW

KEYS = LinkKeys([b"k" * 32])
EXPIRY = NOW + timedelta(days=7)
SURVEY = "0198c0de-0000-7000-8000-000000000001"
TOKEN = KEYS.sign(SURVEY, EXPIRY)


def test_our_token_opens_its_survey_until_it_expires() -> None:
    assert KEYS.open(TOKEN, EXPIRY - timedelta(seconds=1)) == SURVEY
    with pytest.raises(FailedPrecondition, match="time is over") as caught:
        KEYS.open(TOKEN, EXPIRY)
    assert caught.value.reason == "LINK_TOKEN_EXPIRED"


@given(st.integers(0, len(TOKEN) - 1), st.characters(min_codepoint=33, max_codepoint=126))
def test_a_token_with_one_character_changed_is_not_ours(place: int, character: str) -> None:
    changed = TOKEN[:place] + character + TOKEN[place + 1 :]
    if changed == TOKEN:
        return
    with pytest.raises(InvalidArgument) as caught:
        KEYS.open(changed, NOW)
    assert caught.value.reason == "LINK_TOKEN_INVALID"


@given(st.text(max_size=60))
def test_any_other_text_is_a_clear_error(token: str) -> None:
    with pytest.raises(InvalidArgument):
        KEYS.open(token, NOW)


def test_a_token_signed_with_another_key_is_not_ours() -> None:
    with pytest.raises(InvalidArgument):
        LinkKeys([b"x" * 32]).open(TOKEN, NOW)


def test_a_replaced_key_still_verifies_old_links() -> None:
    assert LinkKeys([b"n" * 32, b"k" * 32]).open(TOKEN, NOW) == SURVEY


@pytest.mark.parametrize("keys", [[], [b"short"]])
def test_missing_or_short_keys_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        LinkKeys(keys)
