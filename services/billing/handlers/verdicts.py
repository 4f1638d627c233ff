"""Keeping a verdict: the record, the bank's answer, the fact for others, the end of a wait (B2)."""

from dataclasses import replace
from datetime import timedelta

from billing.domain.bank_record import BankRecord, Claim, RecordState, Verdict
from billing.handlers.replies import answer
from billing.store.bank_records import add_record, find_claim, put_claim, save_record
from hearthline.billing.v1.events_pb2 import BankEventQuarantined
from servicekit.times import to_timestamp
from servicekit.uow import UnitOfWork

WAIT = "bank-wait"
"""Kind of the timer that ends a record's wait; its subject is the record's id."""

LONGEST_WAIT = timedelta(days=1)


def keep_first(uow: UnitOfWork, record: BankRecord) -> None:
    """Stores a record that was just judged for the first time, and does what follows."""
    add_record(uow, record)
    _follow_up(uow, record)


def settle(uow: UnitOfWork, record: BankRecord, verdict: Verdict) -> BankRecord:
    """Stores another verdict on a known record, and does what follows; the same wait goes on as it was."""
    if verdict == record.verdict and verdict.state is RecordState.WAITING:
        return record
    judged = record.judged(verdict, uow.now)
    save_record(uow, judged)
    judged = replace(judged, version=record.version + 1)
    if record.verdict.state is RecordState.WAITING:
        uow.cancel(WAIT, record.id)
        if verdict.state is RecordState.QUARANTINED:
            _free(uow, record)
    _follow_up(uow, judged)
    return judged


def _follow_up(uow: UnitOfWork, record: BankRecord) -> None:
    if record.verdict.state is RecordState.WAITING:
        uow.schedule(WAIT, record.id, uow.now + LONGEST_WAIT)
    if record.verdict.state is RecordState.QUARANTINED:
        fact = BankEventQuarantined(
            quarantined_event=record.name,
            bank=f"banks/{record.bank}",
            bank_reference=record.bank_reference,
            reason=record.verdict.reason,
            quarantine_time=to_timestamp(uow.now),
        )
        uow.emit(fact, record.name, record.version)
    answer(uow, record)


def _free(uow: UnitOfWork, record: BankRecord) -> None:
    """Gives the reference back that a waiting record held, so that the bank may use it again."""
    claim = find_claim(uow, record.bank, record.bank_reference)
    if claim is not None and claim.record_id == record.id:
        put_claim(uow, Claim(claim.bank, claim.reference), claim)
