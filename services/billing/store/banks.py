"""Banks and their keys in rows."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from billing.domain.bank import Bank, BankKey
from billing.store.tables import banks
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

BANKS = Listing(select(banks), {"create_time": banks.c.create_time}, key=banks.c.id, owners={"bank": banks.c.id})


def find_bank(uow: UnitOfWork, bank_id: str) -> Bank | None:
    """A bank, or None."""
    row = uow.get(banks, bank_id)
    return bank_of(row) if row else None


def get_bank(uow: UnitOfWork, bank_id: str) -> Bank:
    """A bank; NotFound when there is none."""
    bank = find_bank(uow, bank_id)
    if bank is None:
        raise NotFound(f"banks/{bank_id}")
    return bank


def add_bank(uow: UnitOfWork, bank: Bank) -> None:
    """Stores a new bank; AlreadyExists at commit when its id is taken."""
    uow.insert(banks, {"id": bank.id, **_changes(bank), "create_time": bank.create_time, "version": bank.version})


def save_bank(uow: UnitOfWork, bank: Bank, version: int) -> None:
    """Stores a changed bank that was read at this version."""
    uow.update(banks, {"id": bank.id}, _changes(bank), version=version)


def _changes(bank: Bank) -> dict[str, Any]:
    keys = [
        {"kid": key.kid, "jwk": key.jwk, "valid_from": _text(key.valid_from), "valid_to": _text(key.valid_to)}
        for key in bank.keys
    ]
    return {"display_name": bank.display_name, "keys": keys, "update_time": bank.update_time}


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def bank_of(row: AnyRow) -> Bank:
    """The bank that a row holds."""
    keys = tuple(BankKey(k["kid"], k["jwk"], _time(k["valid_from"]), _time(k["valid_to"])) for k in row.keys)
    return Bank(row.id, row.display_name, row.create_time, row.update_time, keys, row.version)
