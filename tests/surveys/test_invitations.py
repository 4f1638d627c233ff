"""V2 on the running service: who is invited after which job, and who is left in peace."""

from datetime import timedelta

import pytest

from hearthline.complaints.v1 import events_pb2 as complaints
from hearthline.surveys.v1.events_pb2 import SurveyExpired, SurveyInvited
from hearthline.surveys.v1.surveys_pb2 import Survey
from servicekit.times import instant
from tests.support.running import MORNING, Starter
from tests.surveys.running import DAY, Surveys, complaint, completed, reopened

REPAIR_DELAY = DAY
ONE = ["customers/c1"]


@pytest.fixture
def running(start: Starter) -> Surveys:
    surveys = Surveys(start)
    surveys.sample_everybody()
    return surveys


def test_a_customer_is_invited_when_the_delay_after_completion_is_over(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE))
    running.advance(REPAIR_DELAY - timedelta(seconds=1))
    assert running.find() == []

    running.advance(timedelta(seconds=1))

    [survey] = running.find()
    [event] = running.published(SurveyInvited)
    assert isinstance(event, SurveyInvited)
    assert (survey.state, survey.customer, survey.related_resource) == (Survey.STATE_INVITED, *ONE, "workOrders/w1")
    assert (survey.premises, survey.commodity, survey.cell) == ("premises/p1", "heat", "cells/north")
    assert instant(survey.invite_time) == MORNING + REPAIR_DELAY
    assert instant(survey.expire_time) == MORNING + REPAIR_DELAY + 7 * DAY
    assert (event.survey, event.customer, event.business_type) == (survey.name, survey.customer, "repair")
    assert event.link_token == survey.link_token


def test_every_customer_of_a_job_is_invited_once_and_an_anonymous_caller_not(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ["customers/c1", "", "customers/c2", "customers/c1"]))
    running.advance(REPAIR_DELAY)

    assert sorted(survey.customer for survey in running.find()) == ["customers/c1", "customers/c2"]


def test_a_job_reopened_before_the_invitation_is_not_asked_about(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE), reopened("workOrders/w1", ONE))
    running.advance(2 * REPAIR_DELAY)

    assert running.find() == []
    assert dict(running.statistics().occasions) == {"reopened": 1}


def test_a_reopened_job_is_asked_about_after_its_new_completion(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE), reopened("workOrders/w1", ONE))
    running.deliver(completed("workOrders/w1", ONE, time=MORNING + timedelta(hours=5), sequence=12))
    running.advance(REPAIR_DELAY)
    assert running.find() == []

    running.advance(timedelta(hours=5))

    assert len(running.find()) == 1


def test_one_survey_for_a_job_and_customer_however_often_it_is_completed(running: Surveys) -> None:
    running.invite()
    running.deliver(completed("workOrders/w1", ONE, time=running.starter.clock.now(), sequence=20))
    running.advance(60 * DAY)

    assert len(running.find()) == 1
    assert dict(running.statistics().occasions) == {"already_asked": 1}


def test_at_most_one_invitation_per_customer_in_thirty_days(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE), completed("workOrders/w2", ONE))
    running.advance(REPAIR_DELAY)
    assert len(running.find()) == 1
    assert dict(running.statistics().occasions) == {"invited": 1, "fatigue": 1}

    running.advance(29 * DAY)
    running.deliver(completed("workOrders/w3", ONE, time=running.starter.clock.now()))
    running.advance(REPAIR_DELAY)

    assert {survey.related_resource for survey in running.find()} >= {"workOrders/w3"}


def test_no_invitation_while_a_complaint_of_the_customer_is_open(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE), complaint(complaints.ComplaintFiled, "customers/c1", 1))
    running.advance(REPAIR_DELAY)

    assert running.find() == []
    assert dict(running.statistics().occasions) == {"complaint_open": 1}


def test_a_closed_complaint_does_not_stand_in_the_way(running: Surveys) -> None:
    running.deliver(
        complaint(complaints.ComplaintClosed, "customers/c1", 7),
        complaint(complaints.ComplaintFiled, "customers/c1", 1),
        completed("workOrders/w1", ONE),
    )
    running.advance(REPAIR_DELAY)

    assert len(running.find()) == 1


def test_history_taken_over_by_an_import_is_not_asked_about(running: Surveys) -> None:
    running.deliver(completed("workOrders/old", ONE, time=MORNING - 30 * DAY))
    running.advance(30 * DAY)

    assert running.find() == []
    assert dict(running.statistics().occasions) == {"too_late": 1}


def test_a_sampling_rate_of_a_half_asks_about_half_and_a_replay_about_the_same(start: Starter) -> None:
    running = Surveys(start)
    records = [completed(f"workOrders/w{n}", [f"customers/c{n}"], id=f"event-{n}") for n in range(200)]
    running.deliver(*records, *records)
    running.advance(REPAIR_DELAY)

    counts = dict(running.statistics().occasions)
    assert sum(counts.values()) == 200
    assert 70 < counts["invited"] < 130
    assert running.statistics().total.invited_count == counts["invited"]


def test_an_unknown_business_type_asks_nobody(running: Surveys) -> None:
    running.deliver(completed("workOrders/w1", ONE, business_type="gardening"))
    running.advance(REPAIR_DELAY)

    assert running.find() == []


def test_nobody_answering_is_said_and_counted(running: Surveys) -> None:
    survey = running.invite()
    running.advance(7 * DAY)

    [event] = running.published(SurveyExpired)
    assert isinstance(event, SurveyExpired)
    assert (event.survey, event.attempts, event.expire_time) == (survey.name, 0, survey.expire_time)
    assert running.find()[0].state == Survey.STATE_EXPIRED
    assert running.find()[0].link_token == ""
    total = running.statistics().total
    assert (total.invited_count, total.expired_count, total.answered_count) == (1, 1, 0)
