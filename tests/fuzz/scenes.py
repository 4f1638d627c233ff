"""Before an RPC is attacked: requests that would be answered OK, each about a thing of its own in the state it needs.

The story of the world ends with everything closed and paid. Of what the attack draws, something comes near to these.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from google.protobuf.message import Message

from tests.e2e.story import ACCOUNT, CUSTOMER, PREMISES
from tests.fuzz import lives, offices, rooms
from tests.fuzz.stage import Stage, money
from tests.support.running import MORNING

Scene = Callable[[Stage, int], Iterable[Message]]


def requests(stage: Stage, rpc: str, count: int) -> list[Message]:
    """So many of them, or one where one thing is enough; none for an RPC that needs no scene."""
    if rpc in lives.RPCS:
        return lives.requests(stage, rpc, count)
    if rpc in _ALWAYS:
        return [stage.request(rpc, **_ALWAYS[rpc])]
    return list(_SCENES[rpc](stage, count)) if rpc in _SCENES else []


_CHARGE = {"account": ACCOUNT, "kind": 3, "amount": money(100), "description": "换阀门"}

_ALWAYS: Mapping[str, Mapping[str, Any]] = {
    "PostCharge": _CHARGE,
    "BatchPostCharges": {"requests": [_CHARGE]},
    "GetBalance": {"name": ACCOUNT},
    "ListPostings": {"parent": ACCOUNT},
    "FileComplaint": {"subject": "太冷", "customer": CUSTOMER, "channel": "counter", "severity": "minor"},
    "SearchComplaints": {"query": "晚"},
    "SearchPremises": {"query": "朝阳"},
    "ListTimelineEntries": {"parent": CUSTOMER},
    "ListGamingFindings": {"start_time": MORNING, "end_time": MORNING + timedelta(days=90)},
    "BatchRecordPremisesHistory": {"entries": [{"premises": PREMISES, "year": 2024, "kind": "cold", "count": 2}]},
}
"""What only has to be said right."""

_SCENES: Mapping[str, Scene] = {
    "CreateBank": offices.new_banks,
    "GetQuarantinedEvent": offices.quarantined("GetQuarantinedEvent"),
    "ReleaseQuarantinedEvent": offices.quarantined("ReleaseQuarantinedEvent"),
    "ListComplaintEntries": offices.entries,
    "CancelDataRequest": offices.deferred_erasures,
    "ListPersonalDataRecords": offices.exports,
    "UpdateTemplate": offices.templates,
    "SendNotification": offices.messages,
    "PreviewTemplate": offices.previews,
    "RecordReceipt": offices.receipts,
    "ReplayDeadLetter": offices.dead_letters("ReplayDeadLetter"),
    "DropDeadLetter": offices.dead_letters("DropDeadLetter"),
    "TriageTicket": offices.stuck_tickets,
    "GetSensor": rooms.alarming("GetSensor"),
    "UpdateSensor": rooms.moves,
    "RetireSensor": rooms.alarming("RetireSensor"),
    "GetSensorAlarm": rooms.alarms,
    "GetLinkedQuestionnaire": offices.links,
    "RecordResponse": offices.answers,
    "ClaimCallback": offices.callbacks,
    "RecordAttempt": offices.attempts,
}
