"""What the billing service holds on a customer: their accounts, charges and payments (C9).

Nothing of it is erased: books have to be kept, and they name no person, only the id of one who is forgotten.
"""

from collections.abc import Iterator, Sequence

from google.protobuf.message import Message

from billing.api.views import account_to_proto, charge_to_proto, payment_to_proto
from billing.store.accounts import account_of
from billing.store.charges import charge_of
from billing.store.payments import payment_of
from billing.store.personal_data import accounts_of, charges_of, payments_of
from servicekit.personal_data import Holdings, Obstacle
from servicekit.uow import UnitOfWork


def _gather(uow: UnitOfWork, customer_id: str) -> Iterator[Message]:
    yield from (account_to_proto(account_of(row)) for row in accounts_of(uow, customer_id))
    yield from (charge_to_proto(charge_of(row)) for row in charges_of(uow, customer_id))
    yield from (payment_to_proto(payment_of(row)) for row in payments_of(uow, customer_id))


def _obstacles(uow: UnitOfWork, customer_id: str) -> Sequence[Obstacle]:
    """What the customer owes us, and what we owe the customer."""
    unsettled = [row.id for row in accounts_of(uow, customer_id) if row.balance]
    return [Obstacle("ACCOUNT_UNSETTLED", f"accounts/{account}") for account in unsettled]


def _keep(uow: UnitOfWork, customer_id: str) -> None:
    """The books stay."""


HOLDINGS = Holdings(_gather, _keep, _obstacles)
