"""V3: call-backs, attempts and the one answer."""

from datetime import timedelta

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from servicekit.errors import FailedPrecondition
from surveys.domain.survey import AttemptOutcome, CallbackState, State, Survey, Via
from tests.surveys.builders import NOW, survey

HOLD = timedelta(minutes=30)
OPEN = survey().open_callback()
CLAIMED = OPEN.claim("staff/1", HOLD, NOW)


def reason(call: object, *arguments: object) -> str:
    with pytest.raises(FailedPrecondition) as caught:
        call(*arguments)  # type: ignore[operator]
    return caught.value.reason


def test_one_agent_claims_and_the_other_is_refused_until_the_claim_runs_out() -> None:
    assert reason(CLAIMED.claim, "staff/2", HOLD, NOW + HOLD - timedelta(seconds=1)) == "CALLBACK_CLAIMED"
    assert CLAIMED.claim("staff/2", HOLD, NOW + HOLD).claimed_by == "staff/2"


def test_a_call_back_cannot_be_claimed_before_it_is_open() -> None:
    assert reason(survey().claim, "staff/1", HOLD, NOW) == "CALLBACK_NOT_OPEN"


def test_only_the_agent_who_claimed_records_an_attempt_or_an_answer() -> None:
    assert reason(CLAIMED.attempt, "staff/2", AttemptOutcome.NO_ANSWER, NOW) == "CALLBACK_NOT_YOURS"
    assert reason(CLAIMED.answer, Via.AGENT, "staff/2", NOW) == "CALLBACK_NOT_YOURS"
    assert reason(CLAIMED.attempt, "staff/1", AttemptOutcome.NO_ANSWER, NOW + HOLD) == "CALLBACK_NOT_YOURS"


def test_no_answer_frees_the_call_back_until_the_last_attempt() -> None:
    current = OPEN
    for _ in range(3):
        assert current.callback is CallbackState.OPEN
        current = current.claim("staff/1", HOLD, NOW).attempt("staff/1", AttemptOutcome.NO_ANSWER, NOW)

    assert (current.attempts, current.callback, current.state) == (3, CallbackState.DONE, State.INVITED)
    assert current.answer(Via.LINK, "", NOW).state is State.ANSWERED


def test_refused_ends_the_survey_and_counts_as_an_attempt() -> None:
    refused = CLAIMED.attempt("staff/1", AttemptOutcome.REFUSED, NOW)

    assert (refused.state, refused.attempts, refused.end_time) == (State.REFUSED, 1, NOW)
    assert reason(refused.answer, Via.LINK, "", NOW) == "SURVEY_REFUSED"


def test_an_answer_through_an_agent_counts_as_an_attempt_and_by_link_not() -> None:
    assert CLAIMED.answer(Via.AGENT, "staff/1", NOW).attempts == 1
    assert CLAIMED.answer(Via.LINK, "", NOW).attempts == 0


def test_a_second_answer_is_refused() -> None:
    answered = survey().answer(Via.LINK, "", NOW)

    assert reason(answered.answer, Via.LINK, "", NOW) == "ALREADY_ANSWERED"
    assert reason(answered.answer, Via.AGENT, "staff/1", NOW) == "ALREADY_ANSWERED"


def test_it_expires_not_early_and_never_after_an_answer() -> None:
    due = survey().expire_time

    assert survey().expire(due - timedelta(seconds=1)).state is State.INVITED
    assert survey().expire(due).state is State.EXPIRED
    assert survey().answer(Via.LINK, "", NOW).expire(due).state is State.ANSWERED
    assert reason(survey().expire(due).answer, Via.LINK, "", due) == "SURVEY_EXPIRED"


class AnySurvey(RuleBasedStateMachine):
    """Whatever agents, customers and timers try, in any order, the counts stay honest."""

    @initialize()
    def begin(self) -> None:
        self.survey, self.now, self.calls = survey(), NOW, 0

    def attempt_to(self, change: object, *arguments: object) -> bool:
        before = self.survey
        try:
            self.survey = change(*arguments)  # type: ignore[operator]
        except FailedPrecondition:
            assert self.survey is before
            return False
        return True

    @rule(minutes=st.integers(0, 3_000))
    def time_passes(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)

    @rule()
    def timers(self) -> None:
        self.survey = self.survey.open_callback().expire(self.now)

    @rule(agent=st.sampled_from(["staff/1", "staff/2"]))
    def claim(self, agent: str) -> None:
        self.attempt_to(self.survey.claim, agent, HOLD, self.now)

    @rule(agent=st.sampled_from(["staff/1", "staff/2"]), outcome=st.sampled_from(AttemptOutcome))
    def call(self, agent: str, outcome: AttemptOutcome) -> None:
        if outcome is AttemptOutcome.ANSWERED:
            self.calls += self.attempt_to(self.survey.answer, Via.AGENT, agent, self.now)
        else:
            self.calls += self.attempt_to(self.survey.attempt, agent, outcome, self.now)

    @rule()
    def answer_by_link(self) -> None:
        before: Survey = self.survey
        if self.attempt_to(self.survey.answer, Via.LINK, "", self.now):
            assert before.state is State.INVITED

    @invariant()
    def every_successful_call_is_counted(self) -> None:
        if hasattr(self, "survey"):
            assert self.survey.attempts == self.calls <= self.survey.max_attempts
            assert (self.survey.end_time is None) == (self.survey.state is State.INVITED)


TestAnySurvey = AnySurvey.TestCase
