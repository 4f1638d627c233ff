"""Receives traces (OTLP over gRPC, port 4317) and prints each span as a line of JSON."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span


class Printer(TraceServiceServicer):
    """Prints what exporters send."""

    def Export(self, request: ExportTraceServiceRequest, context: grpc.ServicerContext) -> ExportTraceServiceResponse:
        for resource in request.resource_spans:
            about = {each.key: each.value.string_value for each in resource.resource.attributes}
            for scope in resource.scope_spans:
                for span in scope.spans:
                    # One write: threads would mix the line with its end.
                    sys.stdout.write(_line(about, span) + "\n")
        return ExportTraceServiceResponse()


def _line(about: dict[str, str], span: Span) -> str:
    return json.dumps(
        {
            "trace": span.trace_id.hex(),
            "id": span.span_id.hex(),
            "parent": span.parent_span_id.hex(),
            "service": about.get("service.name", ""),
            "instance": about.get("service.instance.id", ""),
            "name": span.name,
            "at": span.start_time_unix_nano / 1e9,
        }
    )


server = grpc.server(ThreadPoolExecutor(4))
add_TraceServiceServicer_to_server(Printer(), server)
server.add_insecure_port("0.0.0.0:4317")
server.start()
server.wait_for_termination()
