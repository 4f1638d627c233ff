"""What a row becomes and how a batch of them is sent; the services judge each entry on its own."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from hearthline.customers.v1 import agreements_pb2, customers_pb2, premises_pb2
from hearthline.customers.v1.agreements_pb2_grpc import AgreementServiceStub
from hearthline.customers.v1.customers_pb2_grpc import CustomerServiceStub
from hearthline.customers.v1.premises_pb2_grpc import PremisesServiceStub
from hearthline.workorders.v1.tickets_pb2 import BatchImportTicketsRequest, ImportedTicket
from hearthline.workorders.v1.tickets_pb2_grpc import TicketServiceStub
from hearthline_cli.importing.filling import fill, text_of
from hearthline_cli.importing.mapping import CustomerMapping, TicketMapping
from hearthline_cli.importing.reading import RowError
from servicekit.ids import derived_id

P = TypeVar("P")

_PATIENCE_S = 120.0
_MOST_BYTES = 3 * 1024 * 1024
"""Of one batch: services take 4 MiB a message, and long texts of 500 rows are more."""
_CONTACT_ADDRESS = re.compile(r"contacts\[(\d+)\]\.address")


class Done(Enum):
    """What became of a row that nothing was wrong with."""

    CREATED = auto()
    EXISTED = auto()


@dataclass(frozen=True, slots=True)
class Partly:
    """A row that was taken without some of what it says."""

    left_out: tuple[RowError, ...]


Outcome = Done | Partly | RowError


class Kind(Protocol[P]):
    """One kind of import."""

    def prepare(self, row: Mapping[str, str]) -> P:
        """What will be sent for a row; RowError."""
        ...

    def send(self, prepared: Sequence[P], request_id: str) -> list[Outcome]:
        """Sends a batch, and tells what became of each; sent again by the same id it tells the same."""
        ...


@dataclass(frozen=True, slots=True)
class Tickets:
    """Rows as tickets of an older system (W1)."""

    mapping: TicketMapping
    stub: TicketServiceStub

    def prepare(self, row: Mapping[str, str]) -> ImportedTicket:
        return fill(ImportedTicket(), self.mapping.ticket, row, self.mapping.source)

    def send(self, prepared: Sequence[ImportedTicket], request_id: str) -> list[Outcome]:
        def call(tickets: Sequence[ImportedTicket], identifier: str) -> Any:
            request = BatchImportTicketsRequest(tickets=tickets, request_id=identifier)
            return self.stub.BatchImportTickets(request, timeout=_PATIENCE_S)

        return _judged(call, prepared, request_id)


@dataclass(slots=True)
class Household:
    """All that one row says: where, who, since when, and what was recorded there."""

    premises: premises_pb2.CreatePremisesRequest
    customer: customers_pb2.CreateCustomerRequest | None = None
    agreement: agreements_pb2.StartServiceAgreementRequest | None = None
    history: premises_pb2.PremisesHistory | None = None
    outcomes: list[Outcome] = field(default_factory=list)

    def outcome(self) -> Outcome:
        """The row's own: refused when a part of it was, created when a part of it is new."""
        refused = next((o for o in self.outcomes if isinstance(o, RowError)), None)
        partly = next((o for o in self.outcomes if isinstance(o, Partly)), None)
        return refused or partly or (Done.CREATED if Done.CREATED in self.outcomes else Done.EXISTED)


