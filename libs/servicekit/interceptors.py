"""What happens around every unary call: trace, identity, validation, errors (P1, P3, P4).

One interceptor wraps each method once and keeps it; per call there is no look-up left. Requests come in as
bytes, so that one that does not parse gets INVALID_ARGUMENT and not an INTERNAL of the framework.
"""

import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from typing import Any, TypeAlias, cast

import grpc
import structlog
from google.protobuf.message import DecodeError, Message
from opentelemetry.trace import SpanKind

from servicekit.accesses import keep_access, told_by
from servicekit.authentication import Gate
from servicekit.calls import CURRENT_CALL, is_read, reply_type
from servicekit.capacity import Crowd, Patience, Refusing
from servicekit.errors import DomainError, InvalidArgument, Unavailable
from servicekit.kit import Kit
from servicekit.metrics import Metrics, Record
from servicekit.metrics.catalogue import CALL
from servicekit.personal.masks import mask
from servicekit.personal.messages import fields_of
from servicekit.status import abort, abort_internal, status_code
from servicekit.telemetry import span
from servicekit.validation import validate

_log = structlog.get_logger()

_FOR_EVER_S = 365 * 86_400.0
"""grpcio tells a call without a deadline as one that ends in 292 thousand million years."""

_LARGE = 64 * 1024
_ONE_LARGE = threading.Lock()

Handler: TypeAlias = "grpc.RpcMethodHandler[Any, Any]"
Behaviour = Callable[[Any, grpc.ServicerContext], Any]


class CallInterceptor(grpc.ServerInterceptor):
    """Wraps our services' methods; health and reflection pass through."""

    def __init__(self, kit: Kit, crowd: Crowd, patience: Patience) -> None:
        self._kit = kit
        self._gate = Gate(kit.settings)
        self._crowd = crowd
        self._patience = patience
        self._wrapped: dict[str, tuple[Handler, Handler]] = {}
        """To serve a method, and to refuse it."""

    def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], "Handler | None"], details: grpc.HandlerCallDetails
    ) -> "Handler | None":
        """See grpc.ServerInterceptor."""
        method: str = details.method
        if method in self._wrapped:
            return self._wrapped[method][self._crowd.is_too_large]
        handler = continuation(details)
        if handler is None or handler.unary_unary is None or not method.startswith("/hearthline."):
            return handler
        wrapped = _Method(method[1:], handler, self._kit, self._gate, self._patience)
        # As if requests were many, for so the wait for the one that there is can be ended.
        serving: Handler = grpc.stream_unary_rpc_method_handler(
            wrapped, request_deserializer=None, response_serializer=handler.response_serializer
        )
        refusing: Handler = grpc.stream_unary_rpc_method_handler(Refusing(self._crowd, wrapped.count_refused))
        self._wrapped[method] = serving, refusing
        return serving


