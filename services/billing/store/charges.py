"""Charges in rows."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import bindparam, select

from billing.domain.charge import Charge, ChargeKind, Period, Usage
from billing.domain.money import Money
from billing.store.names import id_of, name_of
from billing.store.tables import charges
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow, ids_in
from servicekit.uow import UnitOfWork

CHARGES = Listing(
    select(charges),
    {
        "account": charges.c.account_id,
        "customer": charges.c.customer_id,
        "kind": charges.c.kind,
        "commodity": charges.c.commodity,
        "amount": charges.c.amount,
        "post_time": charges.c.post_time,
        "due_time": charges.c.due_time,
    },
    key=charges.c.id,
    resource={"account": "accounts", "customer": "customers"},
    enums={"kind": ChargeKind},
    order_by="post_time",
    owners={"customer": charges.c.customer_id},
)

_STANDING = (
    select(charges)
    .where(ids_in(charges.c.account_id), charges.c.is_exclusive)
    .where(charges.c.period_start < bindparam("end"), charges.c.period_end > bindparam("start"))
    .order_by(charges.c.post_time, charges.c.id)
)

_OF_SEASONS = (
    select(charges)
    .where(charges.c.account_id == bindparam("account_id"), charges.c.kind == ChargeKind.SEASON.value)
    .order_by(charges.c.post_time, charges.c.id)
)


def get_charge(uow: UnitOfWork, charge_id: str) -> Charge:
    """A charge; NotFound when there is none."""
    row = uow.get(charges, charge_id)
    if row is None:
        raise NotFound(f"charges/{charge_id}")
    return charge_of(row)


def season_charges(uow: UnitOfWork, account_id: str) -> list[Charge]:
    """The seasons' charges of an account, oldest first."""
    return [charge_of(row) for row in uow.rows(_OF_SEASONS, {"account_id": account_id})]


def charges_in_the_way(uow: UnitOfWork, wanted: Sequence[Charge]) -> list[Charge]:
    """The charges of these accounts, whose locks the unit holds, that may keep the wanted ones away; oldest first."""
    once = [(charge.account_id, charge.period) for charge in wanted if charge.is_exclusive and charge.period]
    if not once:
        return []
    names = {
        "ids": sorted({account_id for account_id, _ in once}),
        "start": min(period.start for _, period in once),
        "end": max(period.end for _, period in once),
    }
    return [charge_of(row) for row in uow.rows(_STANDING, names)]


def add_charge(uow: UnitOfWork, charge: Charge) -> None:
    """Stores a new charge; AlreadyExists at commit when its id is taken."""
    usage = charge.usage
    row: dict[str, Any] = {
        "id": charge.id,
        "account_id": charge.account_id,
        "customer_id": id_of(charge.customer),
        "commodity": charge.commodity,
        "kind": charge.kind.value,
        "amount": charge.amount.amount,
        "currency": charge.amount.currency,
        "description": charge.description,
        "period_start": charge.period.start if charge.period else None,
        "period_end": charge.period.end if charge.period else None,
        "usage": _usage(usage) if usage else None,
        "due_time": charge.due_time,
        "reduced": charge.reduced,
        "suspended": charge.suspended,
        "entry_id": charge.entry_id,
        "post_time": charge.post_time,
        "is_exclusive": charge.is_exclusive,
        "version": charge.version,
    }
    uow.insert(charges, row)


def save_charge(uow: UnitOfWork, charge: Charge) -> None:
    """Stores a changed charge that was read at `charge.version`."""
    changes = {"reduced": charge.reduced, "suspended": charge.suspended, "is_exclusive": charge.is_exclusive}
    uow.update(charges, {"id": charge.id}, changes, version=charge.version)


def _usage(usage: Usage) -> dict[str, str]:
    return {"quantity": f"{usage.quantity:f}", "unit": usage.unit, "unit_price": f"{usage.unit_price:f}"}


def charge_of(row: AnyRow) -> Charge:
    """The charge that a row holds."""
    usage = row.usage
    return Charge(
        id=row.id,
        account_id=row.account_id,
        customer=name_of("customers", row.customer_id),
        commodity=row.commodity,
        kind=ChargeKind(row.kind),
        amount=Money(row.amount, row.currency),
        description=row.description,
        entry_id=row.entry_id,
        post_time=row.post_time,
        period=Period(row.period_start, row.period_end) if row.period_start else None,
        usage=Usage(Decimal(usage["quantity"]), usage["unit"], Decimal(usage["unit_price"])) if usage else None,
        due_time=row.due_time,
        reduced=row.reduced,
        suspended=row.suspended,
        is_exclusive=row.is_exclusive,
        version=row.version,
    )
