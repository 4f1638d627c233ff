"""The gRPC server of a service: health, reflection, limits, TLS, graceful drain (P1, P4, P5)."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import structlog
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2_grpc
from grpc_health.v1.health import HealthServicer
from grpc_health.v1.health_pb2 import HealthCheckResponse
from grpc_reflection.v1alpha import reflection

from servicekit.calls import Rpc
from servicekit.capacity import Crowd, Patience, Workers, allow_files
from servicekit.interceptors import CallInterceptor
from servicekit.kit import Kit
from servicekit.settings import ServiceSettings
from servicekit.tls import ServerTls

_log = structlog.get_logger()

Servicer = tuple[Callable[[Any, grpc.Server], None], Callable[[Rpc], Any]]

_MEGABYTE = 1024 * 1024
LARGEST_REQUEST = 4 * _MEGABYTE
"""Bytes; gRPC refuses a larger one by itself, and names no reason."""
_METADATA = 16 * 1024


class Server:
    """A running server; `port` is the one it listens on."""

    def __init__(self, kit: Kit, servicers: Sequence[Servicer], descriptors: Sequence[FileDescriptor]) -> None:
        settings = kit.settings
        self._drain_seconds = settings.drain_seconds
        self._connections = settings.connections
        self._executor = Workers(settings.threads, thread_name_prefix="rpc")
        self._patience = Patience(settings.request_seconds)
        self._crowd = Crowd(self._executor, settings.calls_waiting)
        around = CallInterceptor(kit, self._crowd, self._patience)
        self._server = grpc.server(self._executor, interceptors=[around], options=_options(settings))
        # Health answers from its own small pool of states, so a busy service still says that it is alive.
        self._health = HealthServicer(experimental_non_blocking=True)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        for add, servicer in servicers:
            add(servicer(Rpc(kit)), self._server)
        names = [s.full_name for d in descriptors for s in d.services_by_name.values()]
        self._services = [*names, "readiness", "liveness", ""]
        self._is_draining = False
        self._is_ready = True
        reflection.enable_server_reflection([*names, reflection.SERVICE_NAME], self._server)
        self.port = _listen(self._server, settings)
        self._probes = _probes(self._health, settings)

    def start(self) -> None:
        """Begins to serve."""
        allow_files(self._connections)
        self._patience.start()
        self._server.start()
        self._probes.start()
        self._health.set("liveness", HealthCheckResponse.SERVING)
        # The loops began before: one may have found already that calls are not welcome.
        self.ready(self._is_ready)

    def ready(self, is_ready: bool) -> None:
        """Tells the readiness probe whether calls are welcome; liveness stays. Nothing ends a drain."""
        self._is_ready = is_ready = is_ready and not self._is_draining
        state = HealthCheckResponse.SERVING if is_ready else HealthCheckResponse.NOT_SERVING
        for name in self._services:
            if name != "liveness":
                self._health.set(name, state)

    def drain(self, settle_seconds: float = 0.0) -> None:
        """Says NOT_SERVING, waits for callers to notice, takes no more, and lets running calls finish."""
        self._is_draining = True
        self.ready(False)
        threading.Event().wait(settle_seconds)
        if not self._server.stop(self._drain_seconds).wait(self._drain_seconds + 1):
            _log.warning("calls were cut off by the drain", seconds=self._drain_seconds)
        self._probes.stop(None)
        self._patience.stop()
        self._crowd.stop()
        self._executor.shutdown(wait=False)


class Health:
    """What a process that serves nothing tells a kubelet."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._health = HealthServicer(experimental_non_blocking=True)
        self._probes = _probes(self._health, settings)

    def start(self) -> None:
        """Begins to answer."""
        self._probes.start()
        self._health.set("liveness", HealthCheckResponse.SERVING)
        self.ready(True)

    def ready(self, is_ready: bool) -> None:
        """As a server does."""
        self._health.set("readiness", HealthCheckResponse.SERVING if is_ready else HealthCheckResponse.NOT_SERVING)

    def stop(self) -> None:
        """Answers no more."""
        self._probes.stop(None)


def _options(settings: ServiceSettings) -> list[tuple[str, int]]:
    return [
        # Off but for the processes that share a port on purpose: else a stale server would go on taking calls.
        ("grpc.so_reuseport", int(settings.processes > 1)),
        ("grpc.max_receive_message_length", LARGEST_REQUEST),
        ("grpc.max_send_message_length", 16 * _MEGABYTE),
        # One limit, where the default refuses ever more often between two of them.
        ("grpc.max_metadata_size", _METADATA),
        ("grpc.absolute_max_metadata_size", _METADATA),
        ("grpc.max_allowed_incoming_connections", settings.connections),
        ("grpc.max_concurrent_streams", settings.calls_per_connection),
        # Of TLS and of HTTP/2, until the caller's settings have come.
        ("grpc.server_handshake_timeout_ms", int(settings.handshake_seconds * 1000)),
        # Also of those without calls: our own callers would make one that is ended for being idle again at once.
        ("grpc.max_connection_age_ms", int(settings.connection_seconds * 1000)),
        ("grpc.max_connection_age_grace_ms", 30_000),
        # Whoever does not answer in 20 s is gone; whoever asks more often than that is shown the door.
        ("grpc.keepalive_time_ms", 60_000),
        ("grpc.http2.min_ping_interval_without_data_ms", 20_000),
    ]


def _listen(server: grpc.Server, settings: ServiceSettings) -> int:
    try:
        if settings.tls_certificate is None or settings.tls_key is None:
            return server.add_insecure_port(settings.listen)
        tls = ServerTls(settings.tls_certificate, settings.tls_key, settings.tls_client_ca)
        return server.add_secure_port(settings.listen, tls.credentials())
    except RuntimeError as error:
        raise OSError(f"HEARTHLINE_LISTEN: cannot listen on {settings.listen}: is the port taken?") from error


def _probes(health: HealthServicer, settings: ServiceSettings) -> grpc.Server:
    """Answers a kubelet, which has no certificate, from a thread that no call can keep busy."""
    server = grpc.server(ThreadPoolExecutor(1, thread_name_prefix="probes"), options=_options(settings))
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    try:
        if settings.health_listen:
            server.add_insecure_port(settings.health_listen)
    except RuntimeError as error:
        where = settings.health_listen
        raise OSError(f"HEARTHLINE_HEALTH_LISTEN: cannot listen on {where}: is the port taken?") from error
    return server
