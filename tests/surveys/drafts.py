"""A questionnaire as a client sends it."""

from hearthline.surveys.v1 import questionnaires_pb2 as pb


def text(word: str = "问") -> pb.LocalizedText:
    return pb.LocalizedText(zh=word, en=word)


def draft(**changes: object) -> pb.Questionnaire:
    overall = pb.Question(
        question_id="overall",
        text=text(),
        measure=pb.Question.MEASURE_OVERALL_SATISFACTION,
        required=True,
        scale=pb.Scale(minimum=1, maximum=5),
    )
    reasons = pb.Question(
        question_id="reasons",
        text=text(),
        multiple_choice=pb.Choice(
            options=[pb.Option(option_id="late", label=text()), pb.Option(option_id="rude", label=text())]
        ),
        show_when=[pb.Condition(question="overall", any_of=["1", "2"])],
    )
    given: dict[str, object] = {"code": "visit", "title": text(), "questions": [overall, reasons]}
    return pb.Questionnaire(**(given | changes))  # type: ignore[arg-type]
