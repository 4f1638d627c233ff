"""Settings that contradict each other stop the start, by name (P4)."""

from pathlib import Path

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
