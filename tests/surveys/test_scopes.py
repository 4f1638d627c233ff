"""Account managers see the surveys of their cells and customers, and no link that answers for somebody (P4)."""

from pathlib import Path

import grpc
import pytest

from hearthline.surveys.v1 import surveys_pb2 as pb
from hearthline.surveys.v1.surveys_pb2_grpc import SurveyServiceStub
from surveys.bootstrap import service
from tests.support.identities import Guarded, answer
from tests.support.running import Starter
from tests.surveys.running import Surveys


@pytest.mark.parametrize(
    ("own", "sees"),
    [
        ({"customers": ["customers/c1"]}, True),
        ({"customers": ["customers/c2"]}, False),
        ({"cells": ["cells/north"]}, True),
        ({"cells": ["cells/south"]}, False),
        ({}, False),
    ],
)
def test_an_account_manager_sees_surveys_of_own_cells_and_customers(
    start: Starter, tmp_path: Path, own: dict[str, list[str]], sees: bool
) -> None:
    surveys = Surveys(start)
    survey = surveys.invite()
    guarded = Guarded(start, service, surveys.running, tmp_path)
    stub = SurveyServiceStub(guarded.channel("staff/1", "account_manager", **own))
    found = stub.ListSurveys(pb.ListSurveysRequest()).surveys
    assert [(each.name, each.link_token) for each in found] == ([(survey.name, "")] if sees else [])
    refusal = answer(lambda: stub.GetSurvey(pb.GetSurveyRequest(name=survey.name)))
    assert refusal == (None if sees else (grpc.StatusCode.PERMISSION_DENIED, "OUTSIDE_SCOPE"))
