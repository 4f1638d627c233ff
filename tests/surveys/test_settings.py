"""V3: the keys that sign links are secret."""

import pytest
from pydantic import SecretStr, ValidationError

from surveys.settings import Settings


def test_the_key_known_to_everybody_is_for_development_only() -> None:
    with pytest.raises(ValidationError, match="HEARTHLINE_SURVEY_LINK_KEYS must be set outside of development"):
        Settings(environment="production")


def test_keys_come_newest_first_and_stay_out_of_what_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEARTHLINE_SURVEY_LINK_KEYS", f"{'n' * 32}, {'o' * 32}")

    settings = Settings(environment="production")

    assert list(settings.link_keys().keys) == [b"n" * 32, b"o" * 32]
    assert "nnnn" not in repr(settings)


def test_a_short_key_stops_the_start() -> None:
    with pytest.raises(ValidationError, match="at least 32 bytes"):
        Settings(survey_link_keys=SecretStr("short"))
