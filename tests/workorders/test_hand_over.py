"""A crew takes over on site: work and clocks go on, and what was left to do is kept (W3, W4: 大修连续干)."""

from datetime import timedelta

import grpc
import pytest

from servicekit.errors import FailedPrecondition, InvalidArgument
from tests.support.running import Starter
from tests.workorders.calls import Desk, WorkOrder, refusal
from tests.workorders.test_flow import published
from tests.workorders.test_work_order import NOON, job, working
from workorders.domain.hand_over import ON_SITE, handed_over
from workorders.domain.lifecycle import State
from workorders.domain.words import Severity

LATER = NOON + timedelta(hours=6)


def test_the_clock_of_a_major_repair_goes_on_with_the_next_crew() -> None:
    before = working(job(Severity.MAJOR), NOON)
    after = handed_over(before, "night", "夜班", "焊缝还剩两道", "staff/7", LATER)
    assert (after.state, after.crew_id, after.promises) == (State.IN_PROGRESS, "night", before.promises)
    assert after.stages[-1].note == "crews/crew handed over to crews/night: 焊缝还剩两道"
    assert [news.kind for news in after.news][-1] == "WorkOrderHandedOver"


def test_the_next_crew_of_a_major_repair_must_be_told_what_is_left() -> None:
    with pytest.raises(InvalidArgument, match="note"):
        handed_over(working(job(Severity.MAJOR), NOON), "night", "夜班", "", "staff/7", LATER)
    assert handed_over(working(job(Severity.MEDIUM), NOON), "night", "夜班", "", "staff/7", LATER).crew_id == "night"


def test_nobody_hands_over_to_themselves() -> None:
    with pytest.raises(FailedPrecondition, match="already"):
        handed_over(working(job(), NOON), "crew", "crew", "n", "staff/7", LATER)


def test_only_what_is_worked_on_is_handed_over() -> None:
    sent = job().dispatched("crew", "crew", "near", "system", NOON)
    with pytest.raises(FailedPrecondition, match="DISPATCHED"):
        handed_over(sent, "night", "夜班", "n", "staff/7", LATER)
    assert {State.ARRIVED, State.IN_PROGRESS, State.SUSPENDED} == ON_SITE


def test_a_pause_goes_on_over_a_hand_over() -> None:
    stopped = working(job(Severity.MEDIUM), NOON).suspended("parts", "", "crew", NOON + timedelta(hours=1))
    after = handed_over(stopped, "night", "夜班", "parts come at six", "staff/7", NOON + timedelta(hours=2))
    resumed = after.resumed("night", NOON + timedelta(hours=3))
    assert resumed.promises == stopped.resumed("crew", NOON + timedelta(hours=3)).promises


def test_a_job_is_handed_over_and_finished_by_the_next_crew(start: Starter) -> None:
    desk = Desk(start)
    working_on = desk.to_progress(desk.job(severity="major").name)
    taken = desk.step("HandOverWorkOrder", working_on.name, crew="crews/crew-0", note="焊缝还剩两道")
    assert (taken.state, taken.crew, taken.attempt) == (WorkOrder.STATE_IN_PROGRESS, "crews/crew-0", 1)
    assert list(taken.promises) == list(working_on.promises)
    assert desk.complete(taken.name).state == WorkOrder.STATE_COMPLETED
    desk.svc.settle()
    assert published(desk).count("WorkOrderHandedOver") == 1


def test_bad_hand_overs_are_refused_and_change_nothing(start: Starter) -> None:
    desk = Desk(start)
    before = desk.to_progress(desk.job(severity="major").name)
    for values, code, text in (
        ({"crew": "crews/none", "note": "n"}, grpc.StatusCode.NOT_FOUND, "crews/none"),
        ({"crew": "", "note": "n"}, grpc.StatusCode.INVALID_ARGUMENT, "crew"),
        ({"crew": "crew-0", "note": "n"}, grpc.StatusCode.INVALID_ARGUMENT, "crew"),
        ({"crew": "crews/crew-0"}, grpc.StatusCode.INVALID_ARGUMENT, "note"),
        ({"crew": "crews/crew-0", "note": "x" * 2001}, grpc.StatusCode.INVALID_ARGUMENT, "note"),
        ({"crew": before.crew, "note": "n"}, grpc.StatusCode.FAILED_PRECONDITION, "already"),
        ({"crew": "crews/crew-0", "note": "n", "etag": '"1"'}, grpc.StatusCode.ABORTED, before.name),
    ):
        with pytest.raises(grpc.RpcError) as refused:
            desk.step("HandOverWorkOrder", before.name, **values)
        assert refusal(refused.value)[0] is code, values
        assert text in refusal(refused.value)[1]
    assert desk.get(before.name) == before
