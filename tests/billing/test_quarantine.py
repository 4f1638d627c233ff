"""B2 on the running service: what is wrong is kept byte for byte with its reason, told, and released when mended."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.field_mask_pb2 import FieldMask

from hearthline.billing.v1 import banks_pb2, events_pb2, payments_pb2
from servicekit.eventlog import Record
from tests.billing.running import CCB, ICBC, Billing, cny
from tests.billing.signing import BankSide, times
from tests.support.running import MORNING, Starter

DAY = timedelta(days=1)


@pytest.fixture
def billing(start: Starter) -> Billing:
    billing = Billing(start)
    billing.register(ICBC, CCB)
    billing.open()
    return billing


def test_wrong_data_is_set_aside_with_its_reason(billing: Billing) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"bank_reference": None}, "MISSING_FIELD"),
        ({"account": None}, "MISSING_FIELD"),
        ({"amount": None}, "MISSING_FIELD"),
        ({"currency": None}, "MISSING_FIELD"),
        ({"paid_at": None}, "MISSING_FIELD"),
        ({"bank_reference": "with space"}, "BAD_FIELD"),
        ({"bank_reference": 17}, "BAD_FIELD"),
        ({"bank_reference": "x" * 65}, "BAD_FIELD"),
        ({"bank_reference": "nul\0"}, "BAD_FIELD"),
        ({"account": "a1"}, "BAD_FIELD"),
        ({"account": "customers/a1"}, "BAD_FIELD"),
        ({"amount": 100}, "BAD_AMOUNT"),
        ({"amount": 100.5}, "BAD_AMOUNT"),
        ({"amount": "100.005"}, "BAD_AMOUNT"),
        ({"amount": "-1.00"}, "BAD_AMOUNT"),
        ({"amount": "0.00"}, "BAD_AMOUNT"),
        ({"amount": "9" * 18}, "BAD_AMOUNT"),
        ({"amount": "100.00", "currency": "JPY"}, "BAD_AMOUNT"),
        ({"currency": "RMB"}, "UNKNOWN_CURRENCY"),
        ({"currency": "USD"}, "CURRENCY_MISMATCH"),
        ({"paid_at": "yesterday"}, "BAD_TIME"),
        ({"paid_at": "2026-01-15T09:00:00"}, "BAD_TIME"),
        ({"paid_at": "2026-02-30T09:00:00Z"}, "BAD_TIME"),
        ({"paid_at": "0001-01-01T00:00:00+14:00"}, "BAD_TIME"),
        ({"paid_at": "1970-01-01T00:00:00Z"}, "BAD_TIME"),
        ({"paid_at": "2026-01-15T09:06:00+08:00"}, "FUTURE_DATED"),
        ({"paid_at": "9999-12-31T23:59:59Z"}, "FUTURE_DATED"),
    ]
    assert_rejected(billing, [(ICBC.payment("R1", **changes), reason) for changes, reason in wrong])


def test_a_reversal_of_itself_is_set_aside(billing: Billing) -> None:
    assert_rejected(billing, [(ICBC.reversal("V1", "V1"), "BAD_FIELD")])


def test_a_payment_that_no_balance_can_hold_is_set_aside_and_holds_up_nobody(billing: Billing) -> None:
    most = "9999999999000.00"
    billing.deliver(*(ICBC.payment(f"R{number}", account="accounts/new", amount=most) for number in range(2)))
    billing.deliver(ICBC.payment("R2", account="accounts/new"))
    assert billing.open("new").balance == cny(-9999999999100_00)
    # Which of the two large ones came first, nobody promises: their records have keys of their own.
    large, *others = sorted(billing.replies())
    assert large in [("PaymentAccepted", "R0"), ("PaymentAccepted", "R1")]
    assert others == [("PaymentAccepted", "R2"), ("PaymentRejected", "BAD_AMOUNT")]


def test_a_wrong_envelope_is_set_aside_with_its_reason(billing: Billing) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"specversion": "0.3"}, "BAD_FIELD"),
        ({"specversion": None}, "MISSING_FIELD"),
        ({"id": ""}, "MISSING_FIELD"),
        ({"type": None}, "MISSING_FIELD"),
        ({"type": "hearthline.bank.v1.PaymentAccepted"}, "UNKNOWN_TYPE"),
        ({"source": "/banks/ccb"}, "WRONG_SOURCE"),
        ({"datacontenttype": "text/xml"}, "BAD_FIELD"),
        ({"data": None}, "MISSING_FIELD"),
        ({"data": []}, "MISSING_FIELD"),
    ]
    event = ICBC.payment_event("R1")
    rows = [(ICBC.record(json.dumps({**event, **changes}).encode()), reason) for changes, reason in wrong]
    assert_rejected(billing, rows)


def test_what_is_no_json_object_is_set_aside(billing: Billing) -> None:
    contents = [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b'{"specversion": "1.0"',
        b'{"a": NaN}',
        b'{"a": 1, "a": 2}',
        b"[" * 30_000,
    ]
    assert_rejected(billing, [(ICBC.record(content), "MALFORMED_JSON") for content in contents])


def test_a_very_large_record_is_set_aside_unread(billing: Billing) -> None:
    assert_rejected(billing, [(ICBC.record(b" " * (5 * 1024 * 1024)), "TOO_LARGE")])
    assert len(billing.quarantined()[0].content) == 64 * 1024


def assert_rejected(billing: Billing, rows: list[tuple[Record, str]]) -> None:
    """Each record is kept with its reason, told to the bank and to others, and posts nothing."""
    expected = [reason for _, reason in rows]
    billing.deliver(*(record for record, _ in rows))
    events = {event.record: event for event in billing.quarantined()}
    kept = [events[f"{record.topic}/{record.partition}/{record.offset}"] for record, _ in rows]
    facts = {fact.quarantined_event: fact.reason for fact in billing.published(events_pb2.BankEventQuarantined)}
    assert [event.reason for event in kept] == expected
    assert [facts[event.name] for event in kept] == expected
    assert [event.content for event in kept] == [record.value[: 64 * 1024] for record, _ in rows]
    # Replies have the key of what they answer; among keys the log promises no order.
    assert Counter(billing.replies()) == Counter(("PaymentRejected", reason) for reason in expected)
    assert (billing.balance(), billing.listed_payments()) == (0, [])
    assert billing.statistics().quarantined_by_reason == Counter(expected)


def forged(billing: Billing) -> None:
    """Records that nobody of the bank signed; each of them names a reference that a good one will use."""
    event = json.dumps(ICBC.payment_event("R1", amount="9999.00")).encode()
    good = json.dumps(ICBC.payment_event("R1")).encode()
    billing.deliver(
        ICBC.record(event, jws=""),
        ICBC.record(event, jws=ICBC.sign(good)),
        ICBC.record(event, jws=BankSide("thief", ICBC.kid).sign(event)),
        ICBC.record(event, jws=BankSide("icbc", "2099-01").sign(event)),
        ICBC.record(event, jws="\0nul", key="\0\ud800"),
        ICBC.record(event, jws=CCB.sign(event)),
    )


def test_forged_events_are_set_aside_and_do_not_take_the_reference(billing: Billing) -> None:
    forged(billing)
    assert sorted(billing.reasons()) == ["BAD_SIGNATURE"] * 5 + ["UNKNOWN_KEY"]
    billing.deliver(ICBC.payment("R1"))
    assert (billing.balance(), billing.replies()[-1]) == (-100_00, ("PaymentAccepted", "R1"))


def test_another_banks_event_on_a_banks_topic_is_forged(billing: Billing) -> None:
    content = json.dumps(CCB.payment_event("R1")).encode()
    other = BankSide("ccb", "ccb-only")
    billing.deliver(ICBC.record(content, jws=other.sign(content)))
    assert billing.reasons() == ["UNKNOWN_KEY"]


def test_an_unregistered_bank_is_set_aside(billing: Billing) -> None:
    billing.deliver(BankSide("abc").payment("R1"))
    assert billing.reasons() == ["UNKNOWN_BANK"]


def test_an_event_is_released_once_its_key_is_known(billing: Billing) -> None:
    newer = BankSide("icbc", "2026-02")
    billing.deliver(newer.payment("R1"))
    [event] = billing.quarantined()
    release = payments_pb2.ReleaseQuarantinedEventRequest(name=event.name, etag=event.etag)
    assert billing.payments.ReleaseQuarantinedEvent(release).reason == "UNKNOWN_KEY"
    bank = banks_pb2.Bank(name="banks/icbc", keys=[ICBC.key, newer.key])
    billing.banks.UpdateBank(banks_pb2.UpdateBankRequest(bank=bank, update_mask=FieldMask(paths=["keys"])))
    release.etag = ""
    released = billing.payments.ReleaseQuarantinedEvent(release)
    billing.running.settle()
    assert (released.state, billing.balance()) == (payments_pb2.QuarantinedEvent.STATE_POSTED, -100_00)
    assert billing.replies()[-1] == ("PaymentAccepted", "R1")
    with pytest.raises(grpc.RpcError, match="is posted and cannot be judged again"):
        billing.payments.ReleaseQuarantinedEvent(release)


def test_a_future_payment_is_released_when_its_day_has_come(billing: Billing) -> None:
    billing.deliver(ICBC.payment("R1", **times(MORNING + DAY)))
    [event] = billing.quarantined()
    billing.starter.advance(DAY)
    billing.payments.ReleaseQuarantinedEvent(payments_pb2.ReleaseQuarantinedEventRequest(name=event.name))
    assert billing.balance() == -100_00


def test_every_record_is_counted_once(billing: Billing) -> None:
    forged(billing)
    billing.deliver(ICBC.payment("R1"), ICBC.payment("R1"), ICBC.payment("R2", account="accounts/later"))
    found = billing.statistics()
    assert (found.received_count, found.posted_count, found.duplicate_count) == (9, 1, 1)
    assert (found.waiting_count, found.quarantined_count) == (1, 6)
    assert dict(found.quarantined_by_reason) == {"BAD_SIGNATURE": 5, "UNKNOWN_KEY": 1}
