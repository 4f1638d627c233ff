"""Steady calls until /tmp/stop appears; prints each acknowledged one, and each that was given up, as a line of JSON.

Every call is repeated with the same request id until it is answered, for PATIENCE_S at most. Callers renew their
channel now and then, as those do whose connections reach their age, and so see the pods that came meanwhile.
"""

import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc

from hearthline.complaints.v1.complaints_pb2 import FileComplaintRequest
from hearthline.complaints.v1.complaints_pb2_grpc import ComplaintServiceStub
from hearthline.customers.v1.customers_pb2 import CreateCustomerRequest, Customer
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.interactions_pb2 import RecordInteractionRequest
from hearthline.customers.v1.interactions_pb2_grpc import InteractionServiceStub
from hearthline.customers.v1.premises_pb2 import CreatePremisesRequest, Premises
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1.tickets_pb2 import CreateTicketRequest
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from servicekit.client import connect
from servicekit.telemetry import sampled_trace

PATIENCE_S = 300.0
CHANNEL_AGE_S = 20.0
INTERVAL_S = 0.5
CALLERS = 2
HOUSES = 10
SAMPLED = 5
"""One call of so many is traced."""
STOP = Path("/tmp/stop")


@dataclass(frozen=True, slots=True)
class Kind:
    """A call that is made again and again."""

    service: str
    port: int
    send: Callable[[grpc.Channel], Callable[..., Any]]
    request: Callable[[str, int], Any]


def _interaction(id_: str, n: int) -> RecordInteractionRequest:
    return RecordInteractionRequest(
        customer=f"customers/e2e-{n}", channel="counter", agent="staff/1007", summary=f"e2e-{id_}", request_id=id_
    )


def _ticket(id_: str, n: int) -> CreateTicketRequest:
    return CreateTicketRequest(
        customer=f"customers/e2e-{n}",
        premises=f"premises/e2e-{n}",
        commodity="heat",
        category="low_temperature",
        severity="minor",
        urgency="routine",
        channel="counter",
        summary=f"e2e-{id_}",
        request_id=id_,
    )


def _complaint(id_: str, n: int) -> FileComplaintRequest:
    return FileComplaintRequest(
        subject=f"e2e-{id_}", customer=f"customers/e2e-{n}", channel="counter", severity="minor", request_id=id_
    )


KINDS = (
    Kind("customers", 50051, lambda c: InteractionServiceStub(c).RecordInteraction, _interaction),
    Kind("workorders", 50052, lambda c: TicketServiceStub(c).CreateTicket, _ticket),
    Kind("complaints", 50055, lambda c: ComplaintServiceStub(c).FileComplaint, _complaint),
)


def _channel(release: str, kind: Kind) -> grpc.Channel:
    return connect(f"dns:///{release}-{kind.service}:{kind.port}", "staff/1007", ("system", "agent", "supervisor"))


def _acknowledged(send: Callable[..., Any], request: Any, traceparent: str) -> tuple[Any, dict[str, int]]:
    """The reply, None when patience ended; and how often which status came before."""
    refused: dict[str, int] = {}
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        try:
            return send(request, timeout=5, metadata=(("traceparent", traceparent),)), refused
        except grpc.RpcError as error:
            refused[error.code().name] = refused.get(error.code().name, 0) + 1
            time.sleep(0.3)
    return None, refused


def _call(release: str, kind: Kind, number: int) -> None:
    """One caller's day."""
    count = 0
    while not STOP.exists():
        with _channel(release, kind) as channel:
            send, old = kind.send(channel), time.monotonic() + CHANNEL_AGE_S
            while time.monotonic() < old and not STOP.exists():
                count += 1
                id_, started = str(uuid4()), time.time()
                flags = "01" if count % SAMPLED == 0 else "00"
                reply, refused = _acknowledged(send, kind.request(id_, count % HOUSES), sampled_trace()[:-2] + flags)
                took = time.time() - started
                name = reply.name if reply else ""
                told = {"service": kind.service, "id": id_, "name": name, "at": started, "s": took, "refused": refused}
                # One write: threads would mix the line with its end.
                sys.stdout.write(json.dumps(told) + "\n")
                time.sleep(max(INTERVAL_S - took, 0))


def _prepare(release: str) -> None:
    with _channel(release, KINDS[0]) as channel:
        customers, premises = CustomerServiceStub(channel), PremisesServiceStub(channel)
        person = Customer(display_name="e2e", kind=Customer.KIND_PERSON, segment=Customer.SEGMENT_RESIDENT)
        for n in range(HOUSES):
            name, id_ = f"e2e-{n}", str(uuid4())
            home = CreatePremisesRequest(premises_id=name, premises=Premises(address=name), request_id=str(uuid4()))
            _acknowledged(premises.CreatePremises, home, sampled_trace())
            guest = CreateCustomerRequest(customer_id=name, customer=person, request_id=id_)
            _acknowledged(customers.CreateCustomer, guest, sampled_trace())


def main(release: str) -> None:
    """Prepares houses and customers, then calls."""
    _prepare(release)
    callers = [
        threading.Thread(target=_call, args=(release, kind, number)) for kind in KINDS for number in range(CALLERS)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    print(json.dumps({"done": True}))


main(sys.argv[1])
