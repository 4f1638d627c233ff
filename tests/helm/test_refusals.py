"""Wrong values are refused, and the message says where and why."""

import json

import pytest

from tests.helm.tools import CHARTS, PLATFORM, helm


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("customers.replicas", 2, "additional properties 'replicas' not allowed"),
        ("workorders.serve.replicaCount", "two", "at '/serve/replicaCount': got string, want integer"),
        ("workorders.serve.replicaCount", -1, "at '/serve/replicaCount': minimum: got -1, want 0"),
        ("billing.serve.resources.claims", [], "additional properties 'claims' not allowed"),
        ("surveys.service.port", 70000, "at '/service/port': maximum: got 70,000, want 65,535"),
        ("surveys.config", {"password": "x"}, "invalid propertyName 'password'"),
        ("global.image.digest", "md5:0", "at '/global/image/digest': 'md5:0' does not match pattern"),
        ("global.image.pullPolicy", "Sometimes", "at '/global/image/pullPolicy': value must be one of"),
        (
            "global.kafka.mode",
            "kraft",
            "at '/global/kafka/mode': value must be one of 'embedded', 'strimzi'",
        ),
        ("global.kafka.mode", "strimzi", "at '/global/kafka/strimzi/cluster': minLength: got 0, want 1"),
        (
            "global.postgresql.mode",
            "rds",
            "at '/global/postgresql/mode': value must be one of 'embedded', 'cnpg'",
        ),
        ("global.kafka.partitions", 0.5, "at '/global/kafka/partitions': got number, want integer"),
        ("cloudNativePg.instances", 0, "at '/cloudNativePg/instances': minimum: got 0, want 1"),
        ("topics.access.userPrefix", "a b", "at '/topics/access/userPrefix': 'a b' does not match pattern"),
        ("service.port", 1, "additional properties 'port' not allowed"),
        ("global.kafka.brokers", "kafka", "at '/global/kafka/brokers': 'kafka' does not match pattern"),
        ("global.kafka.sasl.mechanism", "PLAIN", "at '/global/kafka/sasl/mechanism': value must be one of"),
        ("global.banks", "ICBC", "at '/global/banks': 'ICBC' does not match pattern"),
        ("global.auth.jwksUrl", "http://id/jwks", "at '/global/auth/jwksUrl': 'http://id/jwks' does not match pattern"),
        ("global.auth.jwksSecret", "keys", "at '/global/auth/trustCallers': value must be false"),
        ("embeddedPostgresql.password", "", "at '/embeddedPostgresql/password': minLength: got 0, want 1"),
        ("global.metrics.interval", "often", "at '/global/metrics/interval': 'often' does not match pattern"),
        ("global.metrics.port", 0, "at '/global/metrics/port': minimum: got 0, want 1"),
        ("global.metrics.runbooks", "docs", "at '/global/metrics/runbooks': 'docs' does not match pattern"),
    ],
)
def test_a_wrong_value_is_refused(key: str, value: object, message: str) -> None:
    assert message in _refusal("dev", key, value)


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("global.auth.issuer", "", "at '/global/auth/issuer': minLength: got 0, want 1"),
        ("global.auth", {"trustCallers": True}, "at '/global/auth/trustCallers': value must be false"),
        ("global.networkPolicy.identity", None, "global.networkPolicy.identity: name at least one peer"),
        ("global.kafka.brokers", "", "at '/global/kafka/brokers': minLength: got 0, want 1"),
        ("global.postgresql.host", "", "at '/global/postgresql/host': minLength: got 0, want 1"),
        (
            "global.keyring.existingSecret",
            "",
            "keyring.existingSecret: production needs the secret with the keys",
        ),
        ("billing.kafka.existingSecret", "", "billing: kafka.existingSecret: with global.kafka.sasl every"),
        (
            "billing.database.existingSecret",
            "",
            "billing: database.existingSecret: PostgreSQL outside of this chart",
        ),
        ("topics.existingSecret", "", "topics.existingSecret: with global.kafka.sasl the topics Job needs"),
    ],
)
def test_what_production_lacks_is_named(key: str, value: object, message: str) -> None:
    assert message in _refusal("production", key, value)


def test_an_edge_to_the_outside_must_name_its_peers() -> None:
    outside = {"kafka": {"mode": "external", "brokers": "kafka:9092"}, "postgresql": {"mode": "embedded"}}
    outside["keyring"] = {"existingSecret": "keys"}
    done = helm("template", "hl", str(CHARTS / "billing"), "--set-json", f"global={json.dumps(outside)}")
    assert "global.networkPolicy.kafka: name at least one peer, or set networkPolicy.enabled to false" in done.stderr


def _refusal(profile: str, key: str, value: object) -> str:
    values = str(PLATFORM / f"values-{profile}.yaml")
    done = helm("template", "hl", str(PLATFORM), "--values", values, "--set-json", f"{key}={json.dumps(value)}")
    assert done.returncode != 0, "it was accepted"
    return done.stderr
