"""Deadlines in working days by channel and severity, worked by hand over the Spring Festival of 2026 (S2)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from complaints.domain.complaint import Severity
from complaints.domain.deadlines import Policy, PolicyBook, Step, Terms
from complaints.domain.policy_data import BOOK, GENERAL, POLICIES
from tests.complaints.builders import TIMES, cn, complaint, evening

TERMS = GENERAL[Severity.MINOR]


def test_days_over_the_spring_festival() -> None:
    # Received on Thursday 12 February 2026. Closed 15-23 February; Saturdays 14 and 28 are worked.
    # 13, 14, 24, 25, 26 | 27, 28, March 2, 3, 4 | 5, 6, 9, 10, 11.
    at = cn(2, 12)
    grave, serious, minor = (complaint(receive_time=at, severity=s).decide_due_time for s in reversed(Severity))
    assert grave == evening(date(2026, 2, 26))
    assert serious == evening(date(2026, 3, 4))
    assert minor == evening(date(2026, 3, 11))


def test_a_grave_complaint_is_acknowledged_the_same_day_and_on_a_holiday_the_next_working_day() -> None:
    assert complaint(receive_time=cn(2, 12), severity=Severity.GRAVE).acknowledge_due_time == evening(date(2026, 2, 12))
    assert complaint(receive_time=cn(2, 17), severity=Severity.GRAVE).acknowledge_due_time == evening(date(2026, 2, 24))


def test_a_complaint_in_the_festival_is_acknowledged_on_the_first_day_after_it() -> None:
    assert complaint(receive_time=cn(2, 17)).acknowledge_due_time == evening(date(2026, 2, 24))


def test_the_government_hotline_leaves_less_time() -> None:
    at = cn(3, 2)  # A Monday.
    case = complaint(receive_time=at, channel="12345", external_number="1")
    assert case.decide_due_time == evening(date(2026, 3, 9))
    regulator = complaint(receive_time=at, channel="12398", external_number="1", severity=Severity.GRAVE)
    assert regulator.decide_due_time == evening(date(2026, 3, 5))


def test_the_ladder_waits_for_working_days() -> None:
    # Due on Friday 13 February: urging two working days later is the 24th (14 is worked), criticism five: 27.
    due = evening(date(2026, 2, 13))
    assert TIMES.ladder(TERMS, due) == (
        (Step.REMINDER, due),
        (Step.URGING, evening(date(2026, 2, 24))),
        (Step.CRITICISM, evening(date(2026, 2, 27))),
    )


def test_a_complaint_keeps_the_policy_of_the_day_it_was_received() -> None:
    old, new = cn(10, 31, year=2025), cn(11, 3, year=2025)
    assert TIMES.policy(old) == "policies/complaints-1"
    assert TIMES.policy(new) == "policies/complaints-2"
    assert TIMES.terms(TIMES.policy(old), "12345", Severity.MINOR).decide == 15
    assert TIMES.terms(TIMES.policy(new), "12345", Severity.MINOR).decide == 5


def test_the_local_day_chooses_the_policy() -> None:
    assert TIMES.policy(datetime(2025, 10, 31, 16, tzinfo=UTC)) == "policies/complaints-2"


def test_before_the_first_policy_the_first_one_counts() -> None:
    assert BOOK.in_force(date(2004, 1, 1)).version == 1


def test_a_channel_without_terms_of_its_own_has_the_general_ones() -> None:
    assert POLICIES[1].terms("letter", Severity.MINOR) == TERMS
    assert POLICIES[1].terms("survey", Severity.GRAVE) == GENERAL[Severity.GRAVE]


def test_two_policies_on_one_day_or_with_one_number_are_refused() -> None:
    with pytest.raises(ValueError, match="one day"):
        PolicyBook([*POLICIES, replace(POLICIES[0], version=3)], tuple(Severity))
    with pytest.raises(ValueError, match="same version"):
        PolicyBook([*POLICIES, replace(POLICIES[0], effective_from=date(2030, 1, 1))], tuple(Severity))
    with pytest.raises(ValueError, match="needed"):
        PolicyBook([], tuple(Severity))


def test_a_policy_speaks_of_every_severity() -> None:
    with pytest.raises(ValueError, match="grave, serious"):
        PolicyBook([Policy(1, date(2020, 1, 1), {"minor": TERMS}, {})], tuple(Severity))


def test_terms_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        replace(TERMS, acknowledge=-1)
    with pytest.raises(ValueError, match="after"):
        Terms(acknowledge=1, decide=5, extension=5, extensions=1, urging=3, criticism=3)
