"""The other yardstick: a gRPC server that parses a CreateTicketRequest and sends it back, and does nothing else.

`python -m tests.bench.echo PORT CORE` is one of its processes, which share the port.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest
from tests.bench.ticket import requests

__all__ = ["METHOD", "requests"]

METHOD = "/bench.Echo/Echo"


def serve(port: int, core: int, threads: int = 16) -> None:
    """Serves on a port of 127.0.0.1, and says so, until it is terminated."""
    os.sched_setaffinity(0, {core})
    service, method = METHOD.strip("/").split("/")
    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, _: request,
        request_deserializer=CreateTicketRequest.FromString,
        response_serializer=CreateTicketRequest.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(threads), options=[("grpc.so_reuseport", 1)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    print(f"echo listens on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
