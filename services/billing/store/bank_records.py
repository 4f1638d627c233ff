"""What banks published, and who has which reference, in rows (B2)."""

from collections.abc import Sequence

from sqlalchemy import and_, bindparam, select

from billing.domain.account import Account
from billing.domain.bank_json import LARGEST_BYTES
from billing.domain.bank_record import BankRecord, Claim, RecordState, Verdict
from billing.domain.rejection import Reason
from billing.store.accounts import account_of
from billing.store.tables import accounts, bank_records, bank_references
from servicekit.errors import NotFound
from servicekit.listing import Listing
from servicekit.reads import AnyRow
from servicekit.uow import UnitOfWork

QUARANTINED = Listing(
    select(bank_records).where(bank_records.c.quarantined),
    {
        "bank": bank_records.c.bank_id,
        "bank_reference": bank_records.c.bank_reference,
        "state": bank_records.c.state,
        "reason": bank_records.c.reason,
        "receive_time": bank_records.c.receive_time,
    },
    key=bank_records.c.id,
    resource={"bank": "banks"},
    enums={"state": RecordState},
    choices={"reason": tuple(Reason)},
    order_by="receive_time",
    owners={"bank": bank_records.c.bank_id},
)


def find_record(uow: UnitOfWork, record_id: str) -> BankRecord | None:
    """A record, or None."""
    row = uow.get(bank_records, record_id)
    return record_of(row) if row else None


def get_quarantined(uow: UnitOfWork, record_id: str) -> BankRecord:
    """A record that was set aside at some time; NotFound for others."""
    record = find_record(uow, record_id)
    if record is None or not record.quarantined:
        raise NotFound(f"quarantinedEvents/{record_id}")
    return record


def waiting_records(uow: UnitOfWork, bank_id: str | None, awaiting: str) -> Sequence[BankRecord]:
    """Records that wait for this, of one bank or of all, in the order they came."""
    conditions = [bank_records.c.state == RecordState.WAITING.value, bank_records.c.awaiting == awaiting]
    if bank_id is not None:
        conditions.append(bank_records.c.bank_id == bank_id)
    query = select(bank_records).where(*conditions).order_by(bank_records.c.receive_time, bank_records.c.id)
    return [record_of(row) for row in uow.rows(query)]


def add_record(uow: UnitOfWork, record: BankRecord) -> None:
    """Stores a new record with its verdict; of a very large one the beginning."""
    row = {
        "id": record.id,
        "bank_id": record.bank,
        "place": record.place,
        "key": record.key,
        "content": record.content[:LARGEST_BYTES],
        "jws": record.jws,
        "bank_reference": record.bank_reference,
        "receive_time": record.receive_time,
        "version": record.version,
        **_judgement(record),
    }
    uow.insert(bank_records, row)


def save_record(uow: UnitOfWork, record: BankRecord) -> None:
    """Stores a new verdict on a record that was read at `record.version`."""
    uow.update(bank_records, {"id": record.id}, _judgement(record), version=record.version)


def _judgement(record: BankRecord) -> dict[str, object]:
    verdict = record.verdict
    return {
        "state": verdict.state.value,
        "reason": verdict.reason,
        "detail": verdict.detail,
        "quarantined": record.quarantined,
        "awaiting": verdict.awaiting,
        "late": verdict.late,
        "payment_id": verdict.payment_id,
        "judge_time": record.judge_time,
    }


def record_of(row: AnyRow) -> BankRecord:
    """The record that a row holds."""
    verdict = Verdict(RecordState(row.state), row.payment_id, row.awaiting, row.late, row.reason, row.detail)
    return BankRecord(
        id=row.id,
        bank=row.bank_id,
        place=row.place,
        key=row.key,
        content=bytes(row.content),
        jws=row.jws,
        bank_reference=row.bank_reference,
        receive_time=row.receive_time,
        judge_time=row.judge_time,
        verdict=verdict,
        quarantined=row.quarantined,
        version=row.version,
    )


_REFERENCE = and_(*(bank_references.c[name] == bindparam(name) for name in ("bank_id", "reference")))
_CLAIM = select(bank_references).where(_REFERENCE)
_ACCOUNT_AND_CLAIM = (
    select(accounts, *(column.label(f"claim_{column.name}") for column in bank_references.c))
    .outerjoin_from(accounts, bank_references, _REFERENCE)
    .where(accounts.c.id == bindparam("id"))
    .with_for_update(of=accounts)
)


def find_claim(uow: UnitOfWork, bank_id: str, reference: str) -> Claim | None:
    """Who has this reference."""
    row = uow.row(_CLAIM, {"bank_id": bank_id, "reference": reference})
    return _claim_of(row) if row else None


def lock_account_and_claim(
    uow: UnitOfWork, account_id: str, bank_id: str, reference: str
) -> tuple[Account | None, Claim | None]:
    """An account, locked until the unit ends, and who has the reference: one round trip where there is an account."""
    row = uow.lock_one(_ACCOUNT_AND_CLAIM, {"id": account_id, "bank_id": bank_id, "reference": reference})
    if row is None:
        return None, find_claim(uow, bank_id, reference)
    return account_of(row), _claim_of(row, "claim_") if row.claim_reference is not None else None


def _claim_of(row: AnyRow, prefix: str = "") -> Claim:
    names = ("bank_id", "reference", "record_id", "fingerprint", "payment_id", "version")
    return Claim(*(getattr(row, prefix + name) for name in names))


def put_claim(uow: UnitOfWork, claim: Claim, before: Claim | None) -> None:
    """Takes a reference, or changes what was read as `before`; when somebody was faster the commit fails."""
    key = {"bank_id": claim.bank, "reference": claim.reference}
    changes = {"record_id": claim.record_id, "fingerprint": claim.fingerprint, "payment_id": claim.payment_id}
    if before is None:
        uow.insert(bank_references, {**key, **changes, "version": 1})
    else:
        uow.update(bank_references, key, changes, version=before.version)
