"""The stages of a data request, whatever order the answers come in (C9)."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.domain.data_request import SERVICES, DataRequest, Hindrance, RequestKind, RequestState
from servicekit.errors import FailedPrecondition
from tests.support.running import MORNING

LATER = MORNING + timedelta(hours=1)
EXPIRES = MORNING + timedelta(days=7)
TICKET = Hindrance("workorders", "TICKET_OPEN", "tickets/1")


def asked(kind: RequestKind) -> DataRequest:
    state = RequestState.RUNNING if kind is RequestKind.EXPORT else RequestState.CHECKING
    return DataRequest("r", "c1", kind, state, "staff/1", EXPIRES, MORNING, MORNING)


def checked_by_all(request: DataRequest, *found: Hindrance) -> DataRequest:
    for service in SERVICES:
        request = request.checked(service, request.round, [f for f in found if f.service == service], LATER)
    return request


def test_an_export_is_done_when_the_last_service_has_answered() -> None:
    request = asked(RequestKind.EXPORT)
    for n, service in enumerate(SERVICES):
        assert request.state is RequestState.RUNNING
        request = request.done_by(RequestKind.EXPORT, service, n, EXPIRES - timedelta(hours=n), LATER)
    assert (request.state, request.finish_time) == (RequestState.DONE, LATER)
    assert [part.record_count for part in request.parts] == list(range(len(SERVICES)))
    # As a whole it can be fetched until the first part is gone.
    assert request.expire_time == EXPIRES - timedelta(hours=len(SERVICES) - 1)


def test_what_one_service_says_against_it_defers_an_erasure() -> None:
    request = checked_by_all(asked(RequestKind.ERASURE), TICKET)
    assert (request.state, request.obstacles) == (RequestState.DEFERRED, (TICKET,))


def test_asked_again_every_service_has_to_answer_anew() -> None:
    again = checked_by_all(asked(RequestKind.ERASURE), TICKET).asked_again(LATER)
    assert (again.state, again.obstacles, again.round) == (RequestState.CHECKING, (), 2)
    assert again.checked("billing", 1, (), LATER) == again, "an answer of the first round decides nothing"
    assert checked_by_all(again).state is RequestState.RUNNING


def test_an_erasure_that_has_begun_cannot_be_taken_back() -> None:
    running = checked_by_all(asked(RequestKind.ERASURE))
    with pytest.raises(FailedPrecondition) as refused:
        running.cancelled(LATER)
    assert refused.value.reason == "WRONG_STATE"


def test_only_a_request_that_is_still_open_is_overdue() -> None:
    assert asked(RequestKind.EXPORT).late(LATER).overdue
    assert not asked(RequestKind.ERASURE).cancelled(LATER).late(LATER).overdue


ANSWERS = st.lists(
    st.tuples(st.sampled_from(("agree", "refuse", "erase", "export", "again")), st.sampled_from(SERVICES)), max_size=80
)


@given(ANSWERS)
def test_nothing_is_erased_before_all_six_agreed_and_nothing_done_before_all_six_answered(
    answers: list[tuple[str, str]],
) -> None:
    request = asked(RequestKind.ERASURE)
    agreed: set[str] = set()
    refused = False
    erased: set[str] = set()
    for what, service in answers:
        before = request
        match what:
            case "agree":
                request = request.checked(service, request.round, (), LATER)
            case "refuse":
                request = request.checked(service, request.round, [Hindrance(service, "R", "x/1")], LATER)
            case "erase":
                request = request.done_by(RequestKind.ERASURE, service, 0, None, LATER)
            case "export":
                request = request.done_by(RequestKind.EXPORT, service, 1, EXPIRES, LATER)
            case "again":
                request = request.asked_again(LATER)
        assert request.version == before.version + (request != before)
        if before.state is RequestState.CHECKING and what in ("agree", "refuse") and service not in agreed:
            agreed.add(service)
            refused |= what == "refuse"
        if before.state is RequestState.RUNNING and what == "erase":
            erased.add(service)
        if before.state is RequestState.DEFERRED and what == "again":
            agreed, refused = set(), False
        assert (request.state is RequestState.DEFERRED) == (agreed == set(SERVICES) and refused)
        assert (request.state is RequestState.DONE) == (erased == set(SERVICES))
        if request.state in (RequestState.RUNNING, RequestState.DONE):
            assert agreed == set(SERVICES)
            assert not refused
