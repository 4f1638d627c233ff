"""Tracing on the OpenTelemetry SDK: one trace id from the first call to the last SMS (P3)."""

import os
import socket
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBased, Sampler
from opentelemetry.trace import Span, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
_TRACER = trace.get_tracer("hearthline")
_provider: TracerProvider | None = None


def start_telemetry(service: str, version: str, environment: str, endpoint: str) -> None:
    """Sets the process's tracer up; without an endpoint spans carry ids for logs and events but are not kept.

    `endpoint` is that of an OTLP/gRPC receiver, as OTEL_EXPORTER_OTLP_ENDPOINT has it.
    """
    global _provider
    sampler: Sampler | None = None if endpoint else ParentBased(ALWAYS_OFF)
    _provider = TracerProvider(resource=resource(service, version, environment), sampler=sampler)
    if endpoint:
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

        insecure = not endpoint.startswith("https")
        exporter = OTLPSpanExporter(endpoint=endpoint, insecure=insecure, timeout=5)
        _provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=500, max_queue_size=65536))
    trace.set_tracer_provider(_provider)


def resource(service: str, version: str, environment: str) -> Resource:
    """What sends traces and metrics: this process of a service."""
    return Resource.create(
        {
            "service.name": service,
            "service.namespace": "hearthline",
            "service.version": version,
            # The pod's name in a cluster; with the process, for a machine may run several.
            "service.instance.id": f"{socket.gethostname()}/{os.getpid()}",
            "deployment.environment.name": environment,
        }
    )


def stop_telemetry() -> None:
    """Sends what is still held, at most a few seconds long."""
    if _provider is not None:
        _provider.force_flush(5000)
        _provider.shutdown()


def current_traceparent() -> str:
    """The W3C traceparent of the current span; empty outside of any."""
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier)
    return carrier.get("traceparent", "")


def current_trace_id() -> str:
    """The current trace id, 32 hex digits; empty outside of any span."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else ""


@contextmanager
def span(
    name: str,
    parent: str = "",
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int | bool] | None = None,
) -> Iterator[Span]:
    """A span around a piece of work; `parent` is a traceparent, without it the current span is the parent.

    An exception that leaves it marks it as failed and goes on.
    """
    context = _PROPAGATOR.extract({"traceparent": parent}, otel_context.Context()) if parent else None
    current = _TRACER.start_span(name, context, kind, attributes)
    # Not by `start_as_current_span`: its managers within managers cost more than the span, and every event has one.
    token = otel_context.attach(trace.set_span_in_context(current))
    try:
        yield current
    except Exception as error:
        current.set_attribute("error.type", type(error).__qualname__)
        # A reason of ours; what the error says may tell of somebody (C9).
        current.set_status(StatusCode.ERROR, str(getattr(error, "reason", "")))
        raise
    finally:
        otel_context.detach(token)
        current.end()


def link(current: Span, traceparents: Iterable[str]) -> None:
    """Links a span to others whose work it does, too; the SDK keeps 128 of them."""
    if current.is_recording():
        for traceparent in traceparents:
            context = _PROPAGATOR.extract({"traceparent": traceparent}, otel_context.Context())
            other = trace.get_current_span(context).get_span_context()
            if other.is_valid:
                current.add_link(other)


@contextmanager
def within(traceparent: str) -> Iterator[None]:
    """Makes what is logged here part of a trace whose own span has ended or never began."""
    token = otel_context.attach(_PROPAGATOR.extract({"traceparent": traceparent}, otel_context.Context()))
    try:
        yield
    finally:
        otel_context.detach(token)


def send_span(system: str, destination: str, traceparent: str) -> str:
    """Records that an event was handed to the log, and returns the traceparent its consumers continue.

    The span is a moment: how long the batch took is in the relay's own metrics.
    """
    context = _PROPAGATOR.extract({"traceparent": traceparent}, otel_context.Context())
    attributes: dict[str, str | int | bool] = {
        "messaging.system": system,
        "messaging.destination.name": destination,
        "messaging.operation.name": "send",
        "messaging.operation.type": "send",
    }
    started = _TRACER.start_span(f"send {destination}", context, SpanKind.PRODUCER, attributes)
    started.end()
    carrier: dict[str, str] = {}
    _PROPAGATOR.inject(carrier, trace.set_span_in_context(started, context))
    return carrier.get("traceparent", traceparent)


def sampled_trace() -> str:
    """A new traceparent that asks for its trace to be kept; for callers that are no service themselves."""
    ids = RandomIdGenerator()
    return f"00-{ids.generate_trace_id():032x}-{ids.generate_span_id():016x}-01"
