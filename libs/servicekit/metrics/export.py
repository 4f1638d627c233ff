"""Where the metrics go: an endpoint that Prometheus scrapes, and an OTLP collector, which gets exemplars, too (P3)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from servicekit.metrics import Counted, Metrics
from servicekit.settings import ServiceSettings
from servicekit.telemetry import resource

if TYPE_CHECKING:
    from opentelemetry.sdk.metrics.export import MetricReader
    from prometheus_client import CollectorRegistry


def connect_metrics(service: str, settings: ServiceSettings, counts: Sequence[Counted] = ()) -> Metrics:
    """The instruments of a process; off, and next to free, when the settings name neither endpoint."""
    if settings.metrics_listen or settings.pushes_metrics:
        return _connected(service, settings, counts)
    return Metrics()


def _connected(service: str, settings: ServiceSettings, counts: Sequence[Counted]) -> Metrics:
    # A process without metrics need not load all this.
    from opentelemetry.exporter.prometheus import PrometheusMetricReader
    from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider, TraceBasedExemplarFilter
    from prometheus_client import CollectorRegistry, ProcessCollector

    readers: list[MetricReader] = []
    registry = CollectorRegistry()
    if settings.metrics_listen:
        ProcessCollector(registry=registry)
        readers.append(PrometheusMetricReader(registry=registry, scope_info_enabled=False))
    if settings.pushes_metrics:
        readers.append(_pushing(settings.otlp_endpoint))
    provider = MeterProvider(
        readers,
        resource(service, settings.version, settings.environment),
        # The endpoint has no place for exemplars, so nobody keeps any for it.
        exemplar_filter=TraceBasedExemplarFilter() if settings.pushes_metrics else AlwaysOffExemplarFilter(),
        shutdown_on_exit=False,
    )
    port, stop = _serve(settings.metrics_listen, registry) if settings.metrics_listen else (0, None)

    def close() -> None:
        if stop is not None:
            stop()
        provider.shutdown(5000)

    return Metrics(provider.get_meter("hearthline"), counts, port, close)


def _pushing(endpoint: str) -> "MetricReader":
    """Pushes every minute, or as OTEL_METRIC_EXPORT_INTERVAL says."""
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    exporter = OTLPMetricExporter(endpoint=endpoint, insecure=not endpoint.startswith("https"), timeout=5)
    return PeriodicExportingMetricReader(exporter)


def _serve(listen: str, registry: "CollectorRegistry") -> tuple[int, Callable[[], None]]:
    """Answers scrapes from threads of its own; the port, and what ends it."""
    from prometheus_client import start_http_server

    host, _, port = listen.rpartition(":")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), registry)
    except OSError as error:
        raise OSError(f"HEARTHLINE_METRICS_LISTEN: cannot listen on {listen}: {error.strerror}") from error

    def stop() -> None:
        server.shutdown()
        thread.join()
        server.server_close()

    return server.server_port, stop
