"""Settings that contradict each other stop the start, by name (P4)."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from servicekit.settings import ServiceSettings

CERTIFICATE, KEY, AUTHORITY = Path("tls.crt"), Path("tls.key"), Path("ca.crt")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"tls_certificate": CERTIFICATE}, "tls_key"),
        ({"tls_key": KEY}, "tls_key"),
        ({"tls_client_ca": AUTHORITY}, "tls_client_ca"),
    ],
)
def test_half_of_tls_is_refused(given: dict[str, Path], field: str) -> None:
    with pytest.raises(ValidationError, match="HEARTHLINE_TLS_CERTIFICATE") as refused:
        ServiceSettings(**given)  # type: ignore[arg-type]
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


@pytest.mark.parametrize("more", [{}, {"tls_client_ca": AUTHORITY}])
def test_all_of_tls_or_none_is_taken(more: dict[str, Path]) -> None:
    assert ServiceSettings().tls_key is None
    settings = ServiceSettings(tls_certificate=CERTIFICATE, tls_key=KEY, **more)  # type: ignore[arg-type]
    assert settings.tls_key == KEY


PROOF: dict[str, Any] = {"jwks": "https://id.example.net/jwks", "token_issuer": "https://id.example.net"}


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"environment": "production", "trust_callers": True}, "trust_callers", "must prove who they are"),
        ({**PROOF, "trust_callers": True}, "jwks", "set one of them"),
        ({"jwks": "keys.json"}, "jwks", "needs HEARTHLINE_TOKEN_ISSUER"),
        ({**PROOF, "environment": "production", "jwks": "http://id.example.net/jwks"}, "jwks", "https://"),
        ({"certificate_names": "hl-tls"}, "certificate_names", "pattern"),
    ],
)
def test_settings_that_would_let_anybody_in_are_refused(given: dict[str, Any], field: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words) as refused:
        ServiceSettings(**given)
    assert [error["loc"] for error in refused.value.errors()] == [(field,)]


def test_callers_are_not_trusted_unless_that_is_said() -> None:
    assert not ServiceSettings(environment="development").trust_callers
    assert ServiceSettings(environment="production", **PROOF).jwks


def test_processes_that_have_no_port_to_share_are_refused() -> None:
    with pytest.raises(ValidationError, match="HEARTHLINE_LISTEN must name it"):
        ServiceSettings(processes=2)
    assert ServiceSettings(processes=2, listen="0.0.0.0:8080").processes == 2
