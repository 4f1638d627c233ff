"""Charges: posted one at a time or by the hundred, reduced for good (B1)."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from billing.domain.account import Account
from billing.domain.charge import Charge, ChargeKind, Period, Usage, taken_back
from billing.domain.ledger import EntryKind
from billing.domain.money import Money, price
from billing.handlers import facts
from billing.handlers.posting import post
from billing.store.accounts import lock_accounts, lock_known_account, save_locked
from billing.store.charges import add_charge, charges_in_the_way, get_charge, save_charge
from billing.store.ledger import add_entry
from servicekit.errors import FailedPrecondition, InvalidArgument
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class PostCharge:
    """A charge to post; a metered one may leave its amount to be worked out."""

    account_id: str
    charge_id: str
    kind: ChargeKind
    amount: Money | None
    description: str
    period: Period | None
    usage: Usage | None
    due_time: datetime | None


@dataclass(frozen=True, slots=True)
class ReduceCharge:
    """A part of a charge to take back."""

    charge_id: str
    etag: str
    amount: Money
    reason: str


def post_charge(uow: UnitOfWork, command: PostCharge) -> Charge:
    account = lock_known_account(uow, command.account_id)
    charge = _charge(uow, account, command)
    charge.check_against(charges_in_the_way(uow, [charge]))
    post(uow, account, charge.entry())
    add_charge(uow, charge)
    facts.charge_posted(uow, charge)
    return uow.commit(charge)


def batch_post_charges(uow: UnitOfWork, commands: list[PostCharge]) -> list[Charge]:
    """All of them in one transaction; an error names the request by its number."""
    after = lock_accounts(uow, (command.account_id for command in commands))
    charges: list[Charge] = []
    for number, command in enumerate(commands):
        with _told_of(number):
            charge = _charge(uow, after[command.account_id], command)
            after[command.account_id] = after[command.account_id].posted(charge.entry(), uow.now)
            charges.append(charge)
    _check_against_each_other(charges, charges_in_the_way(uow, charges))
    for charge in charges:
        add_entry(uow, charge.entry())
        add_charge(uow, charge)
        facts.charge_posted(uow, charge)
    save_locked(uow, after.values())
    return uow.commit(charges)


def reduce_charge(uow: UnitOfWork, command: ReduceCharge) -> Charge:
    charge = get_charge(uow, command.charge_id)
    check_etag(charge.name, command.etag, charge.version)
    reduced = charge.reduce(command.amount)
    account = lock_known_account(uow, charge.account_id)
    post(uow, account, taken_back(EntryKind.REDUCTION, charge, command.amount, new_id(), command.reason, uow.now))
    save_charge(uow, reduced)
    reduced = replace(reduced, version=charge.version + 1)
    facts.charge_reduced(uow, reduced, command.amount, command.reason)
    return uow.commit(reduced)


@contextmanager
def _told_of(number: int) -> Iterator[None]:
    """Names the request of a batch in what is wrong with it."""
    try:
        yield
    except InvalidArgument as error:
        inside = [(f"requests[{number}].{field}", rule) for field, rule in error.violations]
        raise InvalidArgument.of(inside, error.reason) from error
    except FailedPrecondition as error:
        raise FailedPrecondition(error.reason, error.subject, f"{error.description} (requests[{number}])") from error


def _check_against_each_other(charges: list[Charge], standing: list[Charge]) -> None:
    """Each charge of a batch by what stands, and by those before it in the batch."""
    taken: dict[str, list[Charge]] = {}
    for charge in standing:
        taken.setdefault(charge.account_id, []).append(charge)
    for number, charge in enumerate(charges):
        others = taken.setdefault(charge.account_id, [])
        with _told_of(number):
            charge.check_against(others)
        others.append(charge)


def _charge(uow: UnitOfWork, account: Account, command: PostCharge) -> Charge:
    charge = Charge(
        id=command.charge_id or new_id(),
        account_id=account.id,
        customer=account.customer,
        commodity=account.commodity,
        kind=command.kind,
        amount=_amount(account, command),
        description=command.description,
        entry_id=new_id(),
        post_time=uow.now,
        period=command.period,
        usage=command.usage,
        due_time=command.due_time,
    )
    return charge.check(account)


def _amount(account: Account, command: PostCharge) -> Money:
    metered = None
    if command.usage is not None:
        metered = price(command.usage.quantity, command.usage.unit_price, account.currency)
    amount = command.amount or metered
    if amount is None:
        raise InvalidArgument("amount", "is required", reason="MISSING_FIELD")
    if metered is not None and amount != metered:
        raise InvalidArgument("amount", f"must be quantity times unit price, {metered}", reason="BAD_AMOUNT")
    return amount