@dataclass(frozen=True, slots=True)
class Households:
    """Rows as premises with their customers (C1)."""

    mapping: CustomerMapping
    channel: grpc.Channel

    def prepare(self, row: Mapping[str, str]) -> Household:
        mapping, source = self.mapping, self.mapping.source
        places = fill(premises_pb2.Premises(), mapping.premises, row, source)
        identifier = text_of("premises_id", mapping.premises["premises_id"], row)
        found = Household(premises_pb2.CreatePremisesRequest(premises_id=identifier, premises=places))
        _check_id("premises_id", identifier)
        if mapping.customer:
            self._add_customer(found, row)
        if mapping.history:
            # What the import names itself goes in first: the proto asks for it.
            history = premises_pb2.PremisesHistory(premises=f"premises/{identifier}")
            found.history = fill(history, mapping.history, row, source)
        return found

    def send(self, prepared: Sequence[Household], request_id: str) -> list[Outcome]:
        premises, people = PremisesServiceStub(self.channel), CustomerServiceStub(self.channel)
        agreements = AgreementServiceStub(self.channel)
        pb, who, since = premises_pb2, customers_pb2, agreements_pb2
        steps: tuple[tuple[str, Callable[..., Any], Callable[..., Any], str], ...] = (
            ("premises", premises.BatchCreatePremises, pb.BatchCreatePremisesRequest, "requests"),
            ("customer", people.BatchCreateCustomers, who.BatchCreateCustomersRequest, "requests"),
            ("agreement", agreements.BatchStartServiceAgreements, since.BatchStartServiceAgreementsRequest, "requests"),
            ("history", premises.BatchRecordPremisesHistory, pb.BatchRecordPremisesHistoryRequest, "entries"),
        )
        for part, rpc, request, entries in steps:
            # A part hangs on those before it.
            going = [each for each in prepared if getattr(each, part) is not None and not _is_refused(each)]

            def call(batch: Sequence[Message], identifier: str) -> Any:
                return rpc(request(request_id=identifier, **{entries: batch}), timeout=_PATIENCE_S)  # noqa: B023

            outcomes = _judged(call, [getattr(each, part) for each in going], derived_id(request_id, part))
            for each, outcome in zip(going, outcomes, strict=True):
                each.outcomes.append(_with_address(each, outcome))
        return [each.outcome() for each in prepared]

    def _add_customer(self, found: Household, row: Mapping[str, str]) -> None:
        mapping, source = self.mapping, self.mapping.source
        customer = customers_pb2.Customer()
        for contact in mapping.contacts:
            # Nobody is refused for having no second telephone.
            if text_of("address", contact["address"], row):
                customer.contacts.append(fill(customers_pb2.Contact(), contact, row, source))
        fill(customer, mapping.customer, row, source)
        identifier = text_of("customer_id", mapping.customer["customer_id"], row)
        _check_id("customer_id", identifier)
        found.customer = customers_pb2.CreateCustomerRequest(customer_id=identifier, customer=customer)
        if mapping.agreement:
            place = f"premises/{found.premises.premises_id}"
            agreement = agreements_pb2.StartServiceAgreementRequest(customer=f"customers/{identifier}", premises=place)
            found.agreement = fill(agreement, mapping.agreement, row, source)
            _check_id("service_agreement_id", found.agreement.service_agreement_id)


def _is_refused(household: Household) -> bool:
    return any(isinstance(outcome, RowError) for outcome in household.outcomes)


def _with_address(household: Household, outcome: Outcome) -> Outcome:
    """Contacts that were refused with their own addresses: the premises have a field of that name, too."""
    if isinstance(outcome, Partly):
        return Partly(tuple(_addressed(household, error) for error in outcome.left_out))
    return _addressed(household, outcome) if isinstance(outcome, RowError) else outcome


def _addressed(household: Household, error: RowError) -> RowError:
    found = _CONTACT_ADDRESS.fullmatch(error.field)
    if not (found and household.customer):
        return error
    return RowError(error.field, error.rule, household.customer.customer.contacts[int(found[1])].address)


def _check_id(name: str, identifier: str) -> None:
    if not identifier:
        raise RowError(name, "is empty; without it a second run would bring the row again")


def _judged(call: Callable[[Sequence[Any], str], Any], entries: Sequence[Any], request_id: str) -> list[Outcome]:
    """What became of each entry.

    A batch that is too large for a message is sent by halves; so is one that is refused as a whole, until it is
    known for which entry.
    """
    if not entries:
        return []
    if len(entries) > 1 and sum(entry.ByteSize() for entry in entries) > _MOST_BYTES:
        return _judged_by_halves(call, entries, request_id)
    try:
        return [_outcome(outcome) for outcome in call(entries, request_id).outcomes]
    except grpc.RpcError as error:
        if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
            raise
        if len(entries) == 1:
            return [RowError("row", error.details() or "was refused")]
    return _judged_by_halves(call, entries, request_id)


def _judged_by_halves(
    call: Callable[[Sequence[Any], str], Any], entries: Sequence[Any], request_id: str
) -> list[Outcome]:
    half = len(entries) // 2
    halves = ((entries[:half], "first"), (entries[half:], "second"))
    return [o for part, name in halves for o in _judged(call, part, derived_id(request_id, name))]


def _outcome(outcome: Any) -> Outcome:
    # CREATED is 1 and EXISTS 2 wherever a batch tells of its entries.
    if outcome.result == 1:
        left_out = tuple(RowError(each.field, each.rule) for each in getattr(outcome, "left_out", ()))
        return Partly(left_out) if left_out else Done.CREATED
    return Done.EXISTED if outcome.result == 2 else RowError(outcome.field, outcome.rule)


def batches(entries: Iterator[P], size: int) -> Iterator[list[P]]:
    """Lists of at most `size`, in order."""
    batch: list[P] = []
    for entry in entries:
        batch.append(entry)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
