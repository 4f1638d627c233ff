"""A bad answer to a survey files a complaint, once, in whatever order the answers come (V5, S1)."""

import random

import pytest

from complaints.bootstrap import service
from hearthline.complaints.v1 import complaints_pb2 as pb
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from servicekit.eventlog import Record
from servicekit.times import to_timestamp
from tests.complaints.builders import MORNING
from tests.complaints.calls import stub
from tests.e2e.tables import dump
from tests.support.running import RunningService, Starter, fact


def answer(number: int, wanted: bool = True, score: int = 1) -> Record:
    message = SurveyResponseRecorded(
        survey=f"surveys/s{number}",
        customer=f"customers/cu{number}" if number else "",
        related_resource=f"workOrders/w{number}",
        business_type="repair",
        score=score,
        low_score=True,
        complaint_wanted=wanted,
        comment="来晚了",
        via="link",
        respond_time=to_timestamp(MORNING),
    )
    return fact(message, "surveys", f"surveys/s{number}", id=f"0000-{number}")


@pytest.fixture
def complaints(start: Starter) -> RunningService:
    return start(service, work=False)


def test_an_answer_that_wants_a_complaint_files_one(complaints: RunningService) -> None:
    complaints.deliver([answer(1), answer(2, wanted=False)])
    (filed,) = stub(complaints).ListComplaints(pb.ListComplaintsRequest()).complaints
    assert (filed.channel, filed.severity, filed.customer) == ("survey", "serious", "customers/cu1")
    assert (filed.related_resource, filed.description) == ("surveys/s1", "来晚了")
    assert (filed.first_contact_owner, filed.responsible_unit) == ("staff/complaints-desk", "units/customer-service")
    assert filed.receive_time == to_timestamp(MORNING)


def test_a_milder_answer_files_a_minor_complaint_and_one_without_customer_an_anonymous_one(
    complaints: RunningService,
) -> None:
    complaints.deliver([answer(0, score=2)])
    (filed,) = stub(complaints).ListComplaints(pb.ListComplaintsRequest()).complaints
    assert (filed.severity, filed.anonymous, filed.customer) == ("minor", True, "")


def test_doubled_and_shuffled_answers_leave_the_same_complaints(start: Starter) -> None:
    answers = [answer(n, wanted=n % 3 != 0, score=1 + n % 2) for n in range(12)]
    plain, shuffled = start(service, work=False), start(service, work=False)
    plain.deliver(answers)
    doubled = answers * 2
    random.Random(3).shuffle(doubled)
    shuffled.deliver(doubled)
    assert rows(plain) == rows(shuffled)
    assert len(rows(plain)["complaints"]) == 8


def rows(complaints: RunningService) -> dict[str, list[str]]:
    """Every row of the complaints, their entries and timers, as text."""
    found = dump(complaints.kit.settings.database_url)
    return {table: found[table] for table in ("complaints", "complaint_entries", "timers")}
