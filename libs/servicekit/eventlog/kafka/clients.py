"""Clients of kafka-python, opened with our settings, and its errors as the port's."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from kafka.errors import KafkaError
from kafka.net.compat import KafkaNetClient

from servicekit.eventlog import EventLogUnavailable

COMMITTED = "read_committed"
"""What a transaction took back, or has not committed yet, is read by nobody (`isolation_level`)."""
EVERYTHING = "read_uncommitted"

_PATIENCE_MS = 10_000
SLOW_S = 3.0
"""A step of a client's thread that took so long is logged.

kafka-python logs 0.1 s as "blocking the event loop", which is any moment in which others had the interpreter or the
core; what suffers first is a heartbeat, every three seconds, for a session of ten.
"""
_TAKES = ("tls_ca", "sasl_mechanism", "sasl_credentials", "sasl_username")


@dataclass(frozen=True, slots=True)
class KafkaOptions:
    """How to reach the brokers; `security` holds kafka-python's own settings for TLS and SASL."""

    servers: str
    security: Mapping[str, Any] = field(default_factory=dict)

    @property
    def common(self) -> dict[str, Any]:
        """What producers, consumers and the administration share."""
        return {
            "bootstrap_servers": self.servers.split(","),
            "bootstrap_timeout_ms": 3_000,
            "request_timeout_ms": _PATIENCE_MS,
            "reconnect_backoff_ms": 50,
            # With the default, the first publish after an outage comes 9 to 21 seconds late.
            "reconnect_backoff_max_ms": 500,
            "metadata_max_age_ms": 30_000,
            "client_id": "hearthline",
            **self.security,
        }


def options_of(url: str) -> KafkaOptions:
    """What kafka://host:port,…?tls_ca=FILE&sasl_mechanism=SCRAM-SHA-512&sasl_credentials=FOLDER says.

    The folder holds the files `username` and `password`, as a mounted secret does: no secret stands in a URL. Where the
    secret has a password alone, `sasl_username` names the user.
    ValueError names what it does not understand.
    """
    servers, _, query = url.removeprefix("kafka://").partition("?")
    asked = dict(parse_qsl(query))
    ca, mechanism, folder, user = (asked.pop(name, "") for name in _TAKES)
    if asked or bool(mechanism) != bool(folder):
        wrong = ", ".join(asked) or "sasl_mechanism goes with sasl_credentials"
        raise ValueError(f"HEARTHLINE_EVENTLOG_URL: kafka:// takes {', '.join(_TAKES)}: {wrong}")
    if not ca and not mechanism:
        return KafkaOptions(servers.rstrip("/"))
    security: dict[str, Any] = {"security_protocol": ("SASL_" if mechanism else "") + ("SSL" if ca else "PLAINTEXT")}
    if ca:
        security["ssl_cafile"] = ca
    if mechanism:
        security["sasl_mechanism"] = mechanism
        security["sasl_plain_username"] = user or (Path(folder) / "username").read_text().strip()
        security["sasl_plain_password"] = (Path(folder) / "password").read_text().strip()
    return KafkaOptions(servers.rstrip("/"), security)


@contextmanager
def translated(options: KafkaOptions) -> Iterator[None]:
    """Turns kafka-python's errors into EventLogUnavailable with the brokers' addresses."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise unavailable(options, error) from error


def unavailable(options: KafkaOptions, error: BaseException) -> EventLogUnavailable:
    """The port's error for one of kafka-python's."""
    return EventLogUnavailable(f"event log at {options.servers}: {type(error).__name__} {error}".rstrip())


def opened(
    kind: Callable[..., Any],
    options: KafkaOptions,
    shared: Callable[..., KafkaNetClient] | None = None,
    **settings: Any,
) -> tuple[Any, KafkaNetClient]:
    """A client and its network side; when the brokers do not answer, the thread it had started is ended.

    `shared` makes a network side that has no thread of its own.
    """
    networks: list[KafkaNetClient] = []

    def network(**configuration: Any) -> KafkaNetClient:
        make = shared or KafkaNetClient
        networks.append(make(**configuration, slow_task_threshold_secs=SLOW_S))
        return networks[-1]

    with translated(options):
        try:
            return kind(kafka_client=network, **options.common, **settings), networks[-1]
        except BaseException:
            for started in networks:
                started.close()
            raise
