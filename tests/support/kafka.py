"""A Kafka 4.3 for the tests.

HEARTHLINE_TEST_KAFKA names a broker (host:port); without it Docker's apache/kafka:4.3.0 is started. Without
Docker there is none, and the tests that need one are skipped, unless CI=true, where that is a failure.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.support.engine import docker_answers, free_port

IMAGE = "apache/kafka:4.3.0"
MISSING = "no Kafka: HEARTHLINE_TEST_KAFKA is not set and no Docker engine answers"
START_SECONDS = 90


@contextmanager
def kafka_broker() -> Iterator[str]:
    """The bootstrap servers of a running broker; skips the test when there is none."""
    if servers := os.environ.get("HEARTHLINE_TEST_KAFKA"):
        yield servers
    elif docker_answers():
        with container() as servers:
            yield servers
    elif os.environ.get("CI") == "true":
        pytest.fail(f"{MISSING}; CI must have one")
    else:
        pytest.skip(MISSING)


@contextmanager
def container() -> Iterator[str]:
    """Docker's apache/kafka with one broker.

    The port is the same inside and outside, so that the one advertised address is right for both.
    """
    from testcontainers.core.container import DockerContainer

    port = free_port()
    broker = DockerContainer(IMAGE).with_bind_ports(port, port)
    for name, value in broker_settings(port).items():
        broker = broker.with_env(name, value)
    with broker:
        servers = f"{broker.get_container_host_ip()}:{port}"
        wait_until_ready(servers)
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


def wait_until_ready(servers: str) -> None:
    """Returns when the broker answers a metadata request."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    end = time.monotonic() + START_SECONDS
    while True:
        try:
            client = KafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=5000)
        except KafkaError:
            if time.monotonic() > end:
                raise
            time.sleep(0.5)
        else:
            client.close()
            return
