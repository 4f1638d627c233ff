"""A running customers service with stubs, and the requests that tests make."""

from dataclasses import dataclass
from typing import Any

import grpc

from customers.bootstrap import service
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.agreements_pb2_grpc import AgreementServiceStub
from hearthline.customers.v1.cells_pb2_grpc import CellServiceStub
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.interactions_pb2_grpc import InteractionServiceStub
from hearthline.customers.v1.network_pb2_grpc import NetworkServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from tests.support.running import RunningService, Starter


@dataclass(frozen=True)
class Desk:
    """Stubs of all servicers of one running service."""

    svc: RunningService

    def __getattr__(self, name: str) -> Any:
        kinds = {
            "customers": CustomerServiceStub,
            "premises": PremisesServiceStub,
            "network": NetworkServiceStub,
            "cells": CellServiceStub,
            "agreements": AgreementServiceStub,
            "interactions": InteractionServiceStub,
        }
        return kinds[name](self.svc.channel)


def open_desk(start: Starter, work: bool = False) -> Desk:
    return Desk(start(service, work=work))


def person(
    identifier: str = "", name: str = "王伟", phone: str = "13800138000", **more: Any
) -> pb.CreateCustomerRequest:
    contact = pb.Contact(channel=pb.Contact.CHANNEL_SMS, address=phone, consented=True, preferred=True)
    customer = pb.Customer(display_name=name, kind=pb.Customer.KIND_PERSON, contacts=[contact])
    return pb.CreateCustomerRequest(customer_id=identifier, customer=customer, **more)


def refusal(call: grpc.RpcError) -> tuple[grpc.StatusCode, str]:
    """Code and text of a refused call."""
    return call.code(), call.details() or ""
