"""Opening accounts, by call or by a new service agreement; suspending and resuming them (B1)."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from billing.domain.account import Account, AccountState
from billing.domain.charge import Charge, taken_back
from billing.domain.ledger import EntryKind
from billing.domain.money import Money
from billing.domain.payment import past_time
from billing.handlers import facts
from billing.handlers.judging import retry_waiting
from billing.handlers.posting import post
from billing.store.accounts import add_account, before_opening, lock_known_account, lock_opening
from billing.store.charges import save_charge, season_charges
from billing.store.names import id_of
from hearthline.customers.v1.events_pb2 import ServiceAgreementStarted
from servicekit.cloudevents import Event
from servicekit.errors import AlreadyExists
from servicekit.etags import check_etag
from servicekit.ids import new_id
from servicekit.times import instant
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class OpenAccount:
    """A new account; an empty id means that of the agreement, or else a new one."""

    account_id: str
    customer: str
    premises: str
    service_agreement: str
    commodity: str
    currency: str
    open_time: datetime | None


@dataclass(frozen=True, slots=True)
class ChangeService:
    """Service stops, or goes on, on a day."""

    account_id: str
    etag: str
    reason: str
    day: date
    base_percent: int


def open_account(uow: UnitOfWork, command: OpenAccount) -> Account:
    """Opens it, and posts what banks had reported for it before."""
    past_time(command.open_time, uow.now, "open_time")
    account = _new_account(command, uow.now)
    lock_opening(uow, account.id)
    taken, is_awaited = before_opening(uow, account.id, command.service_agreement)
    if taken:
        raise AlreadyExists(f"accounts/{taken}", f"accounts/{taken} is the account of {command.service_agreement}")
    return uow.commit(_open(uow, account, is_awaited))


@dataclass(frozen=True, slots=True)
class AccountOpening:
    """The use case that follows a new service agreement; accounts are kept in `currency`."""

    currency: str

    def on_agreement_started(self, uow: UnitOfWork, event: Event[ServiceAgreementStarted]) -> None:
        """The account of an agreement has its id; one that a call opened before stays."""
        fact = event.data
        command = OpenAccount(
            account_id=id_of(fact.service_agreement),
            customer=fact.customer,
            premises=fact.premises,
            service_agreement=fact.service_agreement,
            commodity=fact.commodity,
            currency=self.currency,
            open_time=instant(fact.start_time),
        )
        account = _new_account(command, event.time)
        lock_opening(uow, account.id)
        taken, is_awaited = before_opening(uow, account.id, fact.service_agreement)
        if not taken:
            _open(uow, account, is_awaited)


def _new_account(command: OpenAccount, now: datetime) -> Account:
    return Account(
        id=command.account_id or id_of(command.service_agreement) or new_id(),
        customer=command.customer,
        premises=command.premises,
        service_agreement=command.service_agreement,
        commodity=command.commodity,
        state=AccountState.OPEN,
        balance=Money(0, command.currency),
        open_time=command.open_time or now,
        create_time=now,
        update_time=now,
    )


def _open(uow: UnitOfWork, account: Account, is_awaited: bool) -> Account:
    add_account(uow, account)
    facts.account_opened(uow, account)
    if not is_awaited:
        return account
    retry_waiting(uow, None, account.name)
    return lock_known_account(uow, account.id)


def suspend_account(uow: UnitOfWork, command: ChangeService) -> Account:
    """Credits the unserved part of every season's charge, but for the base fee."""
    account = lock_known_account(uow, command.account_id)
    check_etag(account.name, command.etag, account.version)
    parts = [(c, *c.suspend(command.day, command.base_percent)) for c in season_charges(uow, account.id)]
    changed, credit = _repost(uow, account.suspend(uow.now), parts, EntryKind.SUSPENSION, command.reason)
    facts.account_suspended(uow, changed, credit, command.reason)
    return uow.commit(changed)


def resume_account(uow: UnitOfWork, command: ChangeService) -> Account:
    """Charges the rest of every season again."""
    account = lock_known_account(uow, command.account_id)
    check_etag(account.name, command.etag, account.version)
    parts = [(c, *c.resume(command.day, command.base_percent)) for c in season_charges(uow, account.id)]
    changed, charged = _repost(uow, account.resume(uow.now), parts, EntryKind.RESUMPTION, command.reason)
    facts.account_resumed(uow, changed, charged, command.reason)
    return uow.commit(changed)


def _repost(
    uow: UnitOfWork, account: Account, parts: list[tuple[Charge, Charge, Money]], kind: EntryKind, why: str
) -> tuple[Account, Money]:
    """Posts the moved amounts and stores their charges; returns the account and the sum."""
    total = Money(0, account.currency)
    entries = []
    for before, after, amount in parts:
        if amount.amount:
            signed = amount if kind is EntryKind.SUSPENSION else -amount
            entries.append(taken_back(kind, before, signed, new_id(), why, uow.now))
            save_charge(uow, replace(after, version=before.version))
            total = total + amount
    return post(uow, account, *entries), total
