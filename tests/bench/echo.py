"""The other yardstick: a gRPC server that parses a CreateTicketRequest and sends it back, and does nothing else.

`python -m tests.bench.echo CORE` is its process.
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import grpc

from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest

METHOD = "/bench.Echo/Echo"


def serve(core: int, threads: int = 16) -> None:
    """Serves on a free port of 127.0.0.1, and prints it, until it is terminated."""
    os.sched_setaffinity(0, {core})
    service, method = METHOD.strip("/").split("/")
    handler = grpc.unary_unary_rpc_method_handler(
        lambda request, _: request,
        request_deserializer=CreateTicketRequest.FromString,
        response_serializer=CreateTicketRequest.SerializeToString,
    )
    server = grpc.server(ThreadPoolExecutor(threads), options=[("grpc.so_reuseport", 0)])
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {method: handler}),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(f"echo listens on port {port}", flush=True)
    server.wait_for_termination()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
