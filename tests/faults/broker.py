"""A Kafka of the harness's own, that can be killed and come back with or without its log."""

import socket
import time
from typing import Any

from kafka import KafkaAdminClient
from kafka.errors import KafkaError
from testcontainers.core.container import DockerContainer

from tests.faults.proxy import Wire
from tests.support.kafka import IMAGE, broker_settings
from tests.support.ports import free_port

_START_S = 240
_ITSELF = 29092
_OFTEN = {"request_timeout_ms": 5000, "reconnect_backoff_max_ms": 200}
"""By default it would ask more and more seldom, up to every half minute."""


class Broker:
    """One broker in a container; clients come to it through `wire`, whose address is the one it tells them."""

    def __init__(self) -> None:
        self._port = free_port()
        self.wire = Wire(lambda: socket.create_connection(("127.0.0.1", self._port)))
        self.servers = f"localhost:{self.wire.port}"
        self._container: Any = None

    def start(self) -> None:
        """A new broker with an empty log, under the same address."""
        given = DockerContainer(IMAGE).with_bind_ports(self._port, self._port)
        told = {**broker_settings(self._port), **self._listeners()}
        for name, value in told.items():
            given = given.with_env(name, value)
        given.start()
        self._container = given
        self.wire.mend()
        self.await_answer()

    def _listeners(self) -> dict[str, str]:
        """Clients come through the wire, from outside; what a broker asks itself of a transaction stays inside."""
        protocols = "CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,ITSELF:PLAINTEXT"
        return {
            "KAFKA_LISTENERS": f"PLAINTEXT://:{self._port},ITSELF://:{_ITSELF},CONTROLLER://:9093",
            "KAFKA_ADVERTISED_LISTENERS": f"PLAINTEXT://{self.servers},ITSELF://localhost:{_ITSELF}",
            "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": protocols,
            "KAFKA_INTER_BROKER_LISTENER_NAME": "ITSELF",
        }

    def stop(self) -> None:
        """Ends it, and its log with it."""
        self.wire.cut()
        if self._container is not None:
            self._container.stop(force=True)

    def kill(self) -> None:
        """kill -9."""
        self._container.get_wrapped_container().kill("SIGKILL")

    def come_back(self) -> None:
        """Starts the killed one again, with its log; returns at once."""
        self._container.get_wrapped_container().start()

    def lose_everything(self) -> None:
        """Its disk is lost: it comes back empty."""
        self._container.stop(force=True)
        self.start()

    def delete_topic(self, topic: str) -> None:
        """Somebody deletes a topic by mistake."""
        client = KafkaAdminClient(bootstrap_servers=self.servers)
        client.delete_topics([topic])
        client.close()

    def await_answer(self) -> None:
        """Returns when it answers a metadata request."""
        end = time.monotonic() + _START_S
        while True:
            try:
                KafkaAdminClient(bootstrap_servers=self.servers, **_OFTEN).close()
            except (KafkaError, OSError):
                if time.monotonic() > end:
                    raise
                time.sleep(0.1)
            else:
                return
