"""A server that is asked for more than it takes on goes on serving those it has (P4)."""

import resource
import socket
import threading
from collections.abc import Iterator
from queue import SimpleQueue
from typing import Any

import grpc
import psycopg
import pytest

from customers.bootstrap import service as customers
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from servicekit.capacity import allow_files
from tests.customers.calls import person
from tests.faults.processes import retry_delay_s, wait_until
from tests.support.identities import refused
from tests.support.running import RunningService, Starter
from tests.support.scraping import Scrape

LIST = "/hearthline.customers.v1.CustomerService/ListCustomers"
PATIENCE_S = 30
GREETING = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
PING = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + b"are you?"


def names(channel: grpc.Channel, timeout: float = 20) -> list[str]:
    """Customers that there are."""
    found = CustomerServiceStub(channel).ListCustomers(pb.ListCustomersRequest(), timeout=timeout).customers
    return sorted(customer.name for customer in found)


def dial(running: RunningService) -> socket.socket:
    """A connection that says nothing."""
    host, _, port = running.target.partition(":")
    return socket.create_connection((host, int(port)), timeout=PATIENCE_S)


def is_hung_up(connection: socket.socket) -> bool:
    """Whether the server ends it instead of greeting, or after that."""
    try:
        return connection.recv(4096) == b""
    except ConnectionResetError:
        return True


class Unsent:
    """A call whose request comes when it is told to."""

    def __init__(self, channel: grpc.Channel) -> None:
        self.send = threading.Event()
        invoke: Any = channel.stream_unary(LIST)
        self.call: Any = invoke.future(self._requests(), timeout=60)

    def _requests(self) -> Iterator[bytes]:
        self.send.wait(60)
        yield b""

    def code(self) -> grpc.StatusCode:
        """How it ends."""
        code: grpc.StatusCode = self.call.code()
        return code


def test_connections_beyond_the_limit_are_hung_up_on_and_the_others_served(start: Starter) -> None:
    running = start(customers, work=False, connections=3)
    assert names(running.channel) == []
    first, second, third = dial(running), dial(running), dial(running)
    assert [is_hung_up(each) for each in (first, second, third)] == [False, False, True]
    assert names(running.channel) == []
    first.close()
    wait_until(lambda: not is_hung_up(dial(running)))


@pytest.mark.parametrize("words", [b"", b"PRI * HTTP/2.0\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"])
def test_a_connection_that_does_not_say_what_it_is_is_ended(start: Starter, words: bytes) -> None:
    running = start(customers, work=False, handshake_seconds=0.5)
    assert names(running.channel) == []
    with dial(running) as connection:
        connection.sendall(words)
        while not is_hung_up(connection):
            pass
    assert names(running.channel) == []


def test_a_connection_that_only_asks_whether_the_server_is_there_is_ended(start: Starter) -> None:
    running, heard = start(customers, work=False), b""
    with dial(running) as connection:
        connection.sendall(GREETING + PING * 5)
        while more := connection.recv(4096):
            heard += more
    assert b"too_many_pings" in heard


def test_a_connection_is_ended_however_quiet_it_is_and_made_again_for_the_next_call(start: Starter) -> None:
    running = start(customers, work=False, connection_seconds=0.5)
    states: SimpleQueue[grpc.ChannelConnectivity] = SimpleQueue()
    with grpc.insecure_channel(running.target) as channel:
        assert names(channel) == []
        channel.subscribe(states.put)
        while states.get(timeout=PATIENCE_S) is not grpc.ChannelConnectivity.IDLE:
            pass
        assert names(channel) == []


def test_calls_that_would_wait_behind_too_many_are_told_when_to_come_again(start: Starter) -> None:
    running = start(customers, work=False, threads=1, calls_waiting=2, metrics_listen="127.0.0.1:0")
    stub = CustomerServiceStub(running.channel)
    assert stub.CreateCustomer(person("first")).name == "customers/first"
    with psycopg.connect(running.kit.settings.database_url) as holder:
        holder.execute("LOCK TABLE customers")
        calls = [stub.CreateCustomer.future(person(f"c{number}"), timeout=60) for number in range(6)]
        wait_until(lambda: sum(call.done() for call in calls) == 3)
        lost: list[Any] = [call.exception() for call in calls if call.done()]
        assert {refused(error) for error in lost} == {(grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_MANY_CALLS")}
        assert [retry_delay_s(error) for error in lost] == [1.0] * 3
        told = Scrape.of(running.kit.metrics.port)
        assert told.total("rpc_server_call_duration_seconds_count", rpc_status_code="RESOURCE_EXHAUSTED") == 3
        holder.rollback()
    assert all(call.result() for call in calls if call.exception() is None)
    assert len(names(running.channel)) == 4


def test_calls_whose_request_does_not_come_keep_no_thread(start: Starter) -> None:
    running = start(customers, work=False, threads=2, request_seconds=0.5)
    with grpc.insecure_channel(running.target) as channel:
        late = [Unsent(channel) for _ in range(2)]
        assert names(running.channel) == []
        assert {each.code() for each in late} == {grpc.StatusCode.CANCELLED}


def test_a_call_that_ends_without_a_request_is_told_so(start: Starter) -> None:
    running = start(customers, work=False)
    with grpc.insecure_channel(running.target) as channel, pytest.raises(grpc.RpcError) as error:
        channel.stream_unary(LIST)(iter(()), timeout=20)
    assert refused(error.value) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_MISSING")


def test_one_connection_has_so_many_calls_at_once_and_others_have_theirs(start: Starter) -> None:
    running = start(customers, work=False, calls_per_connection=1)
    with grpc.insecure_channel(running.target) as channel:
        first = Unsent(channel)
        wait_until(lambda: _waits(channel))
        assert names(running.channel) == []
        first.send.set()
        assert first.code() is grpc.StatusCode.OK
        assert names(channel) == []


def _waits(channel: grpc.Channel) -> bool:
    try:
        names(channel, timeout=0.3)
    except grpc.RpcError as error:
        return error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    return False


def test_a_process_may_open_what_its_connections_need() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, hard))
        allow_files(500)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1024
        allow_files(1000)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 1256
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
