"""The part of a work order that is kept as JSON."""

from datetime import datetime
from typing import Any

from servicekit.personal_data import ERASED
from workorders.domain.clocks import Clock
from workorders.domain.completion import Completion
from workorders.domain.lifecycle import State
from workorders.domain.promise import Promise
from workorders.domain.standards import FrozenStandard
from workorders.domain.work_order import Stage, WorkOrder

_SIGNATURE = 5
"""Where `completion` holds who signed."""


def body_of(order: WorkOrder) -> dict[str, Any]:
    """What `from_body` reads back."""
    done = order.completion
    return {
        "ticket_ids": list(order.ticket_ids),
        "customer_ids": list(order.customer_ids),
        "standard": order.standard.to_dict(),
        "silent_crews": sorted(order.silent_crews),
        "round": order.round,
        "follows": order.follows,
        "follow_up": order.follow_up,
        "looked_time": order.looked_time and order.looked_time.isoformat(),
        "stages": [[s.state, s.time.isoformat(), s.actor, s.note] for s in order.stages],
        "promises": [_promise_to_list(p) for p in order.promises],
        "completion": done
        and [
            done.cause,
            done.resolution,
            list(done.parts),
            list(done.photos),
            done.reading,
            done.signature,
            done.no_signature_reason,
        ],
        # Beside the list, for a version before it still reads that while the release rolls out.
        "instrument": done.instrument if done else "",
    }


def from_body(body: dict[str, Any]) -> dict[str, Any]:
    """Fields of a WorkOrder by name."""
    done = body["completion"]
    return {
        "ticket_ids": tuple(body["ticket_ids"]),
        "customer_ids": tuple(body["customer_ids"]),
        "standard": FrozenStandard.from_dict(body["standard"]),
        "silent_crews": frozenset(body["silent_crews"]),
        "round": body["round"],
        "follows": body["follows"],
        "follow_up": body["follow_up"],
        "looked_time": datetime.fromisoformat(body["looked_time"]) if body["looked_time"] else None,
        "stages": tuple(Stage(State(s), datetime.fromisoformat(t), a, n) for s, t, a, n in body["stages"]),
        "promises": tuple(_promise_of(values) for values in body["promises"]),
        "completion": done and _completion_of(done, body.get("instrument", "")),
    }


def _completion_of(done: list[Any], instrument: str) -> Completion:
    cause, resolution, parts, photos, reading, signature, no_signature_reason = done
    return Completion(
        cause, resolution, tuple(parts), tuple(photos), reading, signature, no_signature_reason, instrument
    )


def without_persons(body: dict[str, Any]) -> dict[str, Any]:
    """The same without who signed and what crews noted; when it was done, its cause and its resolution stay (C9)."""
    stages = [[state, time, actor, note and ERASED] for state, time, actor, note in body["stages"]]
    done = body["completion"]
    signed = done and [*done[:_SIGNATURE], done[_SIGNATURE] and ERASED, *done[_SIGNATURE + 1 :]]
    return {**body, "stages": stages, "completion": signed}


def _promise_to_list(p: Promise) -> list[Any]:
    met = p.met.isoformat() if p.met else None
    return [
        p.clock,
        p.round,
        p.start.isoformat(),
        p.due.isoformat(),
        p.warn.isoformat(),
        met,
        p.warned,
        p.breached,
        p.raised,
    ]


def _promise_of(values: list[Any]) -> Promise:
    clock, number, start, due, warn, met, warned, breached, raised = values
    at = datetime.fromisoformat
    return Promise(
        Clock(clock), number, at(start), at(due), at(warn), at(met) if met else None, warned, breached, raised
    )
