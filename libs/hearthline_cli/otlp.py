"""A receiver of traces and metrics: OTLP over gRPC, kept in memory, traces drawn as trees (P3)."""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import grpc
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2_grpc import (
    MetricsServiceServicer,
    add_MetricsServiceServicer_to_server,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

PATIENCE_S = 20.0


@dataclass(frozen=True, slots=True)
class Span:
    """One received span; ids in hexadecimal, `parent` empty for a root, `links` as (trace id, span id)."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    kind: str
    start_ns: int
    end_ns: int
    failed: bool
    error: str
    attributes: Mapping[str, object]
    links: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Node:
    """A span with the spans that it led to, oldest first."""

    span: Span
    children: list["Node"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This node and all below it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def draw(self, indent: str = "") -> str:
        """The tree as text, a span a line."""
        milliseconds = (self.span.end_ns - self.span.start_ns) / 1e6
        line = f"{indent}{self.span.service}: {self.span.name} ({milliseconds:.1f} ms)"
        return "\n".join([line, *(child.draw(indent + "  ") for child in self.children)])


class MetricsReceiver(MetricsServiceServicer):
    """Collects the metrics that exporters send, the latest of each."""

    def __init__(self) -> None:
        self.received: dict[tuple[str, str], metrics_pb2.Metric] = {}
        """By service and name."""
        self.traces: dict[tuple[str, str], set[str]] = {}
        """Ids of the traces that exemplars led to, by service and name; each is told once only."""

    def Export(
        self, request: ExportMetricsServiceRequest, context: grpc.ServicerContext
    ) -> ExportMetricsServiceResponse:
        for resource in request.resource_metrics:
            service = str(_attributes(resource.resource.attributes).get("service.name", ""))
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    self.received[service, metric.name] = metric
                    lists = [point.exemplars for point in metric.histogram.data_points]
                    lists += [point.exemplars for point in metric.sum.data_points]
                    found = {exemplar.trace_id.hex() for exemplars in lists for exemplar in exemplars}
                    self.traces.setdefault((service, metric.name), set()).update(found)
        return ExportMetricsServiceResponse()


class Receiver(TraceServiceServicer):
    """Collects the spans that exporters send; `metrics` does the same for metrics."""

    def __init__(self) -> None:
        self.metrics = MetricsReceiver()
        self._spans: dict[tuple[str, str], Span] = {}
        self._lock = threading.Condition()
        self.endpoint = ""

    def Export(self, request: ExportTraceServiceRequest, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        with self._lock:
            for resource in request.resource_spans:
                service = str(_attributes(resource.resource.attributes).get("service.name", ""))
                for scope in resource.scope_spans:
                    for message in scope.spans:
                        span = _span(service, message)
                        self._spans[span.trace, span.id] = span
            self._lock.notify_all()
        return ExportTraceServiceResponse()

    def spans(self, trace: str = "") -> list[Span]:
        """What came so far, of one trace or of all, by start."""
        with self._lock:
            found = [span for span in self._spans.values() if not trace or span.trace == trace]
        return sorted(found, key=lambda span: (span.start_ns, span.id))

    def tree(self, trace: str) -> list[Node]:
        """The roots of a trace: spans whose parent is none, or did not come."""
        nodes = {span.id: Node(span) for span in self.spans(trace)}
        roots: list[Node] = []
        for node in nodes.values():
            parent = nodes.get(node.span.parent)
            (parent.children if parent else roots).append(node)
        return roots

    def wait_for(self, wanted: Callable[["Receiver"], bool], patience_s: float = PATIENCE_S) -> None:
        """Returns as soon as `wanted` holds; AssertionError with the names received when it does not in time."""
        end = time.monotonic() + patience_s
        with self._lock:
            while not wanted(self):
                if time.monotonic() >= end:
                    names = sorted({f"{span.service}: {span.name}" for span in self._spans.values()})
                    raise AssertionError(f"the spans waited for did not come; received: {names}")
                self._lock.wait(end - time.monotonic())


@contextmanager
def receiver() -> Iterator[Receiver]:
    """A running receiver; its `endpoint` is what OTEL_EXPORTER_OTLP_ENDPOINT takes."""
    servicer = Receiver()
    server = grpc.server(ThreadPoolExecutor(4))
    add_TraceServiceServicer_to_server(servicer, server)
    add_MetricsServiceServicer_to_server(servicer.metrics, server)
    servicer.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield servicer
    finally:
        server.stop(grace=1).wait()


def _span(service: str, message: trace_pb2.Span) -> Span:
    return Span(
        trace=message.trace_id.hex(),
        id=message.span_id.hex(),
        parent=message.parent_span_id.hex(),
        service=service,
        name=message.name,
        kind=trace_pb2.Span.SpanKind.Name(message.kind).removeprefix("SPAN_KIND_").lower(),
        start_ns=message.start_time_unix_nano,
        end_ns=message.end_time_unix_nano,
        failed=message.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
        error=message.status.message,
        attributes=_attributes(message.attributes),
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in message.links],
    )


def _attributes(pairs: Sequence[KeyValue]) -> dict[str, object]:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: AnyValue) -> object:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_value(each) for each in value.array_value.values]
    return getattr(value, kind) if kind else None
