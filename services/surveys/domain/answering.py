"""Answers to a questionnaire: which questions were shown, whether the answers fit, what they measure (V1, V4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from servicekit.errors import InvalidArgument
from surveys.domain.questionnaire import Kind, Measure, Question, Questionnaire

FULL = 10_000
"""Full satisfaction in basis points: whole numbers, so that sums do not depend on their order."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was said to one question: scale points and option ids as text in `values`, free words in `text`."""

    question: str
    values: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a complete set of answers measures."""

    score: int  # overall satisfaction, 1 to 5
    recommendation: int | None  # 0 to 10
    satisfaction: Mapping[str, int]  # question id -> basis points, 0 to 10,000, of the factor questions answered
    comment: str
    complaint_asked: bool


def evaluate(questionnaire: Questionnaire, answers: tuple[Answer, ...]) -> Evaluation:
    """Check the answers against the questions that were shown and measure them; InvalidArgument names every fault."""
    given = {answer.question: answer for answer in answers}
    wrong = _unknown_or_repeated(questionnaire, answers)
    shown: set[str] = set()
    for question in questionnaire.questions:
        answer = given.get(question.id)
        if _is_shown(question, shown, given):
            shown.add(question.id)
            wrong += _check(question, answer, answers)
        elif answer is not None:
            wrong.append((_field(answers, answer), "was not asked: its condition does not hold"))
    if wrong:
        raise InvalidArgument.of(wrong, reason="ANSWERS_DO_NOT_FIT")
    return _measure(questionnaire, {key: answer for key, answer in given.items() if _is_answered(answer)})


def _unknown_or_repeated(questionnaire: Questionnaire, answers: tuple[Answer, ...]) -> list[tuple[str, str]]:
    seen: set[str] = set()
    wrong = []
    for place, answer in enumerate(answers):
        if questionnaire.question(answer.question) is None:
            wrong.append((f"answers[{place}].question", f"{questionnaire.name} has no question {answer.question!r}"))
        elif answer.question in seen:
            wrong.append((f"answers[{place}].question", f"{answer.question!r} is answered twice"))
        seen.add(answer.question)
    return wrong


def _is_shown(question: Question, shown: set[str], given: Mapping[str, Answer]) -> bool:
    return all(
        condition.question in shown
        and condition.question in given
        and not set(condition.any_of).isdisjoint(given[condition.question].values)
        for condition in question.show_when
    )


def _check(question: Question, answer: Answer | None, answers: tuple[Answer, ...]) -> list[tuple[str, str]]:
    if answer is None or not _is_answered(answer):
        return [("answers", f"question {question.id!r} must be answered")] if question.required else []
    field = _field(answers, answer)
    if question.kind is Kind.TEXT:
        if answer.values:
            return [(field, "is answered with text")]
        too_long = len(answer.text) > question.max_length
        return [(field, f"is longer than {question.max_length} characters")] if too_long else []
    if answer.text:
        return [(field, "is answered with values, not with text")]
    if question.kind is not Kind.MULTIPLE_CHOICE and len(answer.values) != 1:
        return [(field, "takes exactly one value")]
    if len(set(answer.values)) != len(answer.values):
        return [(field, "names a value twice")]
    possible = question.values()
    return [
        (field, f"{value!r} is not one of {', '.join(possible)}") for value in answer.values if value not in possible
    ]


def _field(answers: tuple[Answer, ...], answer: Answer) -> str:
    return f"answers[{answers.index(answer)}]"


def _is_answered(answer: Answer) -> bool:
    return bool(answer.values or answer.text.strip())


def _measure(questionnaire: Questionnaire, given: Mapping[str, Answer]) -> Evaluation:
    def value(measure: Measure) -> str | None:
        question = questionnaire.measuring(measure)
        answer = given.get(question.id) if question else None
        return None if answer is None else (answer.text or answer.values[0])

    recommendation = value(Measure.RECOMMENDATION)
    return Evaluation(
        score=int(value(Measure.OVERALL_SATISFACTION) or 0),
        recommendation=None if recommendation is None else int(recommendation),
        satisfaction=_satisfaction(questionnaire, given),
        comment=(value(Measure.COMMENT) or "").strip(),
        complaint_asked=value(Measure.COMPLAINT_WANTED) == "yes",
    )


def _satisfaction(questionnaire: Questionnaire, given: Mapping[str, Answer]) -> dict[str, int]:
    found = {}
    for question in questionnaire.questions:
        if question.measure is Measure.SATISFACTION and question.id in given:
            points = _basis_points(question, given[question.id].values[0])
            if points is not None:
                found[question.id] = points
    return found


def _basis_points(question: Question, value: str) -> int | None:
    """Linear from the scale's lower end (0) to its upper end (10,000); an option counts as it is marked."""
    if question.kind is Kind.SCALE:
        return (int(value) - question.minimum) * FULL // (question.maximum - question.minimum)
    marked = next(option.satisfaction for option in question.options if option.id == value)
    return marked * FULL // 100 if marked >= 0 else None
