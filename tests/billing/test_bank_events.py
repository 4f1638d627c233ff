"""B2 on the running service: what banks publish is posted once, or set aside with its reason, and answered."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import grpc
import pytest

from hearthline.billing.v1 import events_pb2, payments_pb2
from tests.billing.running import CCB, ICBC, Billing, agreement_started, cny
from tests.billing.signing import times
from tests.support.running import MORNING, Starter

DAY = timedelta(days=1)


@pytest.fixture
def billing(start: Starter) -> Billing:
    billing = Billing(start)
    billing.register(ICBC, CCB)
    billing.open()
    return billing


def test_a_good_payment_is_posted_and_accepted(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1", amount="123.45"))
    [payment] = billing.listed_payments()
    [fact] = billing.published(events_pb2.PaymentReceived)
    [reply] = billing.whole_replies()
    assert (payment.bank, payment.bank_reference, payment.amount) == ("banks/icbc", "R1", cny(123_45))
    assert (fact.payment, fact.bank, fact.bank_reference, fact.balance) == (
        payment.name,
        "banks/icbc",
        "R1",
        cny(-123_45),
    )
    assert billing.balance() == -123_45
    assert (reply["type"], reply["subject"]) == ("hearthline.bank.v1.PaymentAccepted", "R1")
    assert reply["data"]["payment"] == payment.name
    assert {line.ledger_account for line in billing.trial_balance().lines} == {
        "ledgerAccounts/bank-icbc",
        "ledgerAccounts/receivables",
    }


def test_the_same_payment_again_is_acknowledged_and_not_posted(billing: Billing) -> None:
    again = ICBC.payment_event("R1", amount="100.0")
    again["id"] = "another event"
    billing.deliver(ICBC.payment("R1"), ICBC.payment("R1"), ICBC.send(again))
    assert billing.replies() == [("PaymentAccepted", "R1"), ("PaymentDuplicate", "R1"), ("PaymentDuplicate", "R1")]
    assert billing.balance() == -100_00


def test_the_same_record_delivered_again_is_not_even_a_duplicate(billing: Billing) -> None:
    record = ICBC.payment("R1")
    billing.deliver(record, record)
    assert billing.statistics().received_count == 1


def test_a_payment_at_the_place_of_one_that_was_lost_with_its_topic_is_posted(billing: Billing) -> None:
    before = ICBC.payment("R1")
    after = replace(ICBC.payment("R2"), partition=before.partition, offset=before.offset)
    billing.deliver(before)
    billing.deliver(after, after)
    assert [reference for _, reference in billing.replies()] == ["R1", "R2"]
    assert billing.statistics().received_count == 2


@pytest.mark.parametrize("changes", [{"amount": "100.01"}, {"account": "accounts/a2"}, {**times(MORNING - DAY)}])
def test_a_used_reference_with_other_content_is_set_aside(billing: Billing, changes: dict[str, Any]) -> None:
    billing.open("a2")
    billing.deliver(ICBC.payment("R1"), ICBC.payment("R1", **changes))
    assert billing.replies() == [("PaymentAccepted", "R1"), ("PaymentRejected", "CONFLICTING_DUPLICATE")]
    assert billing.balance() == -100_00


def test_two_banks_may_use_the_same_reference(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1"), CCB.payment("R1"))
    assert billing.balance() == -200_00


def test_a_reversal_takes_its_payment_back(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1"), ICBC.reversal("V1", "R1"), ICBC.reversal("V1", "R1"))
    [payment] = billing.listed_payments()
    [fact] = billing.published(events_pb2.PaymentReversed)
    assert payment.state == payments_pb2.Payment.STATE_REVERSED
    assert (fact.payment, fact.bank_reference) == (payment.name, "R1")
    assert (billing.balance(), billing.places()) == (0, {})
    assert billing.replies()[1:] == [("PaymentAccepted", "V1"), ("PaymentDuplicate", "V1")]
    charge, reversal = billing.postings()
    assert reversal.reverses == charge.entry


def test_a_reversal_waits_for_its_payment(billing: Billing) -> None:
    billing.deliver(ICBC.reversal("V1", "R1"))
    assert (billing.replies(), billing.statistics().waiting_count) == ([], 1)
    billing.deliver(ICBC.payment("R1"))
    assert sorted(billing.replies()) == [("PaymentAccepted", "R1"), ("PaymentAccepted", "V1")]
    assert (billing.balance(), billing.statistics().waiting_count) == (0, 0)


def test_a_payment_waits_for_its_account(billing: Billing) -> None:
    billing.deliver(ICBC.reversal("V2", "R2", account="accounts/new"), ICBC.payment("R1", account="accounts/new"))
    billing.deliver(ICBC.payment("R2", account="accounts/new"), ICBC.payment("R1", account="accounts/new"))
    assert billing.replies() == [("PaymentDuplicate", "R1")]
    billing.deliver(agreement_started("new"))
    assert billing.balance("accounts/new") == -100_00
    assert sorted(billing.replies()[1:]) == [("PaymentAccepted", r) for r in ("R1", "R2", "V2")]


def test_an_account_opened_by_call_is_told_with_what_had_waited(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1", account="accounts/new"))
    assert billing.open("new").balance == cny(-100_00)


def test_who_waits_too_long_is_set_aside_and_may_send_again(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1", account="accounts/never"), ICBC.reversal("V1", "R9"))
    billing.starter.advance(DAY - timedelta(seconds=1))
    assert billing.replies() == []
    billing.starter.advance(timedelta(seconds=1))
    assert sorted(billing.replies()) == [("PaymentRejected", "UNKNOWN_ACCOUNT"), ("PaymentRejected", "UNKNOWN_PAYMENT")]
    billing.deliver(ICBC.payment("R1"), ICBC.payment("R9"))
    assert billing.balance() == -200_00


def test_a_late_payment_is_taken_and_counted(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1", **times(MORNING - 30 * DAY)))
    assert (billing.replies(), billing.statistics().late_count) == ([("PaymentAccepted", "R1")], 1)


def test_a_reversal_of_another_amount_or_account_is_set_aside(billing: Billing) -> None:
    billing.open("a2")
    billing.deliver(ICBC.payment("R1"))
    billing.deliver(ICBC.reversal("V1", "R1", amount="99.00"), ICBC.reversal("V2", "R1", account="accounts/a2"))
    billing.deliver(ICBC.reversal("V3", "R1"), ICBC.reversal("V4", "R1"), ICBC.reversal("V5", "V3"))
    assert sorted(billing.reasons()) == [
        "PAYMENT_NOT_REVERSIBLE",
        "REVERSAL_MISMATCH",
        "REVERSAL_MISMATCH",
        "UNKNOWN_PAYMENT",
    ]
    assert billing.balance() == 0


@pytest.mark.parametrize("refunds", [[1], [10_00], [40_00, 60_00], [100_00]], ids=str)
def test_a_chargeback_after_refunds_leaves_the_account_owing_what_it_was_given(
    billing: Billing, refunds: list[int]
) -> None:
    billing.deliver(ICBC.payment("R1"))
    [payment] = billing.listed_payments()
    for fen in refunds:
        billing.payments.RefundPayment(
            payments_pb2.RefundPaymentRequest(name=payment.name, amount=cny(fen), reason="too much")
        )
    billing.deliver(ICBC.reversal("V1", "R1"))
    [paid] = billing.listed_payments()
    [fact] = billing.published(events_pb2.PaymentReversed)
    assert billing.replies() == [("PaymentAccepted", "R1"), ("PaymentAccepted", "V1")]
    assert (billing.balance(), billing.reasons()) == (sum(refunds), [])
    assert (paid.state, paid.refunded) == (payments_pb2.Payment.STATE_REVERSED, cny(sum(refunds)))
    assert (fact.refunded, fact.balance) == (cny(sum(refunds)), cny(sum(refunds)))


def test_what_was_taken_back_cannot_be_refunded_or_taken_back_again(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1"), ICBC.reversal("V1", "R1"), ICBC.reversal("V2", "R1"))
    [payment] = billing.listed_payments()
    with pytest.raises(grpc.RpcError, match="is reversed"):
        billing.payments.RefundPayment(payments_pb2.RefundPaymentRequest(name=payment.name, amount=cny(1), reason="x"))
    assert (billing.balance(), billing.reasons()) == (0, ["PAYMENT_NOT_REVERSIBLE"])


def test_records_reach_the_ledger_through_the_event_log(billing: Billing) -> None:
    billing.starter.eventlog.producer().publish([ICBC.payment(f"R{n}", amount="1.00") for n in range(50)])
    billing.running.settle()
    assert billing.balance() == -50_00
