"""CustomerService."""

import grpc
from sqlalchemy import ColumnElement

from customers.api.batches import outcomes_to_proto
from customers.api.views import CHANNELS, KINDS, SEGMENTS, customer_to_proto, entry_to_proto
from customers.domain.customer import Contact, Kind, Segment
from customers.handlers.batches import Outcome
from customers.handlers.customers import CreateCustomer, Registry, UpdateCustomer
from customers.handlers.interactions import Reception
from customers.store.customers import CUSTOMERS, called, customer_of, get_customer, living_at, living_in
from customers.store.tables import customers, timeline
from customers.store.timeline import TIMELINE
from hearthline.customers.v1 import customers_pb2 as pb
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceServicer
from servicekit.calls import Rpc
from servicekit.errors import InvalidArgument
from servicekit.names import optional_id, resource_id
from servicekit.uow import UnitOfWork
from servicekit.update_masks import mask_of

_UPDATABLE = ("display_name", "kind", "segment", "contacts")


class CustomerApi(CustomerServiceServicer):
    """See customers.proto."""

    def __init__(self, rpc: Rpc, registry: Registry, reception: Reception) -> None:
        self._rpc = rpc
        self._registry = registry
        self._reception = reception

    def CreateCustomer(self, request: pb.CreateCustomerRequest, context: grpc.ServicerContext) -> pb.Customer:
        return self._rpc.command(request, self._registry.create, _creation(request), render=customer_to_proto)

    def BatchCreateCustomers(
        self, request: pb.BatchCreateCustomersRequest, context: grpc.ServicerContext
    ) -> pb.BatchCreateCustomersResponse:
        commands = [_creation(each) for each in request.requests]
        return self._rpc.command(request, self._registry.create_many, commands, render=_batch)

    def GetCustomer(self, request: pb.GetCustomerRequest, context: grpc.ServicerContext) -> pb.Customer:
        with self._rpc.reading() as uow:
            CUSTOMERS.check_reach(uow, request.name)
            return customer_to_proto(get_customer(uow, resource_id(request.name, "customers")))

    def ListCustomers(
        self, request: pb.ListCustomersRequest, context: grpc.ServicerContext
    ) -> pb.ListCustomersResponse:
        with self._rpc.reading() as uow:
            page = CUSTOMERS.page(uow, request)
        found = [customer_to_proto(customer_of(row)) for row in page.rows]
        return pb.ListCustomersResponse(customers=found, next_page_token=page.next_page_token)

    def UpdateCustomer(self, request: pb.UpdateCustomerRequest, context: grpc.ServicerContext) -> pb.Customer:
        command = UpdateCustomer(
            resource_id(request.customer.name, "customers", field="customer.name"),
            request.customer.etag,
            mask_of(request, _UPDATABLE),
            _creation(pb.CreateCustomerRequest(customer=request.customer)),
        )
        return self._rpc.command(request, self._registry.update, command, render=customer_to_proto)

    def SearchCustomers(
        self, request: pb.SearchCustomersRequest, context: grpc.ServicerContext
    ) -> pb.SearchCustomersResponse:
        with self._rpc.reading() as uow:
            page = CUSTOMERS.page(uow, request, *self._conditions(uow, request))
        found = [customer_to_proto(customer_of(row)) for row in page.rows]
        return pb.SearchCustomersResponse(customers=found, next_page_token=page.next_page_token)

    def FindCustomersByContact(
        self, request: pb.FindCustomersByContactRequest, context: grpc.ServicerContext
    ) -> pb.FindCustomersByContactResponse:
        with self._rpc.reading() as uow:
            ids = self._reception.recognise(uow, request.address)
            own = CUSTOMERS.own(uow)
            found = CUSTOMERS.query.where(customers.c.id.in_(ids), *own).order_by(customers.c.id)
            rows = uow.rows(found) if ids else ()
        return pb.FindCustomersByContactResponse(customers=[customer_to_proto(customer_of(row)) for row in rows])

    def ListTimelineEntries(
        self, request: pb.ListTimelineEntriesRequest, context: grpc.ServicerContext
    ) -> pb.ListTimelineEntriesResponse:
        customer_id = resource_id(request.parent, "customers", field="parent")
        with self._rpc.reading() as uow:
            CUSTOMERS.check_reach(uow, request.parent)
            get_customer(uow, customer_id)
            page = TIMELINE.page(uow, request, timeline.c.customer_id == customer_id)
        entries = [entry_to_proto(row, request.language_code) for row in page.rows]
        return pb.ListTimelineEntriesResponse(timeline_entries=entries, next_page_token=page.next_page_token)

    def _conditions(self, uow: UnitOfWork, request: pb.SearchCustomersRequest) -> list[ColumnElement[bool]]:
        conditions = []
        if request.name_query:
            conditions.append(called(uow, request.name_query))
        if request.address_query:
            conditions.append(living_at(request.address_query))
        if request.phone_query:
            conditions.append(customers.c.id.in_(self._reception.recognise(uow, request.phone_query)))
        if cell_id := optional_id(request.cell, "cells", field="cell"):
            conditions.append(living_in(cell_id))
        if not conditions:
            raise InvalidArgument("name_query", "one of name_query, address_query, phone_query and cell is required")
        return conditions


def _creation(request: pb.CreateCustomerRequest) -> CreateCustomer:
    customer = request.customer
    contacts = tuple(
        Contact(
            CHANNELS[c.channel], c.address, c.language_code or "zh-CN", c.consented, c.preferred, c.extension, c.written
        )
        for c in customer.contacts
    )
    return CreateCustomer(
        request.customer_id,
        customer.display_name,
        KINDS.get(customer.kind, Kind.PERSON),
        SEGMENTS.get(customer.segment, Segment.RESIDENT),
        contacts,
    )


def _batch(outcomes: list[Outcome]) -> pb.BatchCreateCustomersResponse:
    return pb.BatchCreateCustomersResponse(outcomes=outcomes_to_proto(outcomes))
