"""Callers who do their day's work, and a record of every call and of what they were told.

A caller's decisions come from its seed. Every change is called with a request id and a trace of its own, and repeated
with the same id until it is answered; some calls are given up at the first failure instead, as impatient people do.
"""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any
from uuid import UUID

import grpc

from servicekit.client import connect

PATIENCE_S = 150.0
DEADLINE_S = 8.0
ROLES = ("system", "agent", "supervisor")

_AGAIN = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.ABORTED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.CANCELLED,
}
_REFUSALS = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.ALREADY_EXISTS,
    grpc.StatusCode.INVALID_ARGUMENT,
}


class Outcome(Enum):
    """What the caller knows in the end."""

    ACKED = auto()
    REFUSED = auto()
    GIVEN_UP = auto()
    FAILED = auto()
    """An answer that no caller should ever get, or none in all that time."""


@dataclass(slots=True)
class Told:
    """One call, and its answer."""

    service: str
    method: str
    fact: str
    """Type of the event that the change must publish, without its package; empty for none."""
    request_id: str
    trace: str
    began: float
    outcome: Outcome = Outcome.GIVEN_UP
    took_s: float = 0.0
    reply: Any = None
    statuses: Counter[str] = field(default_factory=Counter)


class Line:
    """The connections of one caller, and what it was told over them."""

    def __init__(self, targets: Mapping[str, str], seed: str, told: list[Told]) -> None:
        self.rng = random.Random(seed)
        self._told = told
        self._channels = {service: connect(target, "staff/1007", ROLES) for service, target in targets.items()}

    def stub(self, service: str, kind: Callable[[grpc.Channel], Any]) -> Any:
        """A stub of one of a service's gRPC services."""
        return kind(self._channels[service])

    def change(
        self, service: str, method: Callable[..., Any], request: Any, fact: str = "", hasty: float = 0.04
    ) -> Any:
        """The reply of a call that changes something; None when it was refused, or given up."""
        request.request_id = str(UUID(int=self.rng.getrandbits(128), version=4))
        trace = f"{self.rng.getrandbits(128):032x}"
        told = Told(
            service, type(request).__name__.removesuffix("Request"), fact, request.request_id, trace, time.time()
        )
        self._insist(told, method, request, gives_up=self.rng.random() < hasty)
        self._told.append(told)
        if told.outcome is Outcome.ACKED and self.rng.random() < 0.03:
            self._repeat(told, method, request)
        return told.reply if told.outcome is Outcome.ACKED else None

    def prepare(self, service: str, method: Callable[..., Any], request: Any) -> None:
        """A change without which nothing else makes sense; AssertionError tells what became of it."""
        assert self.change(service, method, request, hasty=0), self._told[-1]

    def look(self, method: Callable[..., Any], request: Any) -> Any:
        """The reply of a call that changes nothing; None when nobody answered."""
        try:
            return method(request, timeout=DEADLINE_S)
        except grpc.RpcError as error:
            if error.code() in _AGAIN:
                return None
            raise

    def close(self) -> None:
        """Hangs up."""
        for channel in self._channels.values():
            channel.close()

    def _insist(self, told: Told, method: Callable[..., Any], request: Any, gives_up: bool) -> None:
        metadata = (("traceparent", f"00-{told.trace}-{told.trace[:16]}-00"),)
        begin = time.monotonic()
        while True:
            try:
                told.reply = method(request, timeout=DEADLINE_S, metadata=metadata)
                told.outcome = Outcome.ACKED
            except grpc.RpcError as error:
                status = error.code()
                told.statuses[status.name] += 1
                if status in _REFUSALS:
                    told.outcome = Outcome.REFUSED
                elif status not in _AGAIN or time.monotonic() - begin > PATIENCE_S:
                    told.outcome = Outcome.FAILED
                    told.reply = f"{status.name}: {error.details()}"
                elif not gives_up:
                    time.sleep(0.1)
                    continue
            break
        told.took_s = time.monotonic() - begin

    def _repeat(self, told: Told, method: Callable[..., Any], request: Any) -> None:
        """Calls once more what was answered: the answer must be the same."""
        again = Told(told.service, told.method, "", told.request_id, told.trace, time.time())
        self._insist(again, method, request, gives_up=True)
        if again.outcome is Outcome.REFUSED or (again.outcome is Outcome.ACKED and again.reply != told.reply):
            told.outcome = Outcome.FAILED
            told.reply = f"answered {told.reply}, and then {again.reply or again.statuses}"


class Caller(threading.Thread):
    """Does one thing after the other until it is told to stop."""

    def __init__(self, act: Callable[[], None], pause_s: Callable[[], float], stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self._act = act
        self._pause_s = pause_s
        self._stopping = stop
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            while not self._stopping.wait(self._pause_s()):
                self._act()
        except BaseException as error:  # noqa: BLE001
            self.problem = error


class Workload:
    """Several callers at once; a context manager while which they call."""

    def __init__(
        self, acts: list[Callable[[], None]], pause_s: float, told: list[Told], meanwhile: Callable[[], None]
    ) -> None:
        self._acts = acts
        self.pause_s = pause_s
        """How long each caller rests between two calls."""
        self._told = told
        self._meanwhile = meanwhile
        """Done again and again while somebody waits for calls."""
        self._stop = threading.Event()
        self._callers: list[Caller] = []

    def __enter__(self) -> "Workload":
        self._stop.clear()
        self._callers = [Caller(act, lambda: self.pause_s, self._stop) for act in self._acts]
        for caller in self._callers:
            caller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for caller in self._callers:
            caller.join()
        for caller in self._callers:
            if caller.problem is not None:
                raise caller.problem

    def await_calls(self, number: int, patience_s: float = PATIENCE_S) -> None:
        """Returns when so many more calls were answered, or after the time."""
        wanted, end = len(self._told) + number, time.monotonic() + patience_s
        while len(self._told) < wanted and time.monotonic() < end and any(each.is_alive() for each in self._callers):
            self._meanwhile()
            time.sleep(0.02)
