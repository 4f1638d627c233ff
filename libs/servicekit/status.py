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
    info = details.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    _abort(context, status_code(error), error.message, [info, *_details(error)])


def abort_internal(context: grpc.ServicerContext, error_id: str) -> None:
    """Ends a call that hit a bug of ours; the id finds the log line, the caller learns nothing else."""
    info = details.ErrorInfo(reason="INTERNAL", domain=DOMAIN, metadata={"error_id": error_id})
    _abort(context, grpc.StatusCode.INTERNAL, f"internal error {error_id}", [info])


def _details(error: errors.DomainError) -> list[Message]:
    if isinstance(error, errors.InvalidArgument):
        violations = [
            details.BadRequest.FieldViolation(field=field, description=rule) for field, rule in error.violations
        ]
        return [details.BadRequest(field_violations=violations)]
    if isinstance(error, errors.FailedPrecondition):
        violation = details.PreconditionFailure.Violation(
            type=error.reason, subject=error.subject, description=error.description
        )
        return [details.PreconditionFailure(violations=[violation])]
    if isinstance(error, errors.NotFound | errors.AlreadyExists):
        return [details.ResourceInfo(resource_name=error.name)]
    if isinstance(error, errors.Unavailable | errors.ResourceExhausted):
        millis = int(error.retry_after_s * 1000)
        return [details.RetryInfo(retry_delay=Duration(seconds=millis // 1000, nanos=millis % 1000 * 1_000_000))]
    return []


def _abort(context: grpc.ServicerContext, code: grpc.StatusCode, message: str, parts: Sequence[Message]) -> None:
    packed = []
    for part in parts:
        packed.append(Any())
        packed[-1].Pack(part)
    number: int = code.value[0]
    context.abort_with_status(rpc_status.to_status(Status(code=number, message=message, details=packed)))
