"""What a customer was told is put right when it stops being true: every fact of every service has its place (N4)."""

from importlib import import_module

import pytest

from hearthline_cli.laptop import SERVICES
from notifications.bootstrap import service
from notifications.domain.corrections import CORRECTED_BY, CORRECTIONS, NEXT, SAID, SEEN, STAFF
from notifications.domain.occasions import SUPPLIED
from notifications.domain.truth import UNTRUE

TOPICS = tuple(f"hearthline.{name}.v1" for name in SERVICES)
_INNER = "a step of our own work: nothing that customers are told depends on it"
_OTHER = "tells of what another fact says to customers"

TOLD_NOBODY = {
    **dict.fromkeys(
        (
            "IncidentOpened",
            "IncidentResolved",
            "IncidentReopened",
            "WorkOrderCreated",
            "WorkOrderAcknowledged",
            "WorkOrderTravelStarted",
            "WorkOrderStarted",
            "WorkOrderConfirmed",
            "WorkOrderClosed",
            "ServiceStandardWarned",
            "SensorAlarmOpened",
            "SensorAlarmEnded",
            "ComplaintAssessed",
            "ComplaintInvestigated",
            "ComplaintResponded",
            "ComplaintTransferred",
            "BankEventQuarantined",
        ),
        _INNER,
    ),
    **dict.fromkeys(("TicketLinked",), _OTHER),
    "ComplaintRenewed": "an authority's date, which it tells itself",
    "ComplaintReckoned": "a deadline never comes later by it, so what was told stays true",
    **dict.fromkeys(
        ("AccountOpened", "ChargePosted", "ChargeReduced", "AccountSuspended", "AccountResumed"),
        "bills are not sent from here; a balance that was told is that of its own time",
    ),
    **dict.fromkeys(("NotificationDelivered", "NotificationFailed"), "is about a message, not about what it says"),
}
"""Facts that cause no message and make none untrue, and why."""


def of_topic(topic: str) -> set[str]:
    """Every fact that a service publishes."""
    events = import_module(f"{topic}.events_pb2")
    inner = {
        field.message_type.name
        for kind in events.DESCRIPTOR.message_types_by_name.values()
        for field in kind.fields
        if field.message_type
    }
    return set(events.DESCRIPTOR.message_types_by_name) - inner


def read() -> set[str]:
    """Every fact that notifications reads."""
    return {kind.DESCRIPTOR.name for each in service().subscriptions for kind in each.handlers}


@pytest.mark.parametrize("topic", [topic for topic in TOPICS if "customers" not in topic])
def test_every_fact_is_told_heard_or_has_a_reason_why_not(topic: str) -> None:
    facts = of_topic(topic)
    assert facts - read() - set(TOLD_NOBODY) == set(), "CORRECTED_BY or TOLD_NOBODY must say what it means"
    assert set(TOLD_NOBODY) & read() & facts == set()


def test_reasons_are_given_for_facts_that_there_are() -> None:
    assert set(TOLD_NOBODY) - set().union(*map(of_topic, TOPICS)) == set()


def test_every_message_says_what_corrects_it() -> None:
    assert set(CORRECTED_BY) == set(SUPPLIED)


@pytest.mark.parametrize("code", sorted(UNTRUE))
def test_whatever_makes_a_message_untrue_is_corrected_or_needs_none(code: str) -> None:
    after = {fact for row in UNTRUE[code] for fact in row.after}
    assert after - CORRECTED_BY[code].keys() == set()
    assert set(CORRECTED_BY[code].values()) <= set(SUPPLIED) | {NEXT, SAID, SEEN, STAFF}
    assert set(CORRECTED_BY[code]) <= read()


@pytest.mark.parametrize("code", sorted(CORRECTIONS))
def test_a_correction_corrects_what_the_table_says(code: str) -> None:
    by_table = {told for told, facts in CORRECTED_BY.items() if code in facts.values()}
    assert CORRECTIONS[code].of <= by_table
