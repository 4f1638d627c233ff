"""Who is asked after which kind of work, how often, and when a survey stays away (V2)."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from servicekit.errors import InvalidArgument


class BusinessType(StrEnum):
    """点火, 改管, 维修, 抢修, 安检, 抄表, 营业."""

    IGNITION = "ignition"
    MODIFICATION = "modification"
    REPAIR = "repair"
    EMERGENCY = "emergency"
    INSPECTION = "inspection"
    METER_READING = "meter_reading"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class RecoveryRule:
    """When an answer is bad enough for a recovery ticket, and when it becomes a complaint (V5)."""

    low_score_max: int = 2  # overall satisfaction at or below it opens a recovery ticket; 0 never
    complaint_score_max: int = 1  # at or below it a complaint is filed as well; 0 never
    complaint_phrases: tuple[str, ...] = ()  # a comment that says one of them, not negated, asks for a complaint


@dataclass(frozen=True, slots=True)
class TriggerRule:
    """The rule of one business type."""

    business_type: BusinessType
    enabled: bool
    questionnaire: str  # code; the newest published version is used
    sampling_rate: float  # share of finished jobs that are asked about, 0 to 1
    delay: timedelta  # from completion to the invitation
    fatigue: timedelta  # at most one invitation per customer in this time, whatever the business type
    valid_for: timedelta  # from the invitation to its expiry
    call_back_after: timedelta  # from the invitation to the agents' list, when no answer came by link
    max_attempts: int  # calls without success before agents stop trying
    recovery: RecoveryRule
    update_time: datetime
    version: int = 1

    @property
    def name(self) -> str:
        return f"triggerRules/{self.business_type}"

    def check(self) -> "TriggerRule":
        """The rule itself; InvalidArgument with every field that makes no sense."""
        wrong = [
            (field, rule)
            for broken, field, rule in (
                (not 0 <= self.sampling_rate <= 1, "sampling_rate", "must be between 0 and 1"),
                (self.delay < timedelta(0), "delay", "must not be negative"),
                (self.fatigue < timedelta(0), "fatigue", "must not be negative"),
                (self.valid_for <= timedelta(0), "valid_for", "must be positive"),
                (
                    not timedelta(0) <= self.call_back_after <= self.valid_for,
                    "call_back_after",
                    "must be between 0 and valid_for",
                ),
                (not 1 <= self.max_attempts <= 20, "max_attempts", "must be 1 to 20"),
                (not 0 <= self.recovery.complaint_score_max <= 5, "recovery.complaint_score_max", "must be 0 to 5"),
                (not 0 <= self.recovery.low_score_max <= 5, "recovery.low_score_max", "must be 0 to 5"),
                (not all(self.recovery.complaint_phrases), "recovery.complaint_phrases", "must not hold empty phrases"),
            )
            if broken
        ]
        if wrong:
            raise InvalidArgument.of([(f"trigger_rule.{field}", rule) for field, rule in wrong])
        return self


class Outcome(StrEnum):
    """What became of an occasion to ask a customer about a finished job; each is counted (V3)."""

    PLANNED = "planned"
    INVITED = "invited"
    NOT_SAMPLED = "not_sampled"
    RULE_DISABLED = "rule_disabled"
    TOO_LATE = "too_late"
    REOPENED = "reopened"
    FATIGUE = "fatigue"
    COMPLAINT_OPEN = "complaint_open"
    ALREADY_ASKED = "already_asked"
    NO_QUESTIONNAIRE = "no_questionnaire"


def plan(rule: TriggerRule, event_id: str, customer: str, completed: datetime, now: datetime) -> Outcome:
    """Decided once when the job is completed: whether an invitation is planned for completed + delay.

    A job that was completed so long ago that its invitation would have expired by now (history taken over
    by an import) is not asked about.
    """
    if not rule.enabled:
        return Outcome.RULE_DISABLED
    if completed + rule.delay + rule.valid_for <= now:
        return Outcome.TOO_LATE
    return Outcome.PLANNED if is_sampled(event_id, customer, rule.sampling_rate) else Outcome.NOT_SAMPLED


def is_sampled(event_id: str, customer: str, rate: float) -> bool:
    """Whether this completion and customer are in the sample: a replayed event always chooses the same ones."""
    digest = hashlib.sha256(f"{event_id}/{customer}".encode()).digest()
    return int.from_bytes(digest[:8]) < rate * 2**64


def at_delay(rule: TriggerRule, last_invite: datetime | None, complaint_open: bool, now: datetime) -> Outcome:
    """Decided when the delay is over: INVITED, or why this customer is left in peace."""
    if not rule.enabled:
        return Outcome.RULE_DISABLED
    if complaint_open:
        return Outcome.COMPLAINT_OPEN
    if last_invite is not None and now < last_invite + rule.fatigue:
        return Outcome.FATIGUE
    return Outcome.INVITED
