"""What a bad answer asks the company to do (V5)."""

import re
from dataclasses import dataclass

from surveys.domain.answering import Evaluation
from surveys.domain.trigger import RecoveryRule

_NEGATED_ZH = re.compile(r"(不|没|无|别|勿)(用|必|想|会|要|需|能|得|再|去|有|是|可|什么|值得|打算|准备)*$")
_NEGATED_EN = re.compile(r"\b(not?|never|without|don't|doesn't|didn't|won't|nothing)\s+(\w+\s+){0,2}$")


@dataclass(frozen=True, slots=True)
class Recovery:
    """`low_score` opens a recovery ticket, `complaint_wanted` files a complaint."""

    low_score: bool
    complaint_wanted: bool


def judge(rule: RecoveryRule, answered: Evaluation) -> Recovery:
    """Apply the rule to one answer: the score, the customer's yes, or a comment that asks for a complaint."""
    return Recovery(
        low_score=answered.score <= rule.low_score_max,
        complaint_wanted=answered.complaint_asked
        or answered.score <= rule.complaint_score_max
        or asks_for_complaint(answered.comment, rule.complaint_phrases),
    )


def asks_for_complaint(comment: str, phrases: tuple[str, ...]) -> bool:
    """Whether the comment says one of the phrases without a negation right before it (不用投诉, no complaint)."""
    text = comment.casefold()
    for phrase in phrases:
        for found in re.finditer(re.escape(phrase.casefold()), text):
            before = text[: found.start()]
            if not (_NEGATED_ZH.search(before) or _NEGATED_EN.search(before)):
                return True
    return False
