"""V1, V4: answers fit the questions that were shown, and measure what the questionnaire says."""

import pytest

from servicekit.errors import InvalidArgument
from surveys.domain.answering import FULL, Answer, evaluate
from surveys.domain.questionnaire import Kind, Measure, Option, Question
from tests.surveys.builders import answer, choice, questionnaire, scale, text, when

FORM = questionnaire(
    scale("attitude"),
    scale("recommend", Measure.RECOMMENDATION, 0, 10),
    choice("reasons", "late", "rude", multiple=True, show_when=when("overall", "1", "2")),
    choice("complain", "yes", "no", measure=Measure.COMPLAINT_WANTED, show_when=when("reasons", "rude")),
    Question("comment", Kind.TEXT, text(), Measure.COMMENT, max_length=5),
    Question(
        "on_time",
        Kind.SINGLE_CHOICE,
        text(),
        Measure.SATISFACTION,
        options=(Option("yes", text(), 100), Option("late", text(), 30), Option("unknown", text())),
    ),
)


def test_a_full_set_of_answers_measures_everything() -> None:
    found = evaluate(
        FORM,
        (
            answer("overall", 2),
            answer("attitude", 4),
            answer("recommend", 3),
            answer("reasons", "late", "rude"),
            answer("complain", "yes"),
            Answer("comment", text=" 太慢 "),
            answer("on_time", "late"),
        ),
    )

    assert (found.score, found.recommendation, found.comment, found.complaint_asked) == (2, 3, "太慢", True)
    assert found.satisfaction == {"attitude": 7500, "on_time": 3000}


def test_what_was_not_answered_does_not_count() -> None:
    found = evaluate(FORM, (answer("overall", 5), answer("on_time", "unknown"), Answer("comment")))

    assert (found.satisfaction, found.recommendation, found.comment, found.complaint_asked) == ({}, None, "", False)


def test_the_ends_of_a_scale_are_none_and_full_satisfaction() -> None:
    ends = [evaluate(FORM, (answer("overall", 5), answer("attitude", point))).satisfaction for point in (1, 5)]

    assert ends == [{"attitude": 0}, {"attitude": FULL}]


@pytest.mark.parametrize(
    ("answers", "field", "rule"),
    [
        ((), "answers", "question 'overall' must be answered"),
        ((answer("overall", 6),), "answers[0]", "'6' is not one of 1, 2, 3, 4, 5"),
        ((answer("overall", "five"),), "answers[0]", "'five' is not one of 1, 2, 3, 4, 5"),
        ((answer("overall", 1, 2),), "answers[0]", "takes exactly one value"),
        (
            (answer("overall", 5), answer("nothing", 1)),
            "answers[1].question",
            "questionnaires/visit-v1 has no question 'nothing'",
        ),
        ((answer("overall", 5), answer("overall", 4)), "answers[1].question", "'overall' is answered twice"),
        ((answer("overall", 5), answer("reasons", "late")), "answers[1]", "was not asked: its condition does not hold"),
        ((answer("overall", 1), answer("complain", "yes")), "answers[1]", "was not asked: its condition does not hold"),
        ((answer("overall", 1), answer("reasons", "late", "late")), "answers[1]", "names a value twice"),
        ((answer("overall", 5), Answer("comment", text="太长了太长了")), "answers[1]", "is longer than 5 characters"),
        ((answer("overall", 5), answer("comment", "x")), "answers[1]", "is answered with text"),
        ((answer("overall", 5), Answer("attitude", text="x")), "answers[1]", "is answered with values, not with text"),
    ],
)
def test_answers_that_do_not_fit_are_named(answers: tuple[Answer, ...], field: str, rule: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        evaluate(FORM, answers)

    assert (field, rule) in caught.value.violations
