"""Surveys and call-backs as their callers see them."""

from typing import Any

from sqlalchemy import Row

from hearthline.surveys.v1 import surveys_pb2 as pb
from servicekit.etags import etag
from servicekit.times import to_timestamp
from surveys.domain.answering import Answer
from surveys.domain.link import LinkKeys
from surveys.domain.survey import State
from surveys.handlers.callbacks import Called
from surveys.store.surveys import Attempt, survey_of


def answer_of(message: pb.Answer) -> Answer:
    return Answer(message.question, tuple(message.values), message.text)


def survey_to_proto(links: LinkKeys | None, row: Row[Any]) -> pb.Survey:
    """A survey's row; with `links`, the token of its link while it can be answered."""
    survey = survey_of(row)
    may_answer = links is not None and survey.state is State.INVITED
    return pb.Survey(
        name=survey.name,
        state=pb.Survey.State.Value(f"STATE_{survey.state}"),
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        business_type=survey.occasion.business_type,
        premises=survey.occasion.premises,
        commodity=survey.occasion.commodity,
        cell=survey.occasion.cell,
        questionnaire=survey.questionnaire,
        invite_time=to_timestamp(survey.invite_time),
        expire_time=to_timestamp(survey.expire_time),
        end_time=to_timestamp(survey.end_time),
        attempts=survey.attempts,
        response=_response(row) if survey.state is State.ANSWERED else None,
        link_token=links.sign(survey.id, survey.expire_time) if links and may_answer else "",
        answered_back_time=to_timestamp(row.answered_back_time),
        etag=etag(survey.version),
    )


def _response(row: Row[Any]) -> pb.Response:
    return pb.Response(
        via=row.via,
        agent=row.agent,
        answers=[pb.Answer(question=a["question"], values=a["values"], text=a["text"]) for a in row.answers],
        score=row.score,
        comment=row.comment,
        low_score=row.low_score,
        complaint_wanted=row.complaint_wanted,
        respond_time=to_timestamp(row.respond_time),
    )


def callback_to_proto(called: Called) -> pb.Callback:
    survey, attempts = called
    return pb.Callback(
        name=f"callbacks/{survey.id}",
        survey=survey.name,
        customer=survey.occasion.customer,
        related_resource=survey.occasion.work_order,
        business_type=survey.occasion.business_type,
        questionnaire=survey.questionnaire,
        state=pb.Callback.State.Value(f"STATE_{survey.callback}"),
        claimed_by=survey.claimed_by,
        claim_expire_time=to_timestamp(survey.claim_expire_time),
        max_attempts=survey.max_attempts,
        attempts=[_attempt(each) for each in attempts],
        expire_time=to_timestamp(survey.expire_time),
        etag=etag(survey.version),
    )


def _attempt(attempt: Attempt) -> pb.Attempt:
    return pb.Attempt(
        number=attempt.number,
        outcome=pb.Attempt.Outcome.Value(f"OUTCOME_{attempt.outcome}"),
        agent=attempt.agent,
        note=attempt.note,
        attempt_time=to_timestamp(attempt.time),
    )
