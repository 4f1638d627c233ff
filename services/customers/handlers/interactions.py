"""Recording calls, visits and messages (C7)."""

from dataclasses import dataclass
from datetime import datetime

from customers import facts
from customers.domain.interaction import Interaction, Outcome
from customers.handlers.contacts import AddressBook
from customers.store.customers import CUSTOMERS, check_known, reached_at
from customers.store.interactions import add_interaction
from customers.store.premises import known_premises
from servicekit.errors import NotFound
from servicekit.ids import new_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class RecordInteraction:
    """What an agent notes; `customer_id` None to recognise the caller by the contact address."""

    customer_id: str | None
    premises_id: str | None
    channel: str
    contact_address: str
    agent: str
    summary: str
    confirmed_facts: tuple[str, ...]
    queue_seconds: int
    outcome: Outcome
    occur_time: datetime | None


class Reception:
    """Use cases of interactions."""

    def __init__(self, book: AddressBook) -> None:
        self._book = book

    def record(self, uow: UnitOfWork, command: RecordInteraction) -> Interaction:
        customer_id = self._caller(uow, command)
        CUSTOMERS.check_reach(uow, f"customers/{customer_id or ''}")
        if command.customer_id:
            check_known(uow, command.customer_id)
        if command.premises_id and not known_premises(uow, [command.premises_id]):
            raise NotFound(f"premises/{command.premises_id}")
        interaction = Interaction(
            new_id(),
            customer_id,
            command.premises_id,
            command.channel,
            command.contact_address,
            command.agent,
            command.summary,
            command.confirmed_facts,
            command.queue_seconds,
            command.outcome,
            command.occur_time or uow.now,
            uow.now,
        )
        add_interaction(uow, interaction)
        uow.emit(facts.interaction_recorded(interaction), interaction.name, 1)
        return uow.commit(interaction)

    def recognise(self, uow: UnitOfWork, address: str) -> list[str]:
        """Ids of all customers who can be reached at an address, however it is written."""
        forms = self._book.forms(address)
        return reached_at(uow, forms) if forms else []

    def _caller(self, uow: UnitOfWork, command: RecordInteraction) -> str | None:
        """Given by the agent, or recognised when exactly one customer fits."""
        if command.customer_id:
            return command.customer_id
        found = self.recognise(uow, command.contact_address) if command.contact_address else []
        return found[0] if len(found) == 1 else None
