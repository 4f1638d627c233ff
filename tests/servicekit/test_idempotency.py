"""A request id makes a call take effect once, however often and from wherever it is repeated (P1, AIP-155)."""

from concurrent.futures import ThreadPoolExecutor

import grpc
import pytest
from sqlalchemy import func, select

from customers.bootstrap import service as customers
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from servicekit import tables
from servicekit.client import connect
from servicekit.service import Running
from tests.customers.calls import person, refusal
from tests.support.running import RunningService, Starter

CALLERS = 20
ID = "3f0c9a52-7d52-4f7e-9a0a-4d1c6f6f9b10"


@pytest.fixture
def running(start: Starter) -> RunningService:
    """Customers; what it publishes stays in the outbox, to be counted."""
    return start(customers, work=False)


def create(running: RunningService, request: pb.CreateCustomerRequest) -> pb.Customer:
    return CustomerServiceStub(running.channel).CreateCustomer(request)


def asked(name: str = "", request_id: str = ID) -> pb.CreateCustomerRequest:
    request = person(name)
    request.request_id = request_id
    return request


def effects(running: RunningService) -> tuple[int, ...]:
    """How many customers there are, how many facts, and how many audited commands."""
    with running.kit.unit() as uow:
        facts, audited = (
            uow.rows(select(func.count().label("n")).select_from(table))[0].n for table in (tables.outbox, tables.audit)
        )
    found = CustomerServiceStub(running.channel).ListCustomers(pb.ListCustomersRequest()).customers
    return len(found), facts, audited


def test_twenty_at_once_are_one(running: RunningService) -> None:
    channels = [running.connect(f"staff/{number}") for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        answers = list(pool.map(lambda channel: CustomerServiceStub(channel).CreateCustomer(asked()), channels))
    for channel in channels:
        channel.close()
    assert {answer.SerializeToString() for answer in answers} == {answers[0].SerializeToString()}
    assert effects(running) == (1, 1, 1)


def test_first_answer_is_given_again_after_a_change_and_after_a_restart(running: RunningService) -> None:
    first = create(running, asked("c1"))
    change = pb.UpdateCustomerRequest(customer=pb.Customer(name=first.name, display_name="changed"))
    change.update_mask.paths.append("display_name")
    CustomerServiceStub(running.channel).UpdateCustomer(change)
    before = effects(running)
    again = Running(running.service, serve=True, work=False, clock=running.clock).start()
    with connect(f"127.0.0.1:{again.port}", "staff/1007") as channel:
        assert CustomerServiceStub(channel).CreateCustomer(asked("c1")) == first
    again.stop()
    assert effects(running) == before


@pytest.mark.parametrize("refused_for", ["a taken name", "a bad field"])
def test_a_refused_call_does_not_use_its_id_up(running: RunningService, refused_for: str) -> None:
    create(running, asked("c1", request_id=""))
    wrong = asked("c1" if refused_for == "a taken name" else "c2")
    if refused_for == "a bad field":
        wrong.customer.contacts[0].address = "no phone number"
    with pytest.raises(grpc.RpcError):
        create(running, wrong)
    assert create(running, asked("c3")).name == "customers/c3"
    assert effects(running) == (2, 2, 2)


def test_an_id_belongs_to_the_body_that_it_came_with(running: RunningService) -> None:
    create(running, asked("c1"))
    with pytest.raises(grpc.RpcError) as refused:
        create(running, asked("c2"))
    code, text = refusal(refused.value)
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert "request_id: was used before with another request" in text
    assert effects(running) == (1, 1, 1)


def test_an_id_belongs_to_the_method_that_it_came_with(running: RunningService) -> None:
    first = create(running, asked("c1"))
    change = pb.UpdateCustomerRequest(customer=first, request_id=ID)
    change.update_mask.paths.append("display_name")
    with pytest.raises(grpc.RpcError) as refused:
        CustomerServiceStub(running.channel).UpdateCustomer(change)
    assert refusal(refused.value)[0] is grpc.StatusCode.INVALID_ARGUMENT


def test_without_an_id_every_call_counts(running: RunningService) -> None:
    names = {create(running, asked(request_id="")).name for _ in range(3)}
    assert (len(names), effects(running)) == (3, (3, 3, 3))
