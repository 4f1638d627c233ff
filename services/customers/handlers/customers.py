"""Creating and changing customers."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from customers import facts
from customers.domain.customer import Contact, Customer, Kind, Segment
from customers.handlers.batches import Outcome, Taken, entry_id, take_each
from customers.handlers.contacts import AddressBook
from customers.store.customers import CUSTOMERS, add_customer, change_customer, get_customer, known_customers
from servicekit.errors import AlreadyExists
from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    """A customer to be; `id` empty for a new one."""

    id: str
    display_name: str
    kind: Kind
    segment: Segment
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class UpdateCustomer:
    """New values of the fields in `mask`."""

    id: str
    etag: str
    mask: frozenset[str]
    wanted: CreateCustomer


class Registry:
    """Use cases of customers."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book

    def create(self, uow: UnitOfWork, command: CreateCustomer) -> Customer:
        identifier = entry_id(command, "customers")
        if command.id and known_customers(uow, [identifier]):
            raise AlreadyExists(f"customers/{identifier}")
        return uow.commit(_add(uow, command, identifier, self._book.read(command.contacts).whole()))

    def create_many(self, uow: UnitOfWork, commands: Sequence[CreateCustomer]) -> list[Outcome]:
        existing = known_customers(uow, [c.id for c in commands if c.id])
        return uow.commit(take_each(commands, existing, "customers", partial(self._take, uow)))

    def update(self, uow: UnitOfWork, command: UpdateCustomer) -> Customer:
        CUSTOMERS.check_reach(uow, f"customers/{command.id}")
        customer = get_customer(uow, command.id)
        check_etag(customer.name, command.etag, customer.version)
        customer.check_is_known()
        wanted = {name: getattr(command.wanted, name) for name in command.mask - {"contacts"}}
        if "contacts" in command.mask:
            wanted["contacts"] = self._book.read(command.wanted.contacts).whole()
        changed = customer.changed(uow.now, **wanted)
        change_customer(uow, changed)
        uow.emit(facts.customer_updated(changed), changed.name, changed.version)
        return uow.commit(changed)

    def _take(self, uow: UnitOfWork, command: CreateCustomer, identifier: str) -> Taken:
        """Nobody is left out for a contact that cannot be: the customer comes without it."""
        read = self._book.read(command.contacts)
        _add(uow, command, identifier, read.contacts)
        return Taken(read.refused)


def _add(uow: UnitOfWork, command: CreateCustomer, identifier: str, contacts: tuple[Contact, ...]) -> Customer:
    customer = Customer(identifier, command.display_name, command.kind, command.segment, contacts, uow.now, uow.now)
    add_customer(uow, customer)
    uow.emit(facts.customer_registered(customer), customer.name, customer.version)
    return customer
