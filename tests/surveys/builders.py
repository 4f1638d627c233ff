"""Small questionnaires, surveys and trees for the tests; each takes only what a test cares about."""

from datetime import UTC, datetime, timedelta

from surveys.domain.answering import Answer, Evaluation
from surveys.domain.factors import Factor, FactorTree
from surveys.domain.questionnaire import Condition, Kind, Measure, Option, Question, Questionnaire, State
from surveys.domain.survey import Occasion, Survey
from surveys.domain.survey import State as SurveyState
from surveys.domain.text import Text
from surveys.domain.trigger import BusinessType, RecoveryRule, TriggerRule

NOW = datetime(2026, 1, 15, 9, 0, tzinfo=UTC)


def text(word: str = "问") -> Text:
    return Text(zh=word, en=word)


def scale(
    question_id: str, measure: Measure = Measure.SATISFACTION, low: int = 1, high: int = 5, **more: object
) -> Question:
    return Question(question_id, Kind.SCALE, text(), measure, minimum=low, maximum=high, **more)  # type: ignore[arg-type]


def choice(question_id: str, *options: str, multiple: bool = False, **more: object) -> Question:
    kind = Kind.MULTIPLE_CHOICE if multiple else Kind.SINGLE_CHOICE
    return Question(question_id, kind, text(), options=tuple(Option(o, text(o)) for o in options), **more)  # type: ignore[arg-type]


def when(question: str, *values: str) -> tuple[Condition, ...]:
    return (Condition(question, values),)


OVERALL = scale("overall", Measure.OVERALL_SATISFACTION, required=True)


def questionnaire(*questions: Question) -> Questionnaire:
    return Questionnaire("visit", 1, text("标题"), (OVERALL, *questions), State.DRAFT, NOW, NOW)


def answer(question: str, *values: str | int) -> Answer:
    return Answer(question, tuple(str(value) for value in values))


def evaluation(score: int = 5, comment: str = "", complaint_asked: bool = False) -> Evaluation:
    return Evaluation(score, None, {}, comment, complaint_asked)


def rule(**changes: object) -> TriggerRule:
    given: dict[str, object] = {
        "business_type": BusinessType.REPAIR,
        "enabled": True,
        "questionnaire": "visit",
        "sampling_rate": 1.0,
        "delay": timedelta(hours=2),
        "fatigue": timedelta(days=30),
        "valid_for": timedelta(days=7),
        "call_back_after": timedelta(days=2),
        "max_attempts": 3,
        "recovery": RecoveryRule(),
        "update_time": NOW,
    }
    return TriggerRule(**(given | changes))  # type: ignore[arg-type]


def survey(**changes: object) -> Survey:
    given: dict[str, object] = {
        "id": "s1",
        "occasion": Occasion("workOrders/1", "customers/1", "repair", "premises/1", "heat", "cells/1"),
        "questionnaire": "questionnaires/visit-v1",
        "state": SurveyState.INVITED,
        "invite_time": NOW,
        "expire_time": NOW + timedelta(days=7),
        "max_attempts": 3,
    }
    return Survey(**(given | changes))  # type: ignore[arg-type]


def tree(*factors: tuple[str, str, str]) -> FactorTree:
    """From (id, parent, question)."""
    return FactorTree("service", 1, tuple(Factor(i, p, text(i), q) for i, p, q in factors), NOW)
