"""Work orders and complaints in each state of their lives."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.message import Message

from tests.e2e.story import CUSTOMER, PREMISES
from tests.fuzz.stage import Stage

_DONE = {"cause": "阀门坏", "resolution": "换阀门", "signature": "signatures/x", "photos": ["photos/1"]}

_STEPS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "DispatchWorkOrder": ("", {"reason": "nearest"}),
    "AcknowledgeWorkOrder": ("DispatchWorkOrder", {}),
    "CancelWorkOrder": ("DispatchWorkOrder", {"reason": "warm again"}),
    "StartWorkOrderTravel": ("AcknowledgeWorkOrder", {}),
    "ArriveWorkOrder": ("StartWorkOrderTravel", {"note": "到场"}),
    "HandOverWorkOrder": ("ArriveWorkOrder", {"note": "换阀门"}),
    "StartWorkOrder": ("ArriveWorkOrder", {}),
    "SuspendWorkOrder": ("StartWorkOrder", {"reason": "parts"}),
    "MarkWorkOrderNotDone": ("StartWorkOrder", {"reason": "no access"}),
    "CompleteWorkOrder": ("StartWorkOrder", _DONE),
    "ResumeWorkOrder": ("SuspendWorkOrder", {}),
    "ConfirmWorkOrder": ("CompleteWorkOrder", {}),
    "ReopenWorkOrder": ("CompleteWorkOrder", {"reason": "cold again"}),
    "CloseWorkOrder": ("ConfirmWorkOrder", {}),
    "AcknowledgeComplaint": ("", {}),
    "TransferComplaint": ("", {"responsible_unit": "units/south", "reason": "theirs"}),
    "ExtendComplaint": (
        "",
        {"working_days": 1, "reason": "holidays", "approver": "staff/1003", "explanation": "a day more"},
    ),
    "WithdrawComplaint": ("", {"reason": "warm again"}),
    "AssessComplaint": ("AcknowledgeComplaint", {"assessment": "属实"}),
    "InvestigateComplaint": ("AssessComplaint", {"root_cause": "response", "findings": "派工延误"}),
    "RespondComplaint": ("InvestigateComplaint", {"response": "致歉"}),
    "CommunicateDecision": ("RespondComplaint", {"decision": "减免", "outcome": "upheld"}),
    "CloseComplaint": ("CommunicateDecision", {"closing_note": "满意"}),
    "ReopenComplaint": ("CloseComplaint", {"reason": "cold again"}),
}
"""Of each RPC: the one before it in a life, and what it says."""
RPCS = frozenset(_STEPS)
_WITH_CREW = ("DispatchWorkOrder", "HandOverWorkOrder")


def requests(stage: Stage, rpc: str, count: int) -> list[Message]:
    """So many, each for one that has come as far as this."""
    names = _orders(stage, count) if "WorkOrder" in rpc else _complaints(stage, count)
    crews = [_crew(stage) for _ in range(2)] if "WorkOrder" in rpc else []
    for name in names:
        for number, step in enumerate(_before(rpc)):
            stage.do(step, name=name, **_values(step, crews[number % 2 :]))
    return [stage.request(rpc, name=name, **_values(rpc, crews[::-1])) for name in names]


def _before(rpc: str) -> list[str]:
    before = _STEPS[rpc][0]
    return [*_before(before), before] if before else []


def _values(rpc: str, crews: list[str]) -> Mapping[str, Any]:
    return {**_STEPS[rpc][1], **({"crew": crews[0]} if rpc in _WITH_CREW else {})}


def _crew(stage: Stage) -> str:
    shifts = [{"weekday": day, "start_minute": 0, "end_minute": 1440} for day in range(1, 8)]
    crew = {"display_name": "南班", "skills": ["heat"], "shifts": shifts, "max_load": 1000}
    return str(stage.do("CreateCrew", crew_id=stage.id(), crew=crew).name)


def _orders(stage: Stage, count: int) -> list[str]:
    """Of faults that nobody has heard of, so that none joins another."""
    wanted = {"premises": PREMISES, "commodity": "heat", "severity": "minor", "urgency": "routine"}
    wanted |= {"channel": "hotline", "summary": "不热", "customer": CUSTOMER}
    faults = [stage.id().replace("-", "_") for _ in range(count)]
    for fault in faults:
        stage.do("CreateTicket", category=fault, **wanted)
    stage.settle("workorders")
    found = [stage.do("ListWorkOrders", filter=f'category = "{fault}"').work_orders for fault in faults]
    return [order.name for orders in found for order in orders]


def _complaints(stage: Stage, count: int) -> list[str]:
    wanted = {
        "customer": CUSTOMER,
        "subject": "太冷",
        "channel": "counter",
        "severity": "minor",
        "responsible_unit": "units/north",
    }
    return [stage.do("FileComplaint", **wanted).name for _ in range(count)]
