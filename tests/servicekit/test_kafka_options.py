"""How a URL says the way to Kafka, with TLS and SASL (P4)."""

from pathlib import Path

import pytest

from servicekit.eventlog.kafka.clients import options_of


def test_a_plain_url_needs_no_security() -> None:
    options = options_of("kafka://a:9092,b:9092")
    assert (options.servers, options.security) == ("a:9092,b:9092", {})


def test_an_authority_turns_tls_on() -> None:
    security = options_of("kafka://a:9093?tls_ca=/etc/ca.crt").security
    assert security == {"security_protocol": "SSL", "ssl_cafile": "/etc/ca.crt"}


def test_credentials_come_from_a_mounted_secret(tmp_path: Path) -> None:
    (tmp_path / "username").write_text("billing\n")
    (tmp_path / "password").write_text("s3cret\n")
    url = f"kafka://a:9093?tls_ca=/etc/ca.crt&sasl_mechanism=SCRAM-SHA-512&sasl_credentials={tmp_path}"
    assert (
        options_of(url).common.items()
        >= {
            "security_protocol": "SASL_SSL",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": "billing",
            "sasl_plain_password": "s3cret",
        }.items()
    )


def test_a_secret_with_a_password_alone_has_its_user_named(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("s3cret")
    url = f"kafka://a:9092?sasl_mechanism=SCRAM-SHA-512&sasl_credentials={tmp_path}&sasl_username=hl-billing"
    assert options_of(url).security["sasl_plain_username"] == "hl-billing"


@pytest.mark.parametrize("query", ["tls=yes", "sasl_mechanism=SCRAM-SHA-512", "sasl_credentials=/etc/user"])
def test_what_is_not_understood_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match="kafka:// takes tls_ca, sasl_mechanism, sasl_credentials, sasl_username"):
        options_of(f"kafka://a:9092?{query}")
