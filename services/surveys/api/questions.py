"""Questionnaires between proto and domain."""

from hearthline.surveys.v1 import questionnaires_pb2 as pb
from servicekit.etags import etag
from servicekit.times import to_timestamp
from surveys.api.texts import text_of, text_to_proto
from surveys.domain.questionnaire import Condition, Kind, Measure, Option, Question, Questionnaire


def question_of(message: pb.Question) -> Question:
    kind = message.WhichOneof("kind")
    choice = message.multiple_choice if kind == "multiple_choice" else message.single_choice
    return Question(
        id=message.question_id,
        kind=Kind.TEXT if kind == "free_text" else Kind(kind or Kind.TEXT),
        text=text_of(message.text),
        measure=_measure_of(message.measure),
        required=message.required,
        minimum=message.scale.minimum,
        maximum=message.scale.maximum,
        options=tuple(_option_of(option) for option in choice.options),
        max_length=message.free_text.max_length,
        show_when=tuple(Condition(each.question, tuple(each.any_of)) for each in message.show_when),
    )


def _option_of(message: pb.Option) -> Option:
    satisfaction = message.satisfaction if message.HasField("satisfaction") else -1
    return Option(message.option_id, text_of(message.label), satisfaction)


def _measure_of(measure: "pb.Question.Measure.ValueType") -> Measure:
    if measure == pb.Question.MEASURE_UNSPECIFIED:
        return Measure.NONE
    return Measure[pb.Question.Measure.Name(measure).removeprefix("MEASURE_")]


def questionnaire_to_proto(questionnaire: Questionnaire) -> pb.Questionnaire:
    return pb.Questionnaire(
        name=questionnaire.name,
        code=questionnaire.code,
        version=questionnaire.version,
        title=text_to_proto(questionnaire.title),
        questions=[_question_to_proto(question) for question in questionnaire.questions],
        state=pb.Questionnaire.State.Value(f"STATE_{questionnaire.state}"),
        create_time=to_timestamp(questionnaire.create_time),
        update_time=to_timestamp(questionnaire.update_time),
        publish_time=to_timestamp(questionnaire.publish_time),
        etag=etag(questionnaire.revision),
    )


def _question_to_proto(question: Question) -> pb.Question:
    message = pb.Question(
        question_id=question.id,
        text=text_to_proto(question.text),
        measure=_measure_to_proto(question.measure),
        required=question.required,
        show_when=[pb.Condition(question=each.question, any_of=each.any_of) for each in question.show_when],
    )
    choice = pb.Choice(options=[_option_to_proto(option) for option in question.options])
    match question.kind:
        case Kind.SCALE:
            message.scale.CopyFrom(pb.Scale(minimum=question.minimum, maximum=question.maximum))
        case Kind.SINGLE_CHOICE:
            message.single_choice.CopyFrom(choice)
        case Kind.MULTIPLE_CHOICE:
            message.multiple_choice.CopyFrom(choice)
        case Kind.TEXT:
            message.free_text.CopyFrom(pb.FreeText(max_length=question.max_length))
    return message


def _measure_to_proto(measure: Measure) -> "pb.Question.Measure.ValueType":
    if measure is Measure.NONE:
        return pb.Question.MEASURE_UNSPECIFIED
    return pb.Question.Measure.Value(f"MEASURE_{measure.name}")


def _option_to_proto(option: Option) -> pb.Option:
    message = pb.Option(option_id=option.id, label=text_to_proto(option.label))
    if option.satisfaction >= 0:
        message.satisfaction = option.satisfaction
    return message
