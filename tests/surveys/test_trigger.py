"""V2, V5: who is asked, who is left in peace, and what a bad answer asks for."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.errors import InvalidArgument
from surveys.domain.recovery import Recovery, judge
from surveys.domain.trigger import Outcome, RecoveryRule, at_delay, is_sampled, plan
from tests.surveys.builders import NOW, evaluation, rule


@given(st.uuids(), st.floats(0, 1))
def test_a_replayed_event_chooses_the_same_customers(event_id: object, rate: float) -> None:
    assert is_sampled(str(event_id), "customers/1", rate) == is_sampled(str(event_id), "customers/1", rate)


@given(st.uuids(), st.floats(0, 1), st.floats(0, 1))
def test_a_larger_rate_keeps_those_already_chosen(event_id: object, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert is_sampled(str(event_id), "c", low) <= is_sampled(str(event_id), "c", high)


def test_the_share_sampled_is_the_rate() -> None:
    chosen = sum(is_sampled(f"event-{number}", "customers/1", 0.3) for number in range(10_000))

    assert 2_850 < chosen < 3_150
    assert not is_sampled("event", "c", 0.0)
    assert is_sampled("event", "c", 1.0)


def test_customers_of_one_job_are_sampled_one_by_one() -> None:
    assert len({is_sampled("event", f"customers/{number}", 0.5) for number in range(20)}) == 2


def test_history_whose_invitation_would_be_out_of_date_is_not_asked_about() -> None:
    late = NOW - timedelta(days=7, hours=2)

    assert plan(rule(), "e", "c", late, NOW) is Outcome.TOO_LATE
    assert plan(rule(), "e", "c", late + timedelta(seconds=1), NOW) is Outcome.PLANNED


def test_nobody_is_asked_under_a_disabled_rule_or_outside_the_sample() -> None:
    assert plan(rule(enabled=False), "e", "c", NOW, NOW) is Outcome.RULE_DISABLED
    assert plan(rule(sampling_rate=0.0), "e", "c", NOW, NOW) is Outcome.NOT_SAMPLED


def test_one_invitation_per_customer_within_the_fatigue_limit() -> None:
    assert at_delay(rule(), NOW - timedelta(days=30) + timedelta(seconds=1), False, NOW) is Outcome.FATIGUE
    assert at_delay(rule(), NOW - timedelta(days=30), False, NOW) is Outcome.INVITED
    assert at_delay(rule(), None, False, NOW) is Outcome.INVITED


def test_a_customer_with_an_open_complaint_is_left_in_peace() -> None:
    assert at_delay(rule(), None, True, NOW) is Outcome.COMPLAINT_OPEN


def test_a_rule_that_makes_no_sense_names_every_field() -> None:
    with pytest.raises(InvalidArgument) as caught:
        rule(sampling_rate=1.5, call_back_after=timedelta(days=8), max_attempts=0).check()

    assert [field for field, _ in caught.value.violations] == [
        "trigger_rule.sampling_rate",
        "trigger_rule.call_back_after",
        "trigger_rule.max_attempts",
    ]


@pytest.mark.parametrize(
    ("score", "expected"),
    [(1, Recovery(True, True)), (2, Recovery(True, False)), (3, Recovery(False, False)), (5, Recovery(False, False))],
)
def test_the_score_opens_recovery_and_complaint_by_rule(score: int, expected: Recovery) -> None:
    assert judge(RecoveryRule(low_score_max=2, complaint_score_max=1), evaluation(score)) == expected


def test_thresholds_of_zero_switch_the_rule_off() -> None:
    assert judge(RecoveryRule(0, 0), evaluation(1)) == Recovery(False, False)


def test_a_yes_to_the_question_files_a_complaint_whatever_the_score() -> None:
    assert judge(RecoveryRule(), evaluation(4, complaint_asked=True)) == Recovery(False, True)


@pytest.mark.parametrize(
    ("comment", "asks"),
    [
        ("我要投诉", True),
        ("师傅迟到了两个小时,要投诉!", True),
        ("不用投诉", False),
        ("没有什么可投诉的", False),
        ("不想投诉,但是来得太慢", False),
        ("服务不好,我要投诉", True),
        ("很不满意要投诉", True),
        ("I want to complain.", True),
        ("No complaint, all fine", False),
        ("I do not want to complain", False),
        ("not happy: I will complain", True),
        ("谢谢", False),
        ("", False),
        ("I don’t want to complain", False),
        ("can't complain", False),
        ("投诉就不用了,师傅很好", False),
        ("上次投诉处理得很好", False),
    ],
)
def test_a_comment_asks_for_a_complaint_unless_it_is_negated(comment: str, asks: bool) -> None:
    rule = RecoveryRule(complaint_phrases=("投诉", "complain", "complaint"))
    assert judge(rule, evaluation(5, comment=comment)).complaint_wanted is asks
