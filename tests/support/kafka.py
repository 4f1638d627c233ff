"""A Kafka 4.3 for the tests.

HEARTHLINE_TEST_KAFKA names a broker (host:port); without it Docker's apache/kafka:4.3.0 is started. Without
Docker there is none, and the tests that need one are skipped, unless CI=true, where that is a failure.
"""

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

import pytest

from tests.support.engine import docker_answers
from tests.support.ports import free_port

IMAGE = "apache/kafka:4.3.0"
MISSING = "no Kafka: HEARTHLINE_TEST_KAFKA is not set and no Docker engine answers"
START_SECONDS = 90
_LISTENER = "KAFKA_LISTENER_NAME_SASL__PLAINTEXT"
_PASSWORD = "of-tests-alone"
ADMINISTRATOR = {
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_plain_username": "admin",
    "sasl_plain_password": _PASSWORD,
}
"""How kafka-python reaches a secured broker as the one who may do everything."""


@contextmanager
def kafka_broker() -> Iterator[str]:
    """The bootstrap servers of a running broker; skips the test when there is none."""
    if servers := os.environ.get("HEARTHLINE_TEST_KAFKA"):
        yield servers
    elif docker_answers():
        with container() as servers:
            yield servers
    else:
        _give_up(MISSING)


def need_docker() -> None:
    """Skips a test that wants a Kafka of its own where none can be started; in CI it fails."""
    if not docker_answers():
        _give_up("no Kafka of its own: no Docker engine answers")


def _give_up(reason: str) -> NoReturn:
    """Skips the test, and fails it in CI."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason}; CI must have one")
    pytest.skip(reason)


@contextmanager
def container() -> Iterator[str]:
    """Docker's apache/kafka with one broker.

    The port is the same inside and outside, so that the one advertised address is right for both.
    """
    port = free_port()
    with _started(port, broker_settings(port), {}) as servers:
        yield servers


@contextmanager
def secured_container() -> Iterator[str]:
    """Docker's apache/kafka that knows its callers (SCRAM, and PLAIN for the administrator) and what each may do."""
    need_docker()
    port = free_port()
    with _started(port, {**broker_settings(port), **_secured(port)}, ADMINISTRATOR) as servers:
        yield servers


@contextmanager
def _started(port: int, settings: Mapping[str, str], security: Mapping[str, Any]) -> Iterator[str]:
    from testcontainers.core.container import DockerContainer

    broker = DockerContainer(IMAGE).with_bind_ports(port, port)
    for name, value in settings.items():
        broker = broker.with_env(name, value)
    with broker:
        servers = f"{broker.get_container_host_ip()}:{port}"
        wait_until_ready(servers, security)
        yield servers


def broker_settings(port: int) -> dict[str, str]:
    """The broker's settings as the image takes them; topics are made on purpose, never by a typing mistake."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://localhost:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
    }


def _secured(port: int) -> dict[str, str]:
    """What turns a broker into one with users; nobody may do anything but the administrator."""
    plain, scram = "org.apache.kafka.common.security.plain.Plain", "org.apache.kafka.common.security.scram.Scram"
    secret = f'username="admin" password="{_PASSWORD}"'
    return {
        "KAFKA_LISTENERS": f"SASL_PLAINTEXT://:{port},CONTROLLER://:9093",
        "KAFKA_ADVERTISED_LISTENERS": f"SASL_PLAINTEXT://localhost:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "CONTROLLER:PLAINTEXT,SASL_PLAINTEXT:SASL_PLAINTEXT",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "SASL_PLAINTEXT",
        "KAFKA_SASL_ENABLED_MECHANISMS": "PLAIN,SCRAM-SHA-512",
        "KAFKA_SASL_MECHANISM_INTER_BROKER_PROTOCOL": "PLAIN",
        f"{_LISTENER}_PLAIN_SASL_JAAS_CONFIG": f'{plain}LoginModule required {secret} user_admin="{_PASSWORD}";',
        f"{_LISTENER}_SCRAM___SHA___512_SASL_JAAS_CONFIG": f"{scram}LoginModule required;",
        "KAFKA_AUTHORIZER_CLASS_NAME": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        # The controller talks to itself without a name.
        "KAFKA_SUPER_USERS": "User:admin;User:ANONYMOUS",
    }


def wait_until_ready(servers: str, security: Mapping[str, Any] | None = None) -> None:
    """Returns when the broker answers a metadata request."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client = KafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=5000, **security or {})
        except KafkaError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            client.close()
            return