class _Method:
    """One method with all that happens around it."""

    def __init__(self, name: str, handler: Handler, kit: Kit, gate: Gate, patience: Patience) -> None:
        self._name = name
        self._kit = kit
        self._receive = patience.receive
        self._admit = gate.bind(name)
        self._wants_deadline = gate.wants_deadlines
        self._durations = _Durations(kit.metrics, name)
        self._parse = cast(Callable[[bytes], Message], handler.request_deserializer)
        self._behaviour = cast(Behaviour, handler.unary_unary)
        self._personal = fields_of(reply_type(name))
        # What a command answers with is accounted for by its row of the audit.
        self._keeps_accesses = is_read(name)

    def __call__(self, requests: Iterator[bytes], context: grpc.ServicerContext) -> Any:
        body = self._receive(requests, context)
        metadata = {key: value for key, value in context.invocation_metadata() if isinstance(value, str)}
        attributes: dict[str, str | int | bool] = {"rpc.system.name": "grpc", "rpc.method": self._name}
        failure: DomainError | Exception
        error_id = ""
        try:
            with span(self._name, metadata.get("traceparent", ""), SpanKind.SERVER, attributes):
                started = time.perf_counter()
                # Told and measured inside the span, so that the line and the exemplar carry the ids of its trace.
                try:
                    reply = self._serve(body, context, metadata)
                except Exception as error:
                    error_id = _tell(self._name, error)
                    self._durations.of(error)(time.perf_counter() - started)
                    raise
                self._durations.ok(time.perf_counter() - started)
                return reply
        except DomainError as error:
            failure = error
        except Exception as error:  # noqa: BLE001
            failure = error
        return _refuse(context, failure, error_id)

    def count_refused(self, refusal: Exception) -> None:
        """Measures a call that was never served: it took no time."""
        self._durations.of(refusal)(0.0)

    def _serve(self, body: bytes | None, context: grpc.ServicerContext, metadata: dict[str, str]) -> Any:
        call = self._admit(context, metadata)
        token = CURRENT_CALL.set(call)
        try:
            remaining = cast(float | None, context.time_remaining())
            if remaining is not None and remaining <= 0:
                raise Unavailable("the deadline had passed before the call was served", reason="DEADLINE_PASSED")
            if self._wants_deadline and (remaining is None or remaining > _FOR_EVER_S):
                raise InvalidArgument("grpc-timeout", "is required: say how long you wait", reason="DEADLINE_REQUIRED")
            if body is None:
                raise InvalidArgument("request", "is missing", reason="REQUEST_MISSING")
            # Four megabytes of empty elements are a hundred times as much once they are read: one request at a time.
            with _ONE_LARGE if len(body) > _LARGE else nullcontext():
                request = self._parse_request(body)
                validate(request)
            reply = self._behaviour(request, context)
            if self._personal and self._keeps_accesses:
                keep_access(self._kit, call, *told_by(reply, self._personal))
            if self._personal and call.hidden:
                mask(reply, self._personal, call.hidden)
            return reply
        finally:
            CURRENT_CALL.reset(token)

    def _parse_request(self, body: bytes) -> Message:
        try:
            return self._parse(body)
        except DecodeError as error:
            raise InvalidArgument("request", f"cannot be decoded: {error}", reason="UNDECODABLE_REQUEST") from error


class _Durations:
    """Records how long one method takes, by how it ends."""

    def __init__(self, metrics: Metrics, method: str) -> None:
        self._metrics = metrics
        self._labels = {"rpc.system.name": "grpc", "rpc.method": method}
        self.ok: Record = metrics.recorder(CALL, {**self._labels, "rpc.status_code": "OK"})

    def of(self, error: Exception) -> Record:
        """For a call that ended with this error; one that is no answer of ours is a bug, told by its class."""
        if isinstance(error, DomainError):
            code = kind = status_code(error).name
        else:
            code, kind = grpc.StatusCode.INTERNAL.name, type(error).__qualname__
        return self._metrics.recorder(CALL, {**self._labels, "rpc.status_code": code, "error.type": kind})


def _tell(method: str, failure: Exception) -> str:
    """Logs what ends a call; for a bug of ours with an id that the caller gets, too, else an empty one."""
    if isinstance(failure, DomainError):
        code = status_code(failure)
        # Of a wrong field its name alone: the rule may repeat what the caller wrote, and that may tell of somebody.
        message = (
            ", ".join(f for f, _ in failure.violations) if isinstance(failure, InvalidArgument) else failure.message
        )
        _log.info("call refused", method=method, code=code.name, reason=failure.reason, message=message)
        return ""
    error_id = uuid.uuid4().hex[:12]
    _log.error("call failed", method=method, error_id=error_id, exc_info=failure)
    return error_id


def _refuse(context: grpc.ServicerContext, failure: Exception, error_id: str) -> None:
    """Ends the call with the status of what went wrong."""
    if isinstance(failure, DomainError):
        abort(context, failure)
    abort_internal(context, error_id)
