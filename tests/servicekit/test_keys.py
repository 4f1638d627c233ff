"""Where the issuer's keys come from, and what happens when they cannot be had (P4)."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from hearthline_cli.tokens.issuing import Issuer
from servicekit import jwks
from servicekit.errors import Unavailable
from servicekit.jwks import KeySet
from servicekit.keys import parse
from tests.support.identities import issuer

NO_HTTP = b"What would you like?\n"


class Provider:
    """An identity provider's address: what it answers, and how often it was asked."""

    def __init__(self) -> None:
        self.answer: bytes | None = None
        self.asked = 0
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                provider.asked += 1
                if provider.answer == NO_HTTP:
                    self.wfile.write(NO_HTTP)
                    return
                self.send_response(503 if provider.answer is None else 200)
                self.end_headers()
                self.wfile.write(provider.answer or b"")

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/jwks"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider()
    yield made
    made.close()


@pytest.fixture
def keys(tmp_path: Path) -> Issuer:
    return issuer(tmp_path)


def kids(keys: Issuer) -> list[str]:
    return [key["kid"] for key in json.loads(keys.jwks.read_text())["keys"]]


def test_keys_come_from_an_address(provider: Provider, keys: Issuer) -> None:
    provider.answer = keys.jwks.read_bytes()
    assert KeySet(provider.address).find(kids(keys)[0], "EdDSA") is not None


def test_invented_key_ids_are_no_traffic_for_the_provider(provider: Provider, keys: Issuer) -> None:
    provider.answer = keys.jwks.read_bytes()
    found = KeySet(provider.address)
    assert [found.find(f"invented-{number}", "EdDSA") for number in range(50)] == [None] * 50
    assert provider.asked == 1


def test_an_unknown_key_id_is_looked_up_once(provider: Provider, keys: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    provider.answer = keys.jwks.read_bytes()
    found = KeySet(provider.address)
    found.find(kids(keys)[0], "EdDSA")
    new = keys.add_key()
    provider.answer = keys.jwks.read_bytes()
    monkeypatch.setattr(jwks, "_LEAST_S", 0)
    assert found.find(new, "EdDSA") is not None
    assert found.find(new, "EdDSA") is not None
    assert provider.asked == 2


def test_without_any_keys_a_caller_is_asked_to_come_again(provider: Provider) -> None:
    with pytest.raises(Unavailable) as error:
        KeySet(provider.address).find("any", "EdDSA")
    assert error.value.reason == "KEYS_UNAVAILABLE"


@pytest.mark.parametrize("answer", [None, NO_HTTP], ids=["503", "no HTTP"])
def test_the_last_keys_stay_while_the_provider_is_away(
    provider: Provider, keys: Issuer, monkeypatch: pytest.MonkeyPatch, answer: bytes | None
) -> None:
    provider.answer = keys.jwks.read_bytes()
    found = KeySet(provider.address)
    found.find(kids(keys)[0], "EdDSA")
    provider.answer = answer
    monkeypatch.setattr(jwks, "_FRESH_S", 0)
    found.refresh()
    assert provider.asked == 2
    assert found.find(kids(keys)[0], "EdDSA") is not None


def test_a_file_that_is_not_there_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        KeySet(str(tmp_path / "jwks.json"))


SECRET = {"kty": "oct", "kid": "s", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U"}


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b'{"keys": []}', b"\xff", json.dumps({"keys": [SECRET]}).encode()])
def test_what_has_no_usable_key_is_no_jwks(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"JWKS|no usable key"):
        parse(text)


def test_only_public_keys_that_we_take_are_used(keys: Issuer) -> None:
    good = json.loads(keys.jwks.read_text())["keys"][0]
    others = [
        SECRET,
        {**good, "kid": "private", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"},
        {**good, "kid": "other-algorithm", "alg": "ES256"},
        {**good, "kid": "for-encryption", "use": "enc"},
    ]
    assert [key.kid for key in parse(json.dumps({"keys": [good, *others]}).encode())] == [good["kid"]]
