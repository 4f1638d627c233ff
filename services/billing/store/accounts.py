"""Accounts in rows."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, exists, func, select

from billing.domain.account import Account, AccountState
from billing.domain.bank_record import RecordState
from billing.domain.money import Money
from billing.store.names import id_of, name_of
from billing.store.tables import accounts, bank_records
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow, by_id, ids_in
from servicekit.uow import UnitOfWork

ACCOUNTS = Listing(
    select(accounts),
    {
        "customer": accounts.c.customer_id,
        "premises": accounts.c.premises_id,
        "service_agreement": accounts.c.service_agreement_id,
        "commodity": accounts.c.commodity,
        "state": accounts.c.state,
        "balance": accounts.c.balance,
        "open_time": accounts.c.open_time,
        "create_time": accounts.c.create_time,
    },
    key=accounts.c.id,
    resource={"customer": "customers", "premises": "premises", "service_agreement": "serviceAgreements"},
    enums={"state": AccountState},
    owners={"customer": accounts.c.customer_id},
)

_ONE_LOCKED = by_id(accounts).with_for_update()
_SEVERAL = select(accounts).where(ids_in(accounts.c.id)).order_by(accounts.c.id)
_SEVERAL_LOCKED = _SEVERAL.with_for_update()
_TURN = select(func.pg_advisory_xact_lock(func.hashtextextended(bindparam("account"), 0)))
# The index has the accounts with an agreement only, and is taken by a query that says so.
_OF_AGREEMENT = (accounts.c.service_agreement_id == bindparam("agreement"), accounts.c.service_agreement_id != "")
_BEFORE_OPENING = select(
    select(accounts.c.id).where(*_OF_AGREEMENT).scalar_subquery(),
    exists().where(bank_records.c.state == RecordState.WAITING.value, bank_records.c.awaiting == bindparam("account")),
)


def get_account(uow: UnitOfWork, account_id: str) -> Account:
    """An account; NotFound when there is none."""
    row = uow.get(accounts, account_id)
    if row is None:
        raise NotFound(f"accounts/{account_id}")
    return account_of(row)


def lock_account(uow: UnitOfWork, account_id: str) -> Account | None:
    """An account, which nobody else can post to until the unit ends; None when there is none."""
    row = uow.lock_one(_ONE_LOCKED, {"id": account_id})
    return account_of(row) if row else None


def lock_known_account(uow: UnitOfWork, account_id: str) -> Account:
    """As `lock_account`; NotFound when there is none."""
    account = lock_account(uow, account_id)
    if account is None:
        raise NotFound(f"accounts/{account_id}")
    return account


def lock_accounts(uow: UnitOfWork, account_ids: Iterable[str]) -> dict[str, Account]:
    """Several accounts, locked in one order whoever asks; NotFound names the first that there is not."""
    wanted = sorted(set(account_ids))
    uow.lock_one(_SEVERAL_LOCKED, {"ids": wanted})
    found = {row.id: account_of(row) for row in uow.rows(_SEVERAL, {"ids": wanted})}
    for account_id in wanted:
        if account_id not in found:
            raise NotFound(f"accounts/{account_id}")
    return found


def lock_opening(uow: UnitOfWork, account_id: str) -> None:
    """Lets whoever opens this account and whoever misses it go one after the other, so that no payment is
    left waiting for an account that was opened at the same moment."""
    uow.lock_one(_TURN, {"account": f"accounts/{account_id}"})


def before_opening(uow: UnitOfWork, account_id: str, agreement: str) -> tuple[str, bool]:
    """Id of the account that the agreement has already, if any; and whether banks' records wait for the new one."""
    names = {"agreement": id_of(agreement) or None, "account": f"accounts/{account_id}"}
    ((found, waiting),) = uow.rows(_BEFORE_OPENING, names)
    return found or "", waiting


def add_account(uow: UnitOfWork, account: Account) -> None:
    """Stores a new account."""
    uow.insert(accounts, _values(account))


def save_account(uow: UnitOfWork, account: Account) -> None:
    """Stores a changed account that was read at `account.version`."""
    changes = {
        "state": account.state.value,
        "balance": account.balance.amount,
        "suspend_time": account.suspend_time,
        "update_time": account.update_time,
    }
    uow.update(accounts, {"id": account.id}, changes, version=account.version)


def save_locked(uow: UnitOfWork, changed: Iterable[Account]) -> None:
    """Stores many changed accounts at once; the unit must hold their locks."""
    for account in changed:
        uow.upsert(accounts, _values(account) | {"version": account.version + 1}, key=["id"], newer="version")


def _values(account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "customer_id": id_of(account.customer),
        "premises_id": id_of(account.premises),
        "service_agreement_id": id_of(account.service_agreement),
        "commodity": account.commodity,
        "currency": account.currency,
        "state": account.state.value,
        "balance": account.balance.amount,
        "open_time": account.open_time,
        "suspend_time": account.suspend_time,
        "create_time": account.create_time,
        "update_time": account.update_time,
        "version": account.version,
    }


def account_of(row: AnyRow) -> Account:
    """The account that a row holds."""
    return Account(
        id=row.id,
        customer=name_of("customers", row.customer_id),
        premises=name_of("premises", row.premises_id),
        service_agreement=name_of("serviceAgreements", row.service_agreement_id),
        commodity=row.commodity,
        state=AccountState(row.state),
        balance=Money(row.balance, row.currency),
        open_time=row.open_time,
        create_time=row.create_time,
        update_time=row.update_time,
        suspend_time=row.suspend_time,
        version=row.version,
    )
