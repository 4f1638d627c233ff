"""Texts and durations between proto and domain."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration

from hearthline.surveys.v1.questionnaires_pb2 import LocalizedText
from surveys.domain.text import Text


def text_of(message: LocalizedText) -> Text:
    return Text(zh=message.zh, en=message.en)


def text_to_proto(text: Text) -> LocalizedText:
    return LocalizedText(zh=text.zh, en=text.en)


def duration_to_proto(span: timedelta) -> Duration:
    message = Duration()
    message.FromTimedelta(span)
    return message
