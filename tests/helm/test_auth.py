"""How services are told whom to believe (P4)."""

import json
from typing import Any

import pytest

from tests.helm.rendering import Resource, resources
from tests.helm.tools import SERVICES

BY_SECRET = (
    '{"global.auth": {"trustCallers": false, "issuer": "https://id", "jwksSecret": "keys", "jwksKey": "k.json"}}'
)
NOBODY = '{"global.auth": {"trustCallers": false}}'


def told(service: str, profile: str, changes: str = "{}") -> dict[str, str]:
    """A service's settings about its callers."""
    settings = named("ConfigMap", profile, changes)[f"hl-{service}"]["data"]
    names = ("TRUST_CALLERS", "TOKEN_ISSUER", "TOKEN_AUDIENCE", "JWKS", "CERTIFICATE_NAMES")
    return {name: settings[f"HEARTHLINE_{name}"] for name in names if f"HEARTHLINE_{name}" in settings}


def named(kind: str, profile: str, changes: str = "{}") -> dict[str, Resource]:
    return {r["metadata"]["name"]: r for r in resources(profile, (), changes) if r["kind"] == kind}


@pytest.mark.parametrize("service", SERVICES)
def test_development_takes_callers_at_their_word(service: str) -> None:
    assert told(service, "dev") == {"TRUST_CALLERS": "true"}


@pytest.mark.parametrize("service", SERVICES)
def test_production_asks_for_tokens_and_certificates(service: str) -> None:
    assert told(service, "production") == {
        "TOKEN_ISSUER": "https://id.example.net",
        "TOKEN_AUDIENCE": "hearthline",
        "JWKS": "https://id.example.net/jwks",
        "CERTIFICATE_NAMES": "hl-{account}-tls",
    }


def test_without_settings_nobody_is_believed() -> None:
    assert told("billing", "dev", NOBODY) == {}


def test_keys_come_from_a_secret() -> None:
    path = told("billing", "dev", BY_SECRET)["JWKS"]
    pod = named("Deployment", "dev", BY_SECRET)["hl-billing-serve"]["spec"]["template"]["spec"]
    mounts = {m["name"]: m["mountPath"] for m in pod["containers"][0]["volumeMounts"]}
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    assert path == f"{mounts['jwks']}/k.json"
    assert secrets["jwks"] == "keys"


@pytest.mark.parametrize(
    ("url", "port"), [("https://id.example.net/jwks", 443), ("https://id.example.net:8443/", 8443)]
)
def test_the_way_to_the_issuer_is_open(url: str, port: int) -> None:
    changes = json.dumps({"global.auth.jwksUrl": url})
    rules = named("NetworkPolicy", "production", changes)["hl-billing"]["spec"]["egress"]
    ways: list[Any] = [r["ports"] for r in rules if {"ipBlock": {"cidr": "192.0.2.128/26"}} in r["to"]]
    assert ways == [[{"port": port, "protocol": "TCP"}]]


def test_the_walk_shows_a_token_where_it_was_given_one() -> None:
    pod = named("Pod", "dev", '{"walk.tokenSecret": "walker"}')["hl-walk"]["spec"]
    environment = {e["name"]: e["value"] for e in pod["containers"][0]["env"]}
    mounts = {m["mountPath"]: m["name"] for m in pod["containers"][0]["volumeMounts"]}
    secrets = {v["name"]: v["secret"]["secretName"] for v in pod["volumes"] if "secret" in v}
    folder, _, file = environment["HEARTHLINE_CALLER_TOKEN_FILE"].rpartition("/")
    assert (secrets[mounts[folder]], file) == ("walker", "token")
