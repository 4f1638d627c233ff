"""One call with any bytes, and what is wrong with its answer (P1)."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo
from grpc_status import rpc_status

from servicekit.server import LARGEST_REQUEST
from tests.support.running import RunningService

_NEVER = ("INTERNAL", "UNKNOWN", "DEADLINE_EXCEEDED", "UNAVAILABLE", "UNIMPLEMENTED", "CANCELLED")


@dataclass(frozen=True)
class Method:
    """An RPC of a running service."""

    channel: grpc.Channel
    descriptor: MethodDescriptor

    @property
    def name(self) -> str:
        """package.Service/Method"""
        return f"{self.descriptor.containing_service.full_name}/{self.descriptor.name}"

    @cached_property
    def _invoke(self) -> "grpc.UnaryUnaryMultiCallable[bytes, bytes]":
        return self.channel.unary_unary(f"/{self.name}", None, None)

    def call(self, body: bytes) -> tuple[str, list[str], list[Message]]:
        """The status, the faults of the answer, and the reply if there is one."""
        try:
            reply = self._invoke(body, timeout=20)
        except grpc.RpcError as error:
            faults = _faults_of_too_large(error) if len(body) > LARGEST_REQUEST else _faults(error)
            return error.code().name, [f"{self.name} {fault}: {self._shown(body)}" for fault in faults], []
        return "OK", [], [GetMessageClass(self.descriptor.output_type).FromString(reply)]

    def _shown(self, body: bytes) -> str:
        """The request as text, and how to send it again."""
        try:
            request: Message | str = GetMessageClass(self.descriptor.input_type).FromString(body)
        except DecodeError:
            request = "undecodable"
        return f"{str(request)[:600]!r} {body.hex()[:600]}"


def methods(service: RunningService, channel: grpc.Channel) -> Iterator[Method]:
    """All RPCs that it serves, those of every service among them, by a channel to it."""
    from hearthline.operations.v1 import dead_letters_pb2, operations_pb2
    from hearthline.privacy.v1 import personal_data_pb2

    shared = (operations_pb2.DESCRIPTOR, dead_letters_pb2.DESCRIPTOR, personal_data_pb2.DESCRIPTOR)
    for file in (*service.service.descriptors, *shared):
        for each in file.services_by_name.values():
            yield from (Method(channel, method) for method in each.methods)


def _faults_of_too_large(error: grpc.RpcError) -> Iterator[str]:
    """gRPC refuses it before it is ours, and names no reason."""
    if error.code() is not grpc.StatusCode.RESOURCE_EXHAUSTED:
        yield f"is larger than any request may be and ends with {error.code().name} {error.details()}"


def _faults(error: grpc.RpcError) -> Iterator[str]:
    code = error.code().name
    if code in _NEVER:
        yield f"ends with {code} {error.details()}"
        return
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    details = list(status.details) if status is not None else []
    info, bad = ErrorInfo(), BadRequest()
    if not any(detail.Unpack(info) for detail in details) or not info.reason:
        yield f"refuses with {code} without a reason"
    if code == "INVALID_ARGUMENT" and not any(
        detail.Unpack(bad) and bad.field_violations[0].field for detail in details
    ):
        yield "refuses without naming a field"
