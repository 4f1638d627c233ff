"""What a bad answer asks the company to do (V5)."""

from dataclasses import dataclass, field

from servicekit.phrases import asks_for
from surveys.domain.answering import Evaluation
from surveys.domain.trigger import RecoveryRule


@dataclass(frozen=True, slots=True)
class Recovery:
    """`low_score` opens a recovery ticket, `complaint_wanted` files a complaint, `because` of what."""

    low_score: bool
    complaint_wanted: bool
    because: str = field(default="", compare=False)


def judge(rule: RecoveryRule, answered: Evaluation) -> Recovery:
    """Apply the rule to one answer: the score, the customer's yes, or a comment that asks for a complaint."""
    because = _because(rule, answered)
    return Recovery(answered.score <= rule.low_score_max, bool(because), because)


def _because(rule: RecoveryRule, answered: Evaluation) -> str:
    """What asks for a complaint; nothing when nothing does."""
    if answered.complaint_asked:
        return "asked"
    if answered.score <= rule.complaint_score_max:
        return "score"
    words = asks_for(answered.comment, rule.complaint_phrases)
    return words.because if words else ""
