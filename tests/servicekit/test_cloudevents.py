"""Facts as outsiders read them: attributes of CloudEvents 1.0 and its extensions (A2)."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hearthline.workorders.v1.events_pb2 import TicketCreated
from servicekit import cloudevents
from servicekit.cloudevents import UndecodableEvent, decode
from servicekit.eventlog import Record

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
FACT = TicketCreated(ticket="tickets/1")


def record(sequence: int = 1, trace: str = TRACE, **changed: str | None) -> Record:
    headers = cloudevents.headers(FACT, "workorders", "tickets/1", sequence, NOON, trace)
    whole = {**headers, **changed}
    kept = {name: value for name, value in whole.items() if value is not None}
    return Record(topic="hearthline.workorders.v1", key="1", headers=kept, value=FACT.SerializeToString())


@given(st.integers(0, 2**63 - 1), st.integers(0, 2**63 - 1))
def test_sequences_sort_as_texts_as_they_do_as_numbers(one: int, other: int) -> None:
    texts = [record(sequence).headers["ce_sequence"] for sequence in (one, other)]
    assert (texts[0] < texts[1], texts[0] == texts[1]) == (one < other, one == other)
    assert [decode(record(each), TicketCreated).sequence for each in (one, other)] == [one, other]


@given(st.integers(0, 2**63 - 1))
def test_sequences_of_rows_from_before_they_were_padded_are_read_as_the_same(sequence: int) -> None:
    assert decode(record(ce_sequence=str(sequence)), TicketCreated).sequence == sequence


def test_the_trace_is_said_to_brokers_and_as_the_extension() -> None:
    headers = record().headers
    assert headers["ce_traceparent"] == headers["traceparent"] == TRACE
    # An attribute without a value is none (CloudEvents 1.0, 3.1).
    assert "ce_traceparent" not in record(trace="").headers


@pytest.mark.parametrize(
    ("headers", "read"),
    [
        ({}, TRACE),
        ({"traceparent": None}, TRACE),
        ({"traceparent": ""}, TRACE),
        ({"ce_traceparent": None}, TRACE),
        ({"traceparent": TRACE.replace("b7", "b8")}, TRACE.replace("b7", "b8")),
        ({"traceparent": None, "ce_traceparent": None}, ""),
    ],
)
def test_a_trace_is_read_from_either(headers: dict[str, Any], read: str) -> None:
    assert decode(record(**headers), TicketCreated).traceparent == read


def test_the_schema_names_the_message() -> None:
    assert record().headers["ce_dataschema"] == "proto:hearthline.workorders.v1.TicketCreated"


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "another version": ({"ce_specversion": "0.3"}, "ce_specversion is '0.3', and must be 1.0"),
    "a later version": ({"ce_specversion": "2.0"}, "ce_specversion is '2.0'"),
    "a version like ours": ({"ce_specversion": "1.0 "}, "ce_specversion is '1.0 '"),
    "a short version": ({"ce_specversion": "1"}, "ce_specversion is '1'"),
    "an empty version": ({"ce_specversion": ""}, "ce_specversion is ''"),
    "no version": ({"ce_specversion": None}, "header 'ce_specversion' is missing"),
    "no id": ({"ce_id": None}, "header 'ce_id' is missing"),
    "an empty id": ({"ce_id": ""}, "ce_id is empty"),
    "no source": ({"ce_source": None}, "header 'ce_source' is missing"),
    "an empty source": ({"ce_source": ""}, "ce_source is empty"),
    "an empty subject": ({"ce_subject": ""}, "ce_subject is empty"),
    "no type": ({"ce_type": None}, "header 'ce_type' is missing"),
    "no sequence": ({"ce_sequence": None}, "header 'ce_sequence' is missing"),
    "a sequence that is no number": ({"ce_sequence": "many"}, "ce_sequence 'many' is not a whole number"),
    "a negative sequence": ({"ce_sequence": "-1"}, "ce_sequence '-1'"),
    "a sequence with a sign": ({"ce_sequence": "+1"}, r"ce_sequence '\+1'"),
    "a sequence with a line in it": ({"ce_sequence": "1_000"}, "ce_sequence '1_000'"),
    "a sequence in other digits": ({"ce_sequence": "५"}, "ce_sequence '५'"),
    "a sequence over 64 bits": ({"ce_sequence": "9" * 19}, "ce_sequence '9999999999999999999'"),
    "a very long sequence": ({"ce_sequence": "1" * 5000}, "ce_sequence '1111"),
    "no time": ({"ce_time": None}, "header 'ce_time' is missing"),
    "a time without its offset": ({"ce_time": "2026-01-15T12:00:00"}, "has no offset"),
    "a time that is none": ({"ce_time": "noon"}, "noon"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_breaks_a_rule_of_cloudevents_is_undecodable_by_its_name(case: str) -> None:
    headers, words = WRONG[case]
    with pytest.raises(UndecodableEvent, match=words):
        decode(record(**headers), TicketCreated)


def test_what_keeps_the_rules_is_read() -> None:
    event = decode(record(7), TicketCreated)
    assert (event.data, event.sequence, event.time, event.subject) == (FACT, 7, NOON, "tickets/1")
    assert replace(event, id="") != event
