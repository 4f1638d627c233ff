"""What a server does with callers who send too much, nonsense, or wait too short (P1)."""

import socket
from typing import Any

import grpc
import psycopg
import pytest
from google.rpc.error_details_pb2 import BadRequest
from grpc_status import rpc_status

from customers.bootstrap import service as customers
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from servicekit import interceptors
from servicekit.validation import validate
from tests.customers.calls import person, refusal
from tests.faults.processes import wait_until
from tests.support.running import RunningService, Starter

SERVICE = "/hearthline.customers.v1.CustomerService/"
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def running(start: Starter) -> RunningService:
    """Customers, that serves one call at a time."""
    return start(customers, work=False, threads=1)


def names(running: RunningService) -> list[str]:
    """Customers that there are."""
    found = CustomerServiceStub(running.channel).ListCustomers(pb.ListCustomersRequest()).customers
    return sorted(customer.name for customer in found)


def send(running: RunningService, body: bytes, method: str = "CreateCustomer") -> Any:
    """Any bytes as a request."""
    with grpc.insecure_channel(running.target, [("grpc.max_send_message_length", -1)]) as channel:
        invoke: Any = channel.unary_unary(SERVICE + method)
        return invoke(body, timeout=10)


def is_waiting(database: "psycopg.Connection[Any]") -> bool:
    """True when a statement waits for a lock."""
    return bool(database.execute(_WAITING).fetchone() != (0,))


def test_a_call_whose_deadline_passed_in_the_queue_has_no_effect(running: RunningService) -> None:
    url = running.kit.settings.database_url
    stub = CustomerServiceStub(running.channel)
    with psycopg.connect(url) as holder, psycopg.connect(url, autocommit=True) as watcher:
        holder.execute("LOCK TABLE customers")
        first = stub.CreateCustomer.future(person("first"), timeout=20)
        wait_until(lambda: is_waiting(watcher))
        with pytest.raises(grpc.RpcError) as late:
            stub.CreateCustomer(person("late"), timeout=0.2)
        holder.rollback()
    assert late.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert first.result().name == "customers/first"
    stub.CreateCustomer(person("next"))
    assert names(running) == ["customers/first", "customers/next"]


def test_ten_megabytes_are_refused_and_the_server_lives_on(running: RunningService) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        send(running, b"\x0a" + b"\x80\x80\x80\x05" + b"x" * 10 * 1024 * 1024)
    assert refused.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert names(running) == []


@pytest.mark.parametrize("body", [b"\xff" * 40, b"\x0a\x7fshort", b"\x0a\x02\xc3\x28", b"\x0b" * 5000])
def test_bytes_that_are_no_request_are_named_and_the_server_lives_on(running: RunningService, body: bytes) -> None:
    with pytest.raises(grpc.RpcError) as refused:
        send(running, body)
    code, text = refusal(refused.value)
    assert (code, "cannot be decoded" in text) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    assert names(running) == []


def test_what_is_small_only_while_it_is_compressed_is_refused(running: RunningService) -> None:
    bomb = b"\x0a" + b"\x80\x80\x80\x20" + bytes(64 * 1024 * 1024)
    options = [("grpc.max_send_message_length", -1)]
    with grpc.insecure_channel(running.target, options, compression=grpc.Compression.Gzip) as channel:
        invoke: Any = channel.unary_unary(SERVICE + "CreateCustomer")
        with pytest.raises(grpc.RpcError) as refused:
            invoke(bomb, timeout=10)
    assert refusal(refused.value) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "Decompressed message larger than max")
    assert names(running) == []


@pytest.mark.parametrize(("size", "is_taken"), [(12_000, True), (17_000, False)])
def test_metadata_has_a_limit(running: RunningService, size: int, is_taken: bool) -> None:
    stub, code = CustomerServiceStub(running.channel), grpc.StatusCode.OK
    try:
        stub.ListCustomers(pb.ListCustomersRequest(), metadata=(("x-more", "m" * size),))
    except grpc.RpcError as error:
        code = error.code()
    assert code is (grpc.StatusCode.OK if is_taken else grpc.StatusCode.RESOURCE_EXHAUSTED)
    assert names(running) == []


@pytest.mark.parametrize(("elements", "is_alone"), [(10, False), (2_000_000, True)])
def test_requests_that_grow_when_they_are_read_are_read_one_at_a_time(
    running: RunningService, monkeypatch: pytest.MonkeyPatch, elements: int, is_alone: bool
) -> None:
    alone: list[bool] = []

    def look(request: Any) -> None:
        alone.append(interceptors._ONE_LARGE.locked())
        validate(request)

    monkeypatch.setattr(interceptors, "validate", look)
    with pytest.raises(grpc.RpcError) as refused:
        send(running, b"\x0a\x00" * elements, "BatchCreateCustomers")
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert alone == [is_alone]


def test_a_refusal_reaches_its_caller_however_much_is_wrong(running: RunningService) -> None:
    """A client takes 8 KB of metadata, which statuses are: what is longer would come as an error of the transport."""
    contact = pb.Contact(address="👩" * 300, language_code="火" * 100)
    requests = [pb.CreateCustomerRequest(customer=pb.Customer(contacts=[contact] * 5)) for _ in range(50)]
    with pytest.raises(grpc.RpcError) as refused:
        CustomerServiceStub(running.channel).BatchCreateCustomers(pb.BatchCreateCustomersRequest(requests=requests))
    violations = violations_of(refused.value)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert violations[0].field.startswith("requests[0]")
    assert violations[-1].description.endswith("more broken rules")


def violations_of(error: grpc.RpcError) -> list[Any]:
    """The fields that a refusal names."""
    bad = BadRequest()
    status = rpc_status.from_call(error)  # type: ignore[arg-type]
    assert status is not None
    assert any(detail.Unpack(bad) for detail in status.details)
    return list(bad.field_violations)


@pytest.mark.parametrize("words", [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x00" * 64, b"\x16\x03\x01\x02\x00\x01"])
def test_a_connection_that_speaks_no_grpc_is_ended(running: RunningService, words: bytes) -> None:
    host, _, port = running.target.partition(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(words)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(4096):
            pass
    assert names(running) == []
