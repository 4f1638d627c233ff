"""What a server does not let a caller do: call too often, or without an end (P4)."""

import grpc
import pytest

from hearthline.operations.v1.operations_pb2 import GetProgressRequest
from hearthline.operations.v1.operations_pb2_grpc import OperationsServiceStub
from servicekit.errors import ResourceExhausted
from servicekit.rates import Rates
from surveys.bootstrap import service as surveys
from tests.faults.processes import retry_delay_s
from tests.support.identities import answer, refused
from tests.support.running import RunningService, Starter


class Watch:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(rates: Rates, subject: str, tries: int) -> int:
    """How many of so many calls were let through."""
    return sum(_is_let_through(rates, subject) for _ in range(tries))


def _is_let_through(rates: Rates, subject: str) -> bool:
    try:
        rates.take(subject)
    except ResourceExhausted:
        return False
    return True


def test_a_burst_goes_through_and_then_so_many_a_second() -> None:
    watch = Watch()
    rates = Rates(10, 5, watch)
    assert taken(rates, "staff/1", 20) == 5
    watch.now += 0.2
    assert taken(rates, "staff/1", 20) == 2
    watch.now += 3600
    assert taken(rates, "staff/1", 20) == 5


def test_one_caller_does_not_use_up_anothers_calls() -> None:
    rates = Rates(10, 5, Watch())
    assert [taken(rates, subject, 20) for subject in ("staff/1", "staff/2")] == [5, 5]


def test_the_wait_that_is_told_is_long_enough_and_no_longer() -> None:
    watch = Watch()
    rates = Rates(10, 1, watch)
    rates.take("staff/1")
    with pytest.raises(ResourceExhausted) as error:
        rates.take("staff/1")
    watch.now += error.value.retry_after_s * 0.9
    assert taken(rates, "staff/1", 1) == 0
    watch.now += error.value.retry_after_s * 0.11
    assert taken(rates, "staff/1", 1) == 1


def test_callers_who_have_gone_are_forgotten() -> None:
    watch = Watch()
    rates = Rates(10, 1, watch)
    for number in range(30_000):
        watch.now += 0.001
        rates.take(f"staff/{number}")
    assert len(rates._empty_at) <= 10_000


@pytest.fixture
def slow(start: Starter) -> RunningService:
    """A server that lets each caller call three times, and then once in a thousand seconds."""
    return start(surveys, work=False, calls_per_second=0.001, calls_at_once=3)


def test_a_caller_who_calls_too_often_is_told_when_to_come_again(slow: RunningService) -> None:
    stub = OperationsServiceStub(slow.connect("staff/1"))
    for _ in range(3):
        stub.GetProgress(GetProgressRequest())
    with pytest.raises(grpc.RpcError) as error:
        stub.GetProgress(GetProgressRequest())
    assert refused(error.value) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMIT")
    assert 0 < retry_delay_s(error.value) <= 1000
    other = OperationsServiceStub(slow.connect("staff/2"))
    assert answer(lambda: other.GetProgress(GetProgressRequest())) is None


@pytest.mark.parametrize(("is_required", "timeout"), [(r, t) for r in (True, False) for t in (None, 10)])
def test_a_call_without_a_deadline_is_refused_where_that_is_asked_for(
    start: Starter, is_required: bool, timeout: float | None
) -> None:
    running = start(surveys, work=False, require_deadline=is_required)
    with grpc.insecure_channel(running.target) as channel:
        stub = OperationsServiceStub(channel)
        said = answer(lambda: stub.GetProgress(GetProgressRequest(), timeout=timeout))
    is_refused = is_required and timeout is None
    assert said == ((grpc.StatusCode.INVALID_ARGUMENT, "DEADLINE_REQUIRED") if is_refused else None)
