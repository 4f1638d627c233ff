"""The comparison of outboxes and topics that tests of whole platforms rely on: it must see what is wrong."""

import pytest

from tests.support.findings import Event, Findings, compare_topic

SENT = [Event("a", "1"), Event("b", "2"), Event("a", "3"), Event("b", "4")]


def compared(*seen: Event) -> Findings:
    found = Findings()
    compare_topic("t", SENT, seen, found)
    return found


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(SENT, id="as they were sent"),
        pytest.param([SENT[1], SENT[3], SENT[0], SENT[2]], id="another key first"),
        pytest.param([SENT[0], SENT[2], SENT[0], SENT[1], SENT[2], SENT[3]], id="sent again after a failure"),
    ],
)
def test_every_event_in_the_order_of_its_key_is_right(seen: list[Event]) -> None:
    assert compared(*seen).lines() == []


def test_an_event_that_is_missing_is_lost() -> None:
    assert compared(SENT[0], SENT[1], SENT[2]).lost == ["t: event 4 of the outbox is not in the topic"]


def test_an_event_that_nobody_sent_is_one_too_many() -> None:
    assert compared(*SENT, Event("a", "5")).doubled == ["t: event 5 is in no outbox"]


def test_a_later_event_before_an_earlier_one_of_its_key_is_reordered() -> None:
    assert compared(SENT[2], SENT[0], SENT[1], SENT[3]).reordered == ["t: a has ['3', '1'], not ['1', '3']"]


def test_events_that_come_again_are_counted() -> None:
    found = compared(*SENT, SENT[0])
    assert (found.events, found.republished) == (4, 1)
