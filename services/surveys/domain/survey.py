"""One survey: a customer asked about one job, once, by link or by an agent's call (V3)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from servicekit.errors import FailedPrecondition
from surveys.domain.answering import Evaluation
from surveys.domain.recovery import Recovery


class State(StrEnum):
    """INVITED is the only state that may still change."""

    INVITED = "INVITED"
    ANSWERED = "ANSWERED"
    REFUSED = "REFUSED"
    EXPIRED = "EXPIRED"


class CallbackState(StrEnum):
    """WAITING for an answer by link; OPEN to be claimed; CLAIMED by an agent; DONE when nobody has to call any more."""

    WAITING = "WAITING"
    OPEN = "OPEN"
    CLAIMED = "CLAIMED"
    DONE = "DONE"


class AttemptOutcome(StrEnum):
    """What a call came to."""

    NO_ANSWER = "NO_ANSWER"
    REFUSED = "REFUSED"
    ANSWERED = "ANSWERED"


class Via(StrEnum):
    """How the answer came in."""

    LINK = "link"
    AGENT = "agent"


@dataclass(frozen=True, slots=True)
class Occasion:
    """The finished job that the customer is asked about; the names are full resource names."""

    work_order: str
    customer: str
    business_type: str
    premises: str
    commodity: str
    cell: str


@dataclass(frozen=True, slots=True)
class Response:
    """The one answer to a survey."""

    via: Via
    agent: str  # empty for an answer by link
    evaluation: Evaluation
    recovery: Recovery
    respond_time: datetime


@dataclass(frozen=True, slots=True)
class Survey:
    """An invitation and what came of it."""

    id: str
    occasion: Occasion
    questionnaire: str
    state: State
    invite_time: datetime
    expire_time: datetime
    max_attempts: int
    callback: CallbackState = CallbackState.WAITING
    claimed_by: str = ""
    claim_expire_time: datetime | None = None
    attempts: int = 0
    end_time: datetime | None = None
    version: int = 1

    @property
    def name(self) -> str:
        return f"surveys/{self.id}"

    def open_callback(self) -> "Survey":
        """Put it on the agents' list; nothing changes when it is answered or on the list already."""
        if self.state is State.INVITED and self.callback is CallbackState.WAITING:
            return self._next(callback=CallbackState.OPEN)
        return self

    def claim(self, agent: str, hold: timedelta, now: datetime) -> "Survey":
        """One agent takes the call for `hold`; FailedPrecondition for everybody else until then."""
        self.require_unfinished()
        if self.callback in (CallbackState.WAITING, CallbackState.DONE):
            raise FailedPrecondition("CALLBACK_NOT_OPEN", self.name, f"the call-back is {self.callback}, not open")
        if self.is_claimed(now) and self.claimed_by != agent:
            raise FailedPrecondition("CALLBACK_CLAIMED", self.name, "another agent has claimed this call-back")
        return self._next(callback=CallbackState.CLAIMED, claimed_by=agent, claim_expire_time=now + hold)

    def attempt(self, agent: str, outcome: AttemptOutcome, now: datetime) -> "Survey":
        """A call by the agent who claimed it; refused ends the survey, no answer frees it until the last attempt."""
        self.require_claim(agent, now)
        if outcome is AttemptOutcome.REFUSED:
            return self._end(State.REFUSED, now, attempts=self.attempts + 1)
        last = self.attempts + 1 >= self.max_attempts
        return self._next(
            attempts=self.attempts + 1,
            callback=CallbackState.DONE if last else CallbackState.OPEN,
            claimed_by="",
            claim_expire_time=None,
        )

    def answer(self, via: Via, agent: str, now: datetime) -> "Survey":
        """Take the answer, once and for all; a second one is refused and replaces nothing."""
        if via is Via.LINK:
            self.require_unfinished()
            return self._end(State.ANSWERED, now)
        self.require_claim(agent, now)
        return self._end(State.ANSWERED, now, attempts=self.attempts + 1)

    def expire(self, now: datetime) -> "Survey":
        """Nobody answered in time; nothing changes when it has ended already."""
        return self._end(State.EXPIRED, now) if self.state is State.INVITED and now >= self.expire_time else self

    def require_claim(self, agent: str, now: datetime) -> None:
        """FailedPrecondition unless this agent holds the call-back now."""
        self.require_unfinished()
        if not self.is_claimed(now) or self.claimed_by != agent:
            raise FailedPrecondition("CALLBACK_NOT_YOURS", self.name, "claim the call-back first")

    def is_claimed(self, now: datetime) -> bool:
        """Whether an agent holds the call-back; a claim that ran out is free again."""
        return (
            self.callback is CallbackState.CLAIMED
            and self.claim_expire_time is not None
            and now < self.claim_expire_time
        )

    def require_unfinished(self) -> None:
        """FailedPrecondition, saying why, once the survey has ended."""
        match self.state:
            case State.ANSWERED:
                raise FailedPrecondition("ALREADY_ANSWERED", self.name, "the survey was answered; an answer is final")
            case State.REFUSED:
                raise FailedPrecondition("SURVEY_REFUSED", self.name, "the customer refused to answer")
            case State.EXPIRED:
                raise FailedPrecondition("SURVEY_EXPIRED", self.name, "the time to answer is over")

    def _end(self, state: State, now: datetime, attempts: int | None = None) -> "Survey":
        return self._next(
            state=state,
            end_time=now,
            callback=CallbackState.DONE,
            claim_expire_time=None,
            attempts=self.attempts if attempts is None else attempts,
        )

    def _next(self, **changes: object) -> "Survey":
        return replace(self, version=self.version + 1, **changes)  # type: ignore[arg-type]
