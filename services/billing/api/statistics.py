"""Payment statistics as their callers see them."""

from billing.api.money import money_to_proto
from billing.domain.bank_record import RecordState
from billing.store.names import name_of
from billing.store.statistics import RecordCount, Statistics
from hearthline.billing.v1 import payments_pb2 as pb


def statistics_to_proto(found: Statistics) -> pb.PaymentStatistics:
    banks = {count.bank: pb.BankStatistics(bank=name_of("banks", count.bank)) for count in found.records}
    for count in found.records:
        _add(banks[count.bank], count)
    return pb.PaymentStatistics(
        banks=banks.values(),
        payments_total=[money_to_proto(total) for total in found.totals],
        payment_count=found.payments,
        counter_payment_count=found.counter_payments,
        reversed_payment_count=found.reversed_payments,
    )


def _add(bank: pb.BankStatistics, count: RecordCount) -> None:
    bank.received_count += count.number
    match RecordState(count.state):
        case RecordState.POSTED:
            bank.posted_count += count.number
            bank.late_count += count.number if count.late else 0
        case RecordState.DUPLICATE:
            bank.duplicate_count += count.number
        case RecordState.WAITING:
            bank.waiting_count += count.number
        case RecordState.QUARANTINED:
            bank.quarantined_count += count.number
            bank.quarantined_by_reason[count.reason] += count.number
