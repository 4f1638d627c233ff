"""V1: what may be published, and that it never changes afterwards."""

from dataclasses import replace

import pytest

from servicekit.errors import FailedPrecondition, InvalidArgument
from surveys.domain.publishing import violations
from surveys.domain.questionnaire import Condition, Kind, Measure, Option, Question, State
from surveys.domain.text import Text
from tests.surveys.builders import NOW, OVERALL, choice, questionnaire, scale, text, when


def fields(*questions: Question) -> dict[str, str]:
    return dict(violations(questionnaire(*questions)))


def test_a_sound_questionnaire_has_no_violations() -> None:
    assert (
        fields(
            scale("attitude"),
            choice("reasons", "late", "rude", multiple=True, show_when=when("overall", "1", "2")),
            choice("complain", "yes", "no", measure=Measure.COMPLAINT_WANTED, show_when=when("reasons", "rude")),
            Question("comment", Kind.TEXT, text(), Measure.COMMENT, max_length=500),
        )
        == {}
    )


def test_a_missing_language_is_named_with_its_field() -> None:
    half = Question("a", Kind.SINGLE_CHOICE, Text("问", " "), options=(Option("x", Text("", "x")), Option("y", text())))

    assert fields(half) == {
        "questions[1].text.en": "is missing in language 'en'",
        "questions[1].options[0].label.zh": "is missing in language 'zh'",
    }


def test_overall_satisfaction_is_asked_once_required_and_of_everybody() -> None:
    without = replace(questionnaire(scale("attitude")), questions=(scale("attitude"),))
    hidden = replace(questionnaire(), questions=(scale("a"), replace(OVERALL, show_when=when("a", "1"))))

    assert ("questions", "must ask for overall satisfaction once (MEASURE_OVERALL_SATISFACTION)") in violations(without)
    assert ("questions[1]", "overall satisfaction must be required and shown to everybody") in violations(hidden)
    assert "questions" in fields(scale("again", Measure.OVERALL_SATISFACTION, required=True))


@pytest.mark.parametrize(
    ("question", "field"),
    [
        (scale("nps", Measure.RECOMMENDATION, 1, 10), "questions[1].scale"),
        (scale("flat", low=3, high=3), "questions[1].scale"),
        (choice("one", "only"), "questions[1].options"),
        (choice("twice", "a", "a"), "questions[1].options[1].id"),
        (choice("c", "ja", "nein", measure=Measure.COMPLAINT_WANTED), "questions[1].options"),
        (choice("unscored", "a", "b", measure=Measure.SATISFACTION), "questions[1]"),
        (Question("t", Kind.TEXT, text()), "questions[1].max_length"),
        (scale("overall"), "questions[1].id"),
        (scale("words", Measure.COMMENT), "questions[1]"),
    ],
)
def test_a_question_of_the_wrong_shape_is_refused(question: Question, field: str) -> None:
    assert field in fields(question)


@pytest.mark.parametrize(
    ("conditions", "field", "rule"),
    [
        (when("nobody", "1"), "questions[1].show_when[0].question", "there is no question 'nobody'"),
        (
            when("last", "1"),
            "questions[1].show_when[0].question",
            "'last' is asked later: only earlier questions can decide",
        ),
        (
            when("here", "1"),
            "questions[1].show_when[0].question",
            "'here' is asked later: only earlier questions can decide",
        ),
        (when("overall", "6"), "questions[1].show_when[0].any_of[0]", "'6' is no answer of question 'overall'"),
        (when("overall"), "questions[1].show_when[0].any_of", "question 'here' can never be shown: no answer is named"),
        (
            when("overall", "1") + when("overall", "5"),
            "questions[1].show_when",
            "question 'here' can never be shown: its conditions exclude each other",
        ),
    ],
)
def test_branching_that_cannot_work_is_named(conditions: tuple[Condition, ...], field: str, rule: str) -> None:
    assert fields(scale("here", show_when=conditions), scale("last"))[field] == rule


def test_a_question_cut_off_further_up_the_chain_is_unreachable() -> None:
    found = fields(
        scale("unhappy", show_when=when("overall", "1", "2")),
        scale("happy_and_unhappy", show_when=when("unhappy", "5") + when("overall", "5")),
    )

    assert list(found) == ["questions[2].show_when"]


def test_options_of_a_multiple_choice_do_not_exclude_each_other() -> None:
    both = when("reasons", "late") + when("reasons", "rude")

    assert fields(choice("reasons", "late", "rude", multiple=True), scale("here", show_when=both)) == {}


def test_branching_on_a_text_is_refused() -> None:
    words = Question("words", Kind.TEXT, text(), max_length=10)

    assert "questions[2].show_when[0].question" in fields(words, scale("a", show_when=when("words", "x")))


def test_publishing_tells_every_violation_at_once() -> None:
    draft = questionnaire()

    with pytest.raises(InvalidArgument) as caught:
        draft.publish([("title.en", "is missing"), ("questions", "must hold at least one question")], NOW)

    assert len(caught.value.violations) == 2
    assert caught.value.reason == "QUESTIONNAIRE_NOT_PUBLISHABLE"


def test_a_published_version_never_changes() -> None:
    published = questionnaire().publish([], NOW)

    assert published.state is State.PUBLISHED
    with pytest.raises(FailedPrecondition, match="never changes"):
        published.edit(text(), (), NOW)
    with pytest.raises(FailedPrecondition):
        published.publish([], NOW)
