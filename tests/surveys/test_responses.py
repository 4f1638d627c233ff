"""V3, V5 on the running service: answers by link and by agents, once each, and what a bad one leads to."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import grpc
import pytest

from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.surveys.v1 import surveys_pb2 as pb
from hearthline.surveys.v1.events_pb2 import SurveyRefused, SurveyResponseRecorded
from servicekit.times import instant
from tests.support.running import Starter
from tests.surveys.refusals import refused
from tests.surveys.running import DAY, Surveys, complaint, says


@pytest.fixture
def running(start: Starter) -> Surveys:
    return Surveys(start)


def test_an_answer_by_link_needs_nothing_but_the_token(running: Surveys) -> None:
    invited = running.invite()
    anybody = running.as_caller("")

    form = anybody.GetLinkedQuestionnaire(pb.GetLinkedQuestionnaireRequest(link_token=invited.link_token))
    asked = [question.question_id for question in form.questions]
    answered = anybody.RecordResponse(
        pb.RecordResponseRequest(
            link_token=invited.link_token,
            answers=[says("overall", 4), says("manner", 5), says("comment", text="谢谢师傅")],
        )
    )

    assert asked[0] == "overall"
    assert answered.state == pb.Survey.STATE_ANSWERED
    assert (answered.response.via, answered.response.agent, answered.attempts) == ("link", "", 0)
    assert (answered.response.score, answered.response.comment) == (4, "谢谢师傅")
    [event] = running.published(SurveyResponseRecorded)
    assert isinstance(event, SurveyResponseRecorded)
    assert (event.survey, event.score, event.low_score, event.complaint_wanted) == (invited.name, 4, False, False)
    assert (event.premises, event.commodity, event.cell, event.via) == ("premises/p1", "heat", "cells/north", "link")


def test_a_second_answer_is_refused_and_replaces_nothing(running: Surveys) -> None:
    invited = running.invite()
    running.answer(invited.link_token, says("overall", 4))

    code, reason, _ = refused(lambda: running.answer(invited.link_token, says("overall", 1)))

    assert (code, reason) == (grpc.StatusCode.FAILED_PRECONDITION, "ALREADY_ANSWERED")
    assert running.find()[0].response.score == 4
    assert len(running.published(SurveyResponseRecorded)) == 1


def test_the_same_request_again_gets_the_same_answer_again(running: Surveys) -> None:
    invited, request_id = running.invite(), str(uuid4())
    first = running.answer(invited.link_token, says("overall", 4), request_id=request_id)

    assert running.answer(invited.link_token, says("overall", 4), request_id=request_id) == first
    code, reason, _ = refused(lambda: running.answer(invited.link_token, says("overall", 5), request_id=request_id))
    assert (code, reason) == (grpc.StatusCode.INVALID_ARGUMENT, "REQUEST_ID_REUSED")


def test_of_many_answers_at_once_one_is_taken(running: Surveys) -> None:
    invited = running.invite()

    def attempt(score: int) -> grpc.StatusCode | None:
        try:
            running.answer(invited.link_token, says("overall", score))
        except grpc.RpcError as error:
            return error.code()
        return None

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(attempt, [1, 2, 3, 4, 5, 1, 2, 3]))

    assert codes.count(None) == 1
    assert set(codes) <= {None, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED}
    assert len(running.published(SurveyResponseRecorded)) == 1


def test_a_tampered_or_expired_token_is_a_clear_error(running: Surveys) -> None:
    invited = running.invite()
    forged = invited.link_token[:-2] + ("AA" if invited.link_token[-2:] != "AA" else "BB")

    assert refused(lambda: running.answer(forged, says("overall", 5)))[:2] == (
        grpc.StatusCode.INVALID_ARGUMENT,
        "LINK_TOKEN_INVALID",
    )
    running.advance(7 * DAY)
    assert refused(lambda: running.answer(invited.link_token, says("overall", 5)))[:2] == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "LINK_TOKEN_EXPIRED",
    )


def test_answers_that_do_not_fit_are_named_field_by_field(running: Surveys) -> None:
    invited = running.invite()

    code, _, fields = refused(
        lambda: running.answer(invited.link_token, says("overall", 9), says("charges", 3), says("weather", 1))
    )

    assert code == grpc.StatusCode.INVALID_ARGUMENT
    assert set(fields) == {"answers[0]", "answers[1]", "answers[2].question"}
    assert running.find()[0].state == pb.Survey.STATE_INVITED


def test_links_are_shown_to_systems_and_to_no_person(running: Surveys) -> None:
    invited = running.invite()

    portal = running.as_caller("system/portal", "system")
    assert portal.GetSurvey(pb.GetSurveyRequest(name=invited.name)).link_token
    assert portal.ListSurveys(pb.ListSurveysRequest()).surveys[0].link_token
    staff = running.as_caller("staff/1", "agent", "supervisor", "auditor", "admin")
    assert staff.GetSurvey(pb.GetSurveyRequest(name=invited.name)).link_token == ""
    assert staff.ListSurveys(pb.ListSurveysRequest()).surveys[0].link_token == ""


def test_agents_call_when_no_answer_came_by_link(running: Surveys) -> None:
    running.invite()
    agent = running.as_caller("staff/7", "agent")
    assert not agent.ListCallbacks(pb.ListCallbacksRequest()).callbacks

    running.advance(2 * DAY)
    [task] = agent.ListCallbacks(pb.ListCallbacksRequest()).callbacks
    claimed = agent.ClaimCallback(pb.ClaimCallbackRequest(name=task.name, etag=task.etag))
    tried = agent.RecordAttempt(
        pb.RecordAttemptRequest(name=task.name, outcome=pb.Attempt.OUTCOME_NO_ANSWER, note="无人接听")
    )
    agent.ClaimCallback(pb.ClaimCallbackRequest(name=task.name))
    answered = agent.RecordResponse(pb.RecordResponseRequest(callback=task.name, answers=[says("overall", 5)]))

    assert (claimed.state, claimed.claimed_by) == (pb.Callback.STATE_CLAIMED, "staff/7")
    assert (tried.state, [a.note for a in tried.attempts]) == (pb.Callback.STATE_OPEN, ["无人接听"])
    assert (answered.response.via, answered.response.agent, answered.attempts) == ("agent", "staff/7", 2)
    assert not agent.ListCallbacks(pb.ListCallbacksRequest()).callbacks
    assert len(agent.ListCallbacks(pb.ListCallbacksRequest(filter='state = "DONE"')).callbacks) == 1
    total = running.statistics().total
    assert (total.answered_by_agent_count, total.answered_by_link_count, total.attempt_count) == (1, 0, 2)


def test_of_many_agents_one_wins_the_call_back(running: Surveys) -> None:
    survey = running.invite()
    running.advance(2 * DAY)
    name = survey.name.replace("surveys/", "callbacks/")

    def claim(number: int) -> grpc.StatusCode | None:
        try:
            running.as_caller(f"staff/{number}").ClaimCallback(pb.ClaimCallbackRequest(name=name))
        except grpc.RpcError as error:
            return error.code()
        return None

    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(claim, range(8)))

    assert codes.count(None) == 1
    assert set(codes) <= {None, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.ABORTED}


def test_a_call_back_is_refused_to_nobody_and_to_a_stale_etag(running: Surveys) -> None:
    survey = running.invite()
    running.advance(2 * DAY)
    name = survey.name.replace("surveys/", "callbacks/")
    claim = pb.ClaimCallbackRequest(name=name, etag='"1"')

    assert refused(lambda: running.as_caller("staff/1").ClaimCallback(claim))[0] == grpc.StatusCode.ABORTED
    nobody = pb.ClaimCallbackRequest(name=name)
    assert refused(lambda: running.as_caller("").ClaimCallback(nobody))[0] == grpc.StatusCode.UNAUTHENTICATED


def test_a_claim_that_ran_out_is_free_for_others(running: Surveys) -> None:
    survey = running.invite()
    running.advance(2 * DAY)
    name = survey.name.replace("surveys/", "callbacks/")
    running.as_caller("staff/1").ClaimCallback(pb.ClaimCallbackRequest(name=name))
    running.advance(timedelta(minutes=31))

    taken = running.as_caller("staff/2").ClaimCallback(pb.ClaimCallbackRequest(name=name))

    assert taken.claimed_by == "staff/2"


def test_refused_ends_the_survey_and_counts_as_not_answered(running: Surveys) -> None:
    survey = running.invite()
    running.advance(2 * DAY)
    name = survey.name.replace("surveys/", "callbacks/")
    agent = running.as_caller("staff/1")
    agent.ClaimCallback(pb.ClaimCallbackRequest(name=name))

    agent.RecordAttempt(pb.RecordAttemptRequest(name=name, outcome=pb.Attempt.OUTCOME_REFUSED))

    assert refused(lambda: running.answer(survey.link_token, says("overall", 5)))[1] == "SURVEY_REFUSED"
    running.advance(7 * DAY)
    total = running.statistics().total
    assert (total.invited_count, total.refused_count, total.expired_count, total.answered_count) == (1, 1, 0, 0)
    [event] = running.published(SurveyRefused)
    assert isinstance(event, SurveyRefused)
    assert event.attempts == 1


def test_a_low_score_asks_for_recovery_and_a_one_for_a_complaint(running: Surveys) -> None:
    low = running.invite("customers/c1", "workOrders/w1")
    worst = running.invite("customers/c2", "workOrders/w2")
    said = running.invite("customers/c3", "workOrders/w3")
    running.answer(low.link_token, says("overall", 2), says("complain", "no"))
    running.answer(worst.link_token, says("overall", 1))
    running.answer(said.link_token, says("overall", 3), says("comment", text="师傅没来,我要投诉"))

    events = {e.survey: (e.low_score, e.complaint_wanted) for e in running.published(SurveyResponseRecorded)}  # type: ignore[attr-defined]

    assert events == {low.name: (True, False), worst.name: (True, True), said.name: (False, True)}
    recorded = running.published(SurveyResponseRecorded)
    why = {e.survey: e.complaint_reason for e in recorded}  # type: ignore[attr-defined]
    assert why == {low.name: "", worst.name: "score", said.name: "我要投诉"}


TURNED = ["I don’t want to complain", "投诉就不用了,师傅很好", "上次投诉处理得很好", "can't complain"]


@pytest.mark.parametrize("comment", TURNED)
def test_who_says_that_they_do_not_complain_does_not(running: Surveys, comment: str) -> None:
    survey = running.invite()
    running.answer(survey.link_token, says("overall", 5), says("comment", text=comment))
    [event] = running.published(SurveyResponseRecorded)
    assert not event.complaint_wanted  # type: ignore[attr-defined]


def test_the_customer_is_answered_back_when_the_complaint_is_decided(running: Surveys) -> None:
    survey = running.invite()
    running.answer(survey.link_token, says("overall", 1))
    now = running.starter.clock.now()
    decided = complaints.ComplaintDecisionCommunicated

    running.deliver(complaint(decided, "customers/c1", 6, related=survey.name, time=now + DAY))
    running.deliver(complaint(decided, "customers/c1", 9, related=survey.name, time=now + 2 * DAY))

    assert instant(running.find()[0].answered_back_time) == now + DAY
    assert running.statistics().total.answered_back_count == 1


def test_surveys_are_listed_in_pages(running: Surveys) -> None:
    for number in range(5):
        running.invite(f"customers/c{number}", f"workOrders/w{number}")

    names, token = [], ""
    while True:
        page = running.surveys.ListSurveys(pb.ListSurveysRequest(page_size=2, page_token=token))
        names += [survey.name for survey in page.surveys]
        token = page.next_page_token
        if not token:
            break

    assert len(names) == len(set(names)) == 5
    assert len(running.find('customer = "customers/c3" AND state = "INVITED"')) == 1
