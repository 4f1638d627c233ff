"""The secrets of a cluster without cert-manager (P4); the API server is the smallest that tells versions apart."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from hearthline_cli.certificates.command import keep
from hearthline_cli.certificates.secrets import ChangedMeanwhile, ClusterRefused, Secret, Secrets

NOW = datetime(2026, 1, 15, tzinfo=UTC)
LIFE = timedelta(days=90)
LABELS = {"app.kubernetes.io/instance": "hl"}
WANTED = [("customers", ["hl-customers", "localhost"]), ("caller", [])]


class Api(BaseHTTPRequestHandler):
    """Secrets as the API server keeps them: 404, 409 for what is there or has another version."""

    stored: dict[str, Any]

    def do_GET(self) -> None:
        found = self.stored.get(self.path.rpartition("/")[2])
        self._answer(200 if found else 404, found)

    def do_POST(self) -> None:
        self._store(lambda before, _: before is None)

    def do_PUT(self) -> None:
        self._store(lambda before, new: before and before["metadata"]["resourceVersion"] == new["resourceVersion"])

    def log_message(self, *_: object) -> None: ...

    def _store(self, may: Any) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        name = body["metadata"]["name"]
        if not may(self.stored.get(name), body["metadata"]):
            self._answer(409, None)
            return
        body["metadata"]["resourceVersion"] = str(int(body["metadata"].get("resourceVersion", 0)) + 1)
        self.stored[name] = body
        self._answer(200, body)

    def _answer(self, code: int, body: object) -> None:
        self.send_response(code)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())


@pytest.fixture
def secrets() -> Iterator[Secrets]:
    """An empty namespace."""
    handler = type("Fresh", (Api,), {"stored": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Secrets(f"http://127.0.0.1:{server.server_port}", "utility")
    server.shutdown()
    server.server_close()


def run(secrets: Secrets, now: datetime = NOW, wanted: list[tuple[str, list[str]]] = WANTED) -> list[str]:
    return keep(secrets, "authority", wanted, LIFE, LABELS, now)


def test_what_is_missing_is_made_and_what_is_good_stays(secrets: Secrets) -> None:
    assert run(secrets) == ["authority", "customers", "caller"]
    before = secrets.read("customers")
    assert run(secrets, NOW + LIFE / 2) == []
    assert secrets.read("customers") == before
    assert set(before.files) == {"tls.crt", "tls.key", "ca.crt"}


def test_in_the_last_third_of_its_life_a_certificate_is_renewed(secrets: Secrets) -> None:
    run(secrets)
    before = secrets.read("customers").files
    assert run(secrets, NOW + LIFE * 0.7) == ["customers", "caller"]
    after = secrets.read("customers").files
    assert after["tls.crt"] != before["tls.crt"]
    assert after["ca.crt"] == before["ca.crt"]


def test_another_host_needs_another_certificate(secrets: Secrets) -> None:
    run(secrets)
    assert run(secrets, wanted=[("customers", ["hl-customers"]), ("caller", [])]) == ["customers"]


def test_a_new_authority_signs_everything_anew(secrets: Secrets) -> None:
    run(secrets)
    held = secrets.read("authority")
    secrets.write("authority", Secret({"tls.crt": b"spoilt", "tls.key": b""}, held.version), LABELS)
    assert run(secrets) == ["authority", "customers", "caller"]


def test_two_at_once_do_not_overwrite_each_other(secrets: Secrets) -> None:
    run(secrets)
    read = secrets.read("caller")
    secrets.write("caller", read, LABELS)
    with pytest.raises(ChangedMeanwhile, match="409"):
        secrets.write("caller", read, LABELS)
    with pytest.raises(ChangedMeanwhile, match="409"):
        secrets.write("caller", Secret(read.files), LABELS)


def test_outside_of_a_cluster_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)
    with pytest.raises(ClusterRefused, match="no pod with a service account"):
        Secrets.of_this_pod()


def test_an_api_that_cannot_be_reached_is_named() -> None:
    with pytest.raises(ClusterRefused, match=r"GET http://127\.0\.0\.1:1/.*refused"):
        Secrets("http://127.0.0.1:1", "utility").read("x")
