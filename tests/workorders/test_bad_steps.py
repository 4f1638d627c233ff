"""What is wrong with a step of a work order is said, and leaves the job as it was (W3)."""

from typing import Any
from uuid import uuid4

import grpc
import pytest

from tests.support.running import Starter
from tests.workorders.calls import Desk, refusal

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND
WRONG_STATE = grpc.StatusCode.FAILED_PRECONDITION
LONG = "x" * 5000


@pytest.fixture(scope="module")
def desk(start_once: Starter) -> Desk:
    return Desk(start_once, work=False, crews=1)


VERBS: list[tuple[str, dict[str, Any]]] = [
    ("DispatchWorkOrder", {}),
    ("AcknowledgeWorkOrder", {}),
    ("StartWorkOrderTravel", {}),
    ("ArriveWorkOrder", {"note": "n"}),
    ("StartWorkOrder", {}),
    ("HandOverWorkOrder", {"crew": "crews/crew-0", "note": "n"}),
    ("SuspendWorkOrder", {"reason": "parts"}),
    ("ResumeWorkOrder", {}),
    ("CompleteWorkOrder", {"cause": "c", "resolution": "r", "no_signature_reason": "n"}),
    ("ConfirmWorkOrder", {}),
    ("CloseWorkOrder", {}),
    ("CancelWorkOrder", {"reason": "r"}),
    ("MarkWorkOrderNotDone", {"reason": "r"}),
    ("ReopenWorkOrder", {"reason": "r"}),
]


@pytest.mark.parametrize(("verb", "values"), VERBS, ids=lambda x: x if isinstance(x, str) else "")
def test_every_step_knows_its_job(desk: Desk, verb: str, values: dict[str, Any]) -> None:
    for name, wrong, code, text in (
        ("workOrders/none", {}, MISSING, "workOrders/none"),
        ("tickets/1", {}, INVALID, "name"),
        ("", {}, INVALID, "name"),
        ("workOrders/none", {"request_id": "seven"}, INVALID, "request_id"),
        ("workOrders/none", {"etag": "x" * 101}, INVALID, "etag"),
    ):
        with pytest.raises(grpc.RpcError) as caught:
            desk.step(verb, name, **values, **wrong)
        assert refusal(caught.value)[0] is code
        assert text in refusal(caught.value)[1]


@pytest.mark.parametrize(
    ("verb", "values", "text"),
    [
        ("ArriveWorkOrder", {"note": LONG}, "note"),
        ("SuspendWorkOrder", {"reason": "parts", "note": LONG}, "note"),
        ("SuspendWorkOrder", {"reason": ""}, "reason"),
        ("CompleteWorkOrder", {"cause": "", "resolution": "r"}, "cause"),
        ("CompleteWorkOrder", {"cause": "c", "resolution": LONG}, "resolution"),
        ("CompleteWorkOrder", {"cause": "c", "resolution": "r", "parts": [""]}, "parts[0]"),
        ("CompleteWorkOrder", {"cause": "c", "resolution": "r", "parts": ["p"] * 101}, "parts"),
        ("CompleteWorkOrder", {"cause": "c", "resolution": "r", "photos": ["x" * 501]}, "photos[0]"),
        ("CompleteWorkOrder", {"cause": "c", "resolution": "r", "reading": "x" * 101}, "reading"),
        ("ConfirmWorkOrder", {"note": LONG}, "note"),
        ("CancelWorkOrder", {"reason": ""}, "reason"),
        ("CancelWorkOrder", {"reason": LONG}, "reason"),
        ("MarkWorkOrderNotDone", {"reason": ""}, "reason"),
        ("ReopenWorkOrder", {"reason": LONG}, "reason"),
        ("DispatchWorkOrder", {"crew": "crew-0", "reason": "r"}, "crew"),
        ("DispatchWorkOrder", {"reason": LONG}, "reason"),
    ],
)
def test_bad_words_of_a_step_are_refused(desk: Desk, verb: str, values: dict[str, Any], text: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        desk.step(verb, "workOrders/none", **values)
    assert refusal(caught.value)[0] is INVALID
    assert text in refusal(caught.value)[1]


def test_a_job_in_the_wrong_state_stays_as_it_was(start: Starter) -> None:
    desk = Desk(start)
    job = desk.job()
    for verb, values in VERBS:
        if verb not in ("DispatchWorkOrder", "AcknowledgeWorkOrder", "CancelWorkOrder"):
            with pytest.raises(grpc.RpcError) as caught:
                desk.step(verb, job.name, **values)
            assert refusal(caught.value)[0] is WRONG_STATE, verb
            assert job.name in refusal(caught.value)[1]
    with pytest.raises(grpc.RpcError) as caught:
        desk.step("AcknowledgeWorkOrder", job.name, etag='"0"')
    assert refusal(caught.value)[0] is grpc.StatusCode.ABORTED
    with pytest.raises(grpc.RpcError) as caught:
        desk.step("CancelWorkOrder", job.name, reason="a\0b")
    assert refusal(caught.value)[0] is INVALID
    assert desk.get(job.name) == job


def test_a_request_id_of_a_step_is_for_one_request(start: Starter) -> None:
    desk = Desk(start)
    job, once = desk.job(), str(uuid4())
    first = desk.step("AcknowledgeWorkOrder", job.name, request_id=once)
    assert desk.step("AcknowledgeWorkOrder", job.name, request_id=once) == first
    for verb, values in (("AcknowledgeWorkOrder", {"etag": first.etag}), ("StartWorkOrderTravel", {})):
        with pytest.raises(grpc.RpcError) as caught:
            desk.step(verb, job.name, request_id=once, **values)
        assert refusal(caught.value)[0] is INVALID, verb
        assert "request_id" in refusal(caught.value)[1]
