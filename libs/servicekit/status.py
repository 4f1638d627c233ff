"""Errors on the wire: google.rpc.Status with ErrorInfo and the detail that fits (AIP-193)."""

from collections.abc import Sequence

import grpc
from google.protobuf.any_pb2 import Any
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from grpc_status import rpc_status

from servicekit import errors

DOMAIN = "hearthline"

# Bytes. Statuses travel as metadata, of which a gRPC client takes 8 KB, some of it written threefold: what is longer it
# would not see at all, and what a caller sent is in many of our words.
_LONGEST_MESSAGE = 400
_LONGEST_PART = 300
_ALL_VIOLATIONS = 2400

_CODES: dict[type[errors.DomainError], grpc.StatusCode] = {
    errors.InvalidArgument: grpc.StatusCode.INVALID_ARGUMENT,
    errors.NotFound: grpc.StatusCode.NOT_FOUND,
    errors.AlreadyExists: grpc.StatusCode.ALREADY_EXISTS,
    errors.FailedPrecondition: grpc.StatusCode.FAILED_PRECONDITION,
    errors.Aborted: grpc.StatusCode.ABORTED,
    errors.PermissionDenied: grpc.StatusCode.PERMISSION_DENIED,
    errors.Unauthenticated: grpc.StatusCode.UNAUTHENTICATED,
    errors.ResourceExhausted: grpc.StatusCode.RESOURCE_EXHAUSTED,
    errors.Unavailable: grpc.StatusCode.UNAVAILABLE,
}


def status_code(error: errors.DomainError) -> grpc.StatusCode:
    """The code of an error's class."""
    return next((code for kind, code in _CODES.items() if isinstance(error, kind)), grpc.StatusCode.UNKNOWN)


def abort(context: grpc.ServicerContext, error: errors.DomainError) -> None:
    """Ends the call with the error's status; never returns."""
    metadata = {key: _clipped(value) for key, value in error.metadata.items()}
    info = details.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=metadata)
    _abort(context, status_code(error), _clipped(error.message, _LONGEST_MESSAGE), [info, *_details(error)])


def abort_internal(context: grpc.ServicerContext, error_id: str) -> None:
    """Ends a call that hit a bug of ours; the id finds the log line, the caller learns nothing else."""
    info = details.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"error_id": error_id})
    _abort(context, grpc.StatusCode.INTERNAL, f"internal error {error_id}", [info])


def _details(error: errors.DomainError) -> list[Message]:
    if isinstance(error, errors.InvalidArgument):
        return [details.BadRequest(field_violations=_violations(error))]
    if isinstance(error, errors.FailedPrecondition):
        violation = details.PreconditionFailure.Violation(
            type=error.reason, subject=_clipped(error.subject), description=_clipped(error.description)
        )
        return [details.PreconditionFailure(violations=[violation])]
    if isinstance(error, errors.NotFound | errors.AlreadyExists):
        return [details.ResourceInfo(resource_name=_clipped(error.name))]
    if isinstance(error, errors.Unavailable | errors.ResourceExhausted):
        millis = int(error.retry_after_s * 1000)
        return [details.RetryInfo(retry_delay=Duration(seconds=millis // 1000, nanos=millis % 1000 * 1_000_000))]
    return []


def _violations(error: errors.InvalidArgument) -> list[Message]:
    """The first of them, as many as a client can be told; the last one then says how many more there are."""
    told: list[Message] = []
    for field, rule in error.violations:
        told.append(details.BadRequest.FieldViolation(field=_clipped(field), description=_clipped(rule)))
        if sum(each.ByteSize() for each in told) > _ALL_VIOLATIONS:
            rest = f"and {len(error.violations) - len(told) + 1} more broken rules"
            return [*told[:-1], details.BadRequest.FieldViolation(field=_clipped(field), description=rest)]
    return told


def _clipped(text: str, most: int = _LONGEST_PART) -> str:
    raw = text.encode("utf-8", "replace")
    return text if len(raw) <= most else raw[:most].decode("utf-8", "ignore") + "…"


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str, parts: Sequence[Message]) -> None:
    packed = []
    for part in parts:
        packed.append(Any())
        packed[-1].Pack(part)
    number: int = code.value[0]
    context.abort_with_status(rpc_status.to_status(Status(code=number, message=message, details=packed)))
