"""Registering partner banks and rotating their keys (B2)."""

from dataclasses import dataclass, replace

from billing.domain.bank import Bank, BankKey
from billing.signatures import public_key
from billing.store.banks import add_bank, get_bank, save_bank
from servicekit.errors import FailedPrecondition
from servicekit.etags import check_etag
from servicekit.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class CreateBank:
    """A new partner; `configured` are the banks whose topics the service reads."""

    bank_id: str
    display_name: str
    keys: tuple[BankKey, ...]
    configured: frozenset[str]


@dataclass(frozen=True, slots=True)
class UpdateBank:
    """A change; None leaves a field as it is."""

    bank_id: str
    etag: str
    display_name: str | None
    keys: tuple[BankKey, ...] | None


def create_bank(uow: UnitOfWork, command: CreateBank) -> Bank:
    bank = Bank(command.bank_id, command.display_name, uow.now, uow.now, command.keys)
    if bank.id not in command.configured:
        raise FailedPrecondition(
            "BANK_NOT_CONFIGURED", bank.name, "is not among HEARTHLINE_BANKS, whose topics the service reads"
        )
    add_bank(uow, _checked(bank))
    uow.audit(bank.name)
    return uow.commit(bank)


def update_bank(uow: UnitOfWork, command: UpdateBank) -> Bank:
    bank = get_bank(uow, command.bank_id)
    check_etag(bank.name, command.etag, bank.version)
    changed = replace(
        bank,
        display_name=bank.display_name if command.display_name is None else command.display_name,
        keys=bank.keys if command.keys is None else command.keys,
        update_time=uow.now,
        version=bank.version + 1,
    )
    save_bank(uow, _checked(changed), bank.version)
    uow.audit(bank.name)
    return uow.commit(changed)


def _checked(bank: Bank) -> Bank:
    for number, key in enumerate(bank.keys):
        public_key(key.jwk, f"bank.keys[{number}].jwk")
    return bank.check()
