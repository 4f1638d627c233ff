"""The whole of proto/access.yaml against real servers: who gets through to each RPC, and to whose data (P4)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

import grpc
import pytest
from buf.validate import validate_pb2
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.message import Message

from hearthline_cli.laptop import SERVICES
from hearthline_cli.tokens.issuing import Issuer
from servicekit.access import access_file
from tests.support.identities import HOUR, issuer, proof, refused
from tests.support.running import RunningService, Starter

ROWS = access_file().rows()
DENIED = grpc.StatusCode.PERMISSION_DENIED


@pytest.fixture
def keys(tmp_path: Path) -> Issuer:
    return issuer(tmp_path)


def serve(start: Starter, service: str, keys: Issuer) -> RunningService:
    return start(import_module(f"{service}.bootstrap").service, work=False, **proof(keys))


def rows_of(service: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a service and of what every service answers."""
    return ((m, row) for m, row in ROWS.items() if m.split(".")[1] in (service, "operations"))


def outcome(channel: grpc.Channel, method: str, body: bytes, token: str) -> tuple[grpc.StatusCode, str, bytes]:
    """Status, reason and answer of a call."""
    metadata = (("authorization", f"Bearer {token}"),) if token else ()
    call: grpc.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{method}")
    try:
        return grpc.StatusCode.OK, "", call(body, timeout=10, metadata=metadata)
    except grpc.RpcError as error:
        return *refused(error), b""


@pytest.mark.parametrize("service", SERVICES)
def test_each_rpc_is_for_its_roles_and_nobody_else(start: Starter, keys: Issuer, service: str) -> None:
    tokens = {role: keys.sign("staff/1", [role], {}, datetime.now(UTC), HOUR) for role in access_file().roles}
    wrong = []
    with grpc.insecure_channel(serve(start, service, keys).target) as channel:
        for method, row in rows_of(service):
            for role, token in tokens.items():
                # A field that no message has: who may call is told about the request, after who may not was refused.
                code, reason, _ = outcome(channel, method, b"\xff", token)
                let_through = (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "UNDECODABLE_REQUEST")
                turned_away = (code, reason) == (DENIED, "ROLE_MISSING")
                if not (let_through if role in row else turned_away):
                    wrong.append((method, role, code, reason))
            code, reason, _ = outcome(channel, method, b"\xff", "")
            if (code, reason) != (grpc.StatusCode.UNAUTHENTICATED, "TOKEN_MISSING"):
                wrong.append((method, "nobody", code, reason))
    assert wrong == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_limited_caller_who_owns_nothing_reads_and_changes_nothing(
    start: Starter, keys: Issuer, service: str
) -> None:
    wrong = []
    with grpc.insecure_channel(serve(start, service, keys).target) as channel:
        for method, row in rows_of(service):
            for role in (role for role, grant in row.items() if grant != "any"):
                token = keys.sign("staff/1", [role], {}, datetime.now(UTC), HOUR)
                request, reply = plausible(described(method))
                code, reason, body = outcome(channel, method, request.SerializeToString(), token)
                is_empty = code is grpc.StatusCode.OK and not reply.FromString(body).ByteSize()
                if not is_empty and (code, reason) != (DENIED, "OUTSIDE_SCOPE"):
                    wrong.append((method, role, code, reason))
    assert wrong == []


def described(method: str) -> MethodDescriptor:
    service, _, name = method.partition("/")
    return descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]


def plausible(method: MethodDescriptor) -> tuple[Message, type[Message]]:
    """A request that keeps the rules of its fields and asks for what is not there, and the class of its answer."""
    request = message_factory.GetMessageClass(method.input_type)()
    _fill(request, method)
    return request, message_factory.GetMessageClass(method.output_type)


def _fill(message: Message, method: MethodDescriptor) -> None:
    for field in message.DESCRIPTOR.fields:
        rules = field.GetOptions().Extensions[validate_pb2.field]
        if field.name in ("name", "parent"):
            setattr(message, field.name, f"{_collection(method)}/none")
        elif field.type == FieldDescriptor.TYPE_MESSAGE and not field.is_repeated and rules.required:
            _fill(getattr(message, field.name), method)
        elif field.type == FieldDescriptor.TYPE_STRING and not field.is_repeated:
            one_of = getattr(rules.string, "in")
            if one_of or rules.string.min_len or field.name in _NEEDED:
                setattr(message, field.name, _NEEDED.get(field.name) or (one_of[0] if one_of else "x"))
        elif field.type == FieldDescriptor.TYPE_INT32 and rules.int32.gte > 0:
            setattr(message, field.name, rules.int32.gte)


_NEEDED = {
    "name_query": "x",
    "responsible_unit": "units/none",
    "agent": "staff/1",
    "crew": "crews/none",
    "address": "13800138000",
}


def _collection(method: MethodDescriptor) -> str:
    """Of the resources that a method is about, by the name of its answer; of a list of parts, by that of the whole."""
    wholes = {"ListTimelineEntries": "customers", "ListComplaintEntries": "complaints"}
    kind = method.output_type.name
    plural = kind if kind == "Premises" else f"{kind}s"
    return wholes.get(method.name, plural[0].lower() + plural[1:])


def test_every_service_has_rows() -> None:
    """Else the tests above would find nothing wrong in nothing."""
    limited = {m.split(".")[1] for m, row in ROWS.items() if any(grant != "any" for grant in row.values())}
    assert limited == set(SERVICES) - {"notifications"}
