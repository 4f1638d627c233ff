"""How a servicer runs a use case: idempotent commands and plain reads."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import Descriptor, MethodDescriptor
from google.protobuf.message import Message
from sqlalchemy import bindparam, select

from servicekit.errors import Aborted, DomainError, InvalidArgument
from servicekit.identity import ANONYMOUS, Identity
from servicekit.kit import Kit
from servicekit.reach import EVERYTHING, Reach
from servicekit.tables import requests
from servicekit.uow import UnitOfWork

C = TypeVar("C")
R = TypeVar("R")
Reply = TypeVar("Reply", bound=Message)

_TRIES = 3
_ANSWERED = select(requests.c.request_id, requests.c.body_hash, requests.c.reply).where(
    requests.c.request_id == bindparam("id")
)


@dataclass(frozen=True, slots=True)
class Call:
    """The RPC that this thread is serving."""

    method: str
    """Full name, `hearthline.workorders.v1.TicketService/CreateTicket`."""
    identity: Identity = ANONYMOUS
    reach: Reach = EVERYTHING
    hidden: frozenset[int] = frozenset()
    """Kinds of personal data that the caller gets masked (C9)."""

    @property
    def owner(self) -> str:
        """Who alone may have this call's answer again; empty for anybody who may make it."""
        return "" if self.reach.own is None else self.identity.subject


CURRENT_CALL: ContextVar[Call] = ContextVar("hearthline_call")


class Rpc:
    """What a servicer is given: the way to its handlers."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit

    @property
    def identity(self) -> Identity:
        """Who is calling."""
        return CURRENT_CALL.get().identity

    def command(
        self, request: Message, handler: Callable[[UnitOfWork, C], R], command: C, render: Callable[[R], Reply]
    ) -> Reply:
        """Runs a handler and answers with its rendered result, once for each request id (AIP-155).

        A repeated request id gets the first answer again; with another body it is INVALID_ARGUMENT. The
        answer is stored with the change, so a call whose reply was lost may be repeated safely.
        """
        request_id: str = getattr(request, "request_id", "")
        call = CURRENT_CALL.get()
        body = _hash(call, request)
        for attempt in range(1, _TRIES + 1):
            with self.kit.unit(call.identity.subject, call.method, request_id, call.reach) as uow:
                uow.reply_with(call.method, body, render)
                try:
                    result = handler(uow, command)
                    return render(result) if uow.reply is None else cast(Reply, uow.reply)
                except DomainError as error:
                    refused = error
            stored = self._recall(request_id, body) if request_id else None
            if stored is not None:
                return cast(Reply, message_factory.GetMessageClass(reply_type(call.method)).FromString(stored))
            if not _worth_another_try(refused, request) or attempt == _TRIES:
                raise refused
        raise AssertionError("unreachable")

    @contextmanager
    def reading(self) -> Iterator[UnitOfWork]:
        """A unit of work for reads alone."""
        call = CURRENT_CALL.get()
        with self.kit.unit(call.identity.subject, call.method, reach=call.reach) as uow:
            yield uow
            uow.check_reach_was_asked()

    def _recall(self, request_id: str, body: bytes) -> bytes | None:
        """The answer already given to this request id, if any."""
        with self.kit.unit() as uow:
            row = uow.row(_ANSWERED, {"id": request_id})
        if row is None:
            return None
        if bytes(row.body_hash) != body:
            raise InvalidArgument("request_id", "was used before with another request", reason="REQUEST_ID_REUSED")
        return bytes(row.reply)


def reply_type(method: str) -> Descriptor:
    """What a method answers with."""
    return _descriptor(method).output_type


def is_read(method: str) -> bool:
    """Whether a method changes nothing: every command takes a request id, and nothing else does (AIP-155)."""
    return "request_id" not in _descriptor(method).input_type.fields_by_name


def _descriptor(method: str) -> MethodDescriptor:
    service, _, name = method.partition("/")
    return descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]


def _hash(call: Call, request: Message) -> bytes:
    """Of what an answer belongs to: method, request, and for limited callers who they are."""
    head = f"{call.method}\0{call.owner}" if call.owner else call.method
    return hashlib.sha256(head.encode() + b"\0" + request.SerializeToString(deterministic=True)).digest()


def _worth_another_try(error: DomainError, request: Any) -> bool:
    """A lost race is worth running again, unless the caller named the version it had seen."""
    return isinstance(error, Aborted) and not getattr(request, "etag", "")
