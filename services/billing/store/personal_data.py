"""All rows that concern one customer, to be handed over; the law has them kept, so none is erased (C9)."""

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from billing.store.tables import accounts, charges, payments
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

_ACCOUNTS = select(accounts).where(accounts.c.customer_id == bindparam("customer")).order_by(accounts.c.id)
_THEIRS = select(accounts.c.id).where(accounts.c.customer_id == bindparam("customer"))
# By the account, which has an index; a charge and a payment belong to the customer of theirs.
_CHARGES = select(charges).where(charges.c.account_id.in_(_THEIRS)).order_by(charges.c.post_time, charges.c.id)
_PAYMENTS = select(payments).where(payments.c.account_id.in_(_THEIRS)).order_by(payments.c.post_time, payments.c.id)


def accounts_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_ACCOUNTS, {"customer": customer_id})


def charges_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_CHARGES, {"customer": customer_id})


def payments_of(uow: UnitOfWork, customer_id: str) -> Sequence[AnyRow]:
    return uow.rows(_PAYMENTS, {"customer": customer_id})
