"""What a bank's record asks for, done: payments and reversals, in whatever order they come (B2)."""

from dataclasses import replace

from billing.domain.account import Account
from billing.domain.bank import Bank
from billing.domain.bank_event import Instruction, Kind, read_instruction
from billing.domain.bank_json import LARGEST_BYTES
from billing.domain.bank_record import BankRecord, Claim, RecordState, Verdict
from billing.domain.ledger import Entry
from billing.domain.payment import CLOCK_TOLERANCE, Payment
from billing.domain.rejection import Reason, Rejected
from billing.handlers import facts
from billing.handlers.posting import post
from billing.handlers.verdicts import settle
from billing.signatures import verify
from billing.store.accounts import lock_account, lock_known_account, lock_opening
from billing.store.bank_records import find_claim, lock_account_and_claim, put_claim, waiting_records
from billing.store.payments import add_payment, get_payment, save_payment
from servicekit.errors import FailedPrecondition, InvalidArgument
from servicekit.ids import derived_id
from servicekit.uow import UnitOfWork


def judge(uow: UnitOfWork, record: BankRecord, bank: Bank | None) -> Verdict:
    """Checks the bank's signature over the record's exact bytes, then does what it asks for."""
    try:
        if len(record.content) > LARGEST_BYTES:
            raise Rejected(Reason.TOO_LARGE, f"more than {LARGEST_BYTES} bytes")
        if bank is None:
            raise Rejected(Reason.UNKNOWN_BANK, f"banks/{record.bank} is not registered")
        verify(record.content, record.jws, bank, uow.now)
    except Rejected as rejected:
        return Verdict.of(rejected)
    return judge_verified(uow, record)


def judge_verified(uow: UnitOfWork, record: BankRecord) -> Verdict:
    """Does what a record with a good signature asks for."""
    try:
        instruction = read_instruction(record.content, record.bank, uow.now)
        account, claim = lock_account_and_claim(uow, instruction.account_id, record.bank, instruction.reference)
        if claim is not None and claim.record_id not in ("", record.id):
            return _again(claim, instruction)
        if instruction.kind is Kind.PAYMENT:
            return _pay(uow, record, instruction, claim, account)
        return _reverse(uow, record, instruction, claim)
    except Rejected as rejected:
        return Verdict.of(rejected)


def retry_waiting(uow: UnitOfWork, bank_id: str | None, awaiting: str) -> None:
    """Judges again what waited for this, and answers the banks."""
    for record in waiting_records(uow, bank_id, awaiting):
        settle(uow, record, judge_verified(uow, record))


def _again(claim: Claim, instruction: Instruction) -> Verdict:
    if claim.fingerprint != instruction.fingerprint:
        raise Rejected(Reason.CONFLICTING_DUPLICATE, "this reference was used before with other content")
    return Verdict(RecordState.DUPLICATE, payment_id=claim.payment_id)


def _pay(
    uow: UnitOfWork, record: BankRecord, asked: Instruction, before: Claim | None, account: Account | None
) -> Verdict:
    claim = Claim(record.bank, asked.reference, record.id, asked.fingerprint)
    account = account or _account_just_opened(uow, asked.account_id)
    if account is None:
        put_claim(uow, claim, before)
        return Verdict(RecordState.WAITING, awaiting=f"accounts/{asked.account_id}")
    if asked.amount.currency != account.currency:
        raise Rejected(Reason.CURRENCY_MISMATCH, f"{account.name} is kept in {account.currency}")
    payment = _payment(uow, record, asked, account)
    account = _post(uow, account, payment.entry())
    add_payment(uow, payment)
    facts.payment_received(uow, payment, account)
    put_claim(uow, replace(claim, payment_id=payment.id), before)
    if before is not None:
        retry_waiting(uow, record.bank, _payment_of(asked.reference))
    return Verdict(RecordState.POSTED, payment.id, late=asked.is_late(record.receive_time))


def _account_just_opened(uow: UnitOfWork, account_id: str) -> Account | None:
    """The account, if somebody is opening it at this moment."""
    lock_opening(uow, account_id)
    return lock_account(uow, account_id)


def _payment(uow: UnitOfWork, record: BankRecord, asked: Instruction, account: Account) -> Payment:
    return Payment(
        id=derived_id(record.id, "payment"),
        account_id=account.id,
        customer=account.customer,
        amount=asked.amount,
        pay_time=asked.time,
        post_time=uow.now,
        entry_id=derived_id(record.id, "entry"),
        bank=record.bank,
        bank_reference=asked.reference,
    )


def _reverse(uow: UnitOfWork, record: BankRecord, asked: Instruction, before: Claim | None) -> Verdict:
    claim = Claim(record.bank, asked.reference, record.id, asked.fingerprint)
    target = find_claim(uow, record.bank, asked.reverses)
    if target is None or not target.payment_id:
        put_claim(uow, claim, before)
        if target is None:
            put_claim(uow, Claim(record.bank, asked.reverses), None)
        return Verdict(RecordState.WAITING, awaiting=_payment_of(asked.reverses))
    payment = get_payment(uow, target.payment_id)
    _check_reversal(asked, payment)
    account = lock_known_account(uow, payment.account_id)
    try:
        reversed_payment = payment.reverse(uow.now)
    except FailedPrecondition as error:
        raise Rejected(Reason.PAYMENT_NOT_REVERSIBLE, error.description) from error
    why = f"{record.bank} {asked.reference}"
    account = _post(uow, account, payment.entry().reversal(derived_id(record.id, "entry"), why, uow.now))
    save_payment(uow, reversed_payment)
    facts.payment_reversed(uow, replace(reversed_payment, version=payment.version + 1), account)
    put_claim(uow, replace(claim, payment_id=payment.id), before)
    return Verdict(RecordState.POSTED, payment.id, late=asked.is_late(record.receive_time))


def _post(uow: UnitOfWork, account: Account, entry: Entry) -> Account:
    try:
        return post(uow, account, entry)
    except InvalidArgument as error:
        raise Rejected(Reason.BAD_AMOUNT, f"the balance of {account.name} {error.violations[0][1]}") from error


def _check_reversal(asked: Instruction, payment: Payment) -> None:
    if payment.bank_reference != asked.reverses:
        raise Rejected(Reason.UNKNOWN_PAYMENT, f"{asked.reverses} is not a payment")
    if (payment.account_id, payment.amount) != (asked.account_id, asked.amount):
        raise Rejected(Reason.REVERSAL_MISMATCH, f"{asked.reverses} was {payment.amount} for another account or amount")
    if asked.time < payment.pay_time - CLOCK_TOLERANCE:
        raise Rejected(Reason.BAD_TIME, f"reversed_at is before {asked.reverses} was paid")


def _payment_of(reference: str) -> str:
    return f"payments/{reference}"
