"""Records of the banks' topics: taken, given up after a long wait, released from quarantine (B2)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from weakref import ref

from billing.domain.bank import Bank
from billing.domain.bank_event import claimed_reference
from billing.domain.bank_json import LARGEST_BYTES
from billing.domain.bank_record import BankRecord, RecordState, Verdict, storable
from billing.domain.rejection import Reason, Rejected
from billing.handlers.judging import judge, judge_verified
from billing.handlers.verdicts import keep_first, settle
from billing.store.bank_records import find_record, get_quarantined
from billing.store.banks import find_bank
from servicekit.errors import FailedPrecondition
from servicekit.etags import check_etag
from servicekit.eventlog import Record
from servicekit.ids import derived_id
from servicekit.timers import Timer
from servicekit.uow import UnitOfWork

SIGNATURE_HEADER = "jws"

_JUST_ARRIVED = Verdict(RecordState.WAITING)


@dataclass(frozen=True, slots=True)
class ReleaseQuarantinedEvent:
    """An event to judge again."""

    record_id: str
    etag: str


class BankRecords:
    """Takes the banks' records as they come; a batch in one unit of work reads each bank's keys once."""

    def __init__(self) -> None:
        self._batch: tuple[Callable[[], UnitOfWork | None], dict[str, Bank | None]] = (lambda: None, {})

    def on_record(self, uow: UnitOfWork, record: Record) -> None:
        """Judges one record; whatever is wrong with it is a verdict, never an error to retry."""
        arrived = arrived_record(record, uow.now)
        verdict = judge(uow, arrived, self._bank(uow, arrived.bank))
        keep_first(uow, arrived.judged(verdict, uow.now))

    def on_unreadable(self, uow: UnitOfWork, record: Record) -> None:
        """Sets bytes aside that are no record, so that the bank is answered; none of what they hold was taken."""
        where = f"offsets {record.offset} to {max(record.last_offset, record.offset)} of partition {record.partition}"
        verdict = Verdict.of(Rejected(Reason.UNREADABLE, f"{where}: {record.damage}"))
        content = record.value[: LARGEST_BYTES + 1]
        keep_first(uow, arrived_record(replace(record, value=content), uow.now).judged(verdict, uow.now))

    def _bank(self, uow: UnitOfWork, bank_id: str) -> Bank | None:
        unit, banks = self._batch
        if unit() is not uow:
            banks = {}
            self._batch = (ref(uow), banks)
        if bank_id not in banks:
            banks[bank_id] = find_bank(uow, bank_id)
        return banks[bank_id]


def arrived_record(record: Record, now: datetime) -> BankRecord:
    """The record as it came, before any verdict."""
    place = f"{record.topic}/{record.partition}/{record.offset}"
    return BankRecord(
        id=derived_id(record.identity, "bank-record"),
        bank=record.topic.split(".")[2],
        place=place,
        key=storable(record.key, 200),
        content=record.value,
        jws=storable(record.headers.get(SIGNATURE_HEADER, ""), 4000),
        bank_reference=claimed_reference(record.value),
        receive_time=now,
        judge_time=now,
        verdict=_JUST_ARRIVED,
    )


def give_up_waiting(uow: UnitOfWork, timer: Timer) -> None:
    """Sets a record aside that waited too long for its account or payment."""
    record = find_record(uow, timer.subject)
    if record is not None and record.verdict.state is RecordState.WAITING:
        verdict = judge_verified(uow, record)
        if verdict.state is RecordState.WAITING:
            what = Reason.UNKNOWN_ACCOUNT if verdict.awaiting.startswith("accounts/") else Reason.UNKNOWN_PAYMENT
            verdict = Verdict.of(Rejected(what, f"{verdict.awaiting} did not become known in time"))
        settle(uow, record, verdict)
    uow.commit(None)


def release_quarantined_event(uow: UnitOfWork, command: ReleaseQuarantinedEvent) -> BankRecord:
    """Judges an event again, signature and all; the bank gets a new answer."""
    record = get_quarantined(uow, command.record_id)
    check_etag(record.name, command.etag, record.version)
    if not record.can_be_judged_again:
        description = f"is {record.verdict.state.lower()} and cannot be judged again"
        raise FailedPrecondition("WRONG_STATE", record.name, description)
    released = settle(uow, record, judge(uow, record, find_bank(uow, record.bank)))
    uow.audit(record.name)
    return uow.commit(released)
