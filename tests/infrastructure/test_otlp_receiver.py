"""The tests' own receiver of traces shows what an exporter sent."""

import pytest
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import Link, SpanKind, StatusCode

from hearthline_cli.otlp import Receiver, receiver


def provider(endpoint: str, service: str) -> TracerProvider:
    made = TracerProvider(resource=Resource.create({"service.name": service}))
    made.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=endpoint, insecure=True)))
    return made


def test_spans_of_two_services_are_one_tree_with_links_and_attributes() -> None:
    with receiver() as traces:
        one, other = provider(traces.endpoint, "one"), provider(traces.endpoint, "other")
        with one.get_tracer("t").start_as_current_span("call", kind=SpanKind.SERVER) as call:
            context = trace.set_span_in_context(call)
            with other.get_tracer("t").start_as_current_span(
                "process",
                context,
                SpanKind.CONSUMER,
                {"offset": 7, "names": ["a", "b"]},
                [Link(call.get_span_context())],
            ) as process:
                process.set_status(StatusCode.ERROR)
        identifier = f"{call.get_span_context().trace_id:032x}"
        traces.wait_for(lambda received: len(received.spans(identifier)) == 2)

        [root] = traces.tree(identifier)
        [child] = root.children
        assert [(node.span.service, node.span.name, node.span.kind) for node in root.walk()] == [
            ("one", "call", "server"),
            ("other", "process", "consumer"),
        ]
        assert child.span.parent == root.span.id
        assert child.span.links == [(identifier, root.span.id)]
        assert child.span.attributes == {"offset": 7, "names": ["a", "b"]}
        assert (root.span.failed, child.span.failed) == (False, True)
        assert root.draw().startswith("one: call (")
        for made in (one, other):
            made.shutdown()


def test_waiting_in_vain_tells_what_came() -> None:
    with pytest.raises(AssertionError, match="did not come; received: \\[\\]"):
        Receiver().wait_for(lambda _: False, patience_s=0.05)
