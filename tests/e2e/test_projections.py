"""P2: what a service keeps of others' facts is byte for byte the same, however often and in whatever order they come.

The facts are those of the whole flow, as they stand in the event log. Each service gets them once and in order, and
then, in fresh databases, doubled and shuffled.
"""

import random
from collections.abc import Sequence
from types import ModuleType
from uuid import UUID, uuid5

import pytest

from billing import bootstrap as billing
from complaints import bootstrap as complaints
from customers import bootstrap as customers
from hearthline.surveys.v1.events_pb2 import SurveyResponseRecorded
from notifications import bootstrap as notifications
from servicekit.eventlog import Record
from surveys import bootstrap as surveys
from tests.e2e.conftest import Told
from tests.e2e.tables import dump
from tests.support.running import Starter
from workorders import bootstrap as workorders

# The kit's own tables say when and by which way something came (audit, inbox, outbox with its real time and new
# event ids, timers with the span that set them), not what is known.
KIT = {"alembic_version", "audit", "chains", "inbox", "outbox", "requests", "timers"}
SEEDS = range(4)

pytestmark = pytest.mark.parametrize("told", ["embedded"], indirect=True)


def facts_for(service: ModuleType, told: Told) -> list[Record]:
    """All facts of the flow, and answers that ask for complaints.

    Workorders' own stay out for workorders: a new ticket is no news to the service that took it in, but an order to
    send a crew, which `test_saying_everything_again_changes_nothing` repeats.
    """
    facts = told.facts()
    own = f"hearthline.{service.__name__.partition('.')[0]}.v1"
    others = [fact for fact in facts if service is not workorders or fact.topic != own]
    return [*others, *(angrier(fact) for fact in facts if fact.headers["ce_type"].endswith("SurveyResponseRecorded"))]


def angrier(fact: Record) -> Record:
    """The answer of somebody else, who wants to complain."""
    message = SurveyResponseRecorded.FromString(fact.value)
    message.score, message.complaint_wanted, message.survey = 1, True, "surveys/other"
    headers = {
        **fact.headers,
        "ce_id": str(uuid5(UUID(fact.headers["ce_id"]), "angrier")),
        "ce_subject": "surveys/other",
    }
    return Record(topic=fact.topic, key="other", value=message.SerializeToString(), headers=headers)


def kept(start: Starter, service: ModuleType, facts: Sequence[Record]) -> dict[str, list[str]]:
    """What a fresh service knows after these facts."""
    running = start(service.service, work=False)
    running.deliver(facts)
    return dump(running.kit.settings.database_url, without=KIT)


@pytest.mark.parametrize(
    ("service", "projections"),
    [
        (customers, {"timeline"}),
        (workorders, {"premises", "cells", "customers", "tickets"}),
        (notifications, {"contacts", "notifications"}),
        (surveys, {"occasions", "invitees", "complaints", "feedback"}),
        (complaints, {"complaints", "complaint_entries"}),
        (billing, {"accounts"}),
    ],
    ids=lambda value: value.__name__.partition(".")[0] if isinstance(value, ModuleType) else "",
)
def test_doubled_and_shuffled_facts_leave_the_same_bytes(
    told: Told, start: Starter, service: ModuleType, projections: set[str]
) -> None:
    start.clock.set(told.story.now())
    facts = facts_for(service, told)
    straight = kept(start, service, facts)
    for seed in SEEDS:
        shuffled = facts * 2
        random.Random(seed).shuffle(shuffled)

        assert kept(start, service, shuffled) == straight, f"seed {seed}"

    assert all(straight[table] for table in projections)
