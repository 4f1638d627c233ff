"""What is counted of complaints and their supervision (P3)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func, select

from complaints.domain.complaint import OVER, Severity, State
from complaints.domain.deadlines import Clock, Step
from complaints.store.statistics import is_overdue
from complaints.store.tables import complaints
from hearthline.complaints.v1 import events_pb2 as pb
from servicekit.core import AnySelect
from servicekit.metrics import Counted, Kind, Measured, Metric

_CHANNELS = (
    *("hotline", "counter", "web", "wechat", "email", "letter"),
    *("12345", "12398", "media", "social_supervisor", "survey"),
)
_STAGES = {
    pb.ComplaintFiled: "filed",
    pb.ComplaintAcknowledged: "acknowledged",
    pb.ComplaintAssessed: "assessed",
    pb.ComplaintInvestigated: "investigated",
    pb.ComplaintResponded: "responded",
    pb.ComplaintDecisionCommunicated: "decided",
    pb.ComplaintClosed: "closed",
    pb.ComplaintReopened: "reopened",
    pb.ComplaintWithdrawn: "withdrawn",
}
_RUNNING = tuple(state for state in State if state not in OVER)

COMPLAINTS = Metric(
    "hearthline.complaints",
    Kind.COUNTER,
    "Complaints that came to a stage.",
    "{complaint}",
    {"stage": tuple(_STAGES.values()), "channel": _CHANNELS, "severity": tuple(Severity)},
)
SUPERVISIONS = Metric(
    "hearthline.complaint.supervisions",
    Kind.COUNTER,
    "Steps of the ladder that were taken because a deadline was missed.",
    "{step}",
    {"clock": tuple(Clock), "step": tuple(Step)},
)
OPEN_COMPLAINTS = Metric(
    "hearthline.complaints.open",
    Kind.GAUGE,
    "Complaints that are not over, by state, and whether a deadline has passed.",
    "{complaint}",
    {"state": _RUNNING, "overdue": ("yes", "no")},
)
ESTIMATED = Metric(
    "hearthline.complaints.estimated",
    Kind.GAUGE,
    "Open complaints with a deadline that rests on holidays which nobody has published yet, by severity.",
    "{complaint}",
    {"severity": tuple(Severity)},
)


def _at(stage: str) -> Callable[[Any], dict[str, str]]:
    """Every event of the life cycle has the same facts."""
    return lambda event: {"stage": stage, "channel": event.facts.channel, "severity": event.facts.severity}


COUNTS = (
    Counted(COMPLAINTS, {kind: _at(stage) for kind, stage in _STAGES.items()}),
    Counted(SUPERVISIONS, {pb.ComplaintSupervised: lambda event: {"clock": event.clock, "step": event.step}}),
)


def _open(now: datetime) -> AnySelect:
    """A utility has thousands of complaints, not millions: it takes no index."""
    marked = select(complaints.c.state, case((is_overdue(now), "yes"), else_="no").label("overdue"))
    running = marked.where(complaints.c.state.in_(_RUNNING)).subquery()
    return select(running.c.state, running.c.overdue, func.count()).group_by(running.c.state, running.c.overdue)


def _estimated(_: datetime) -> AnySelect:
    c = complaints.c
    marked = select(c.severity, func.count()).where(
        c.deadline_estimated, c.state.in_(_RUNNING), c.decide_time.is_(None)
    )
    return marked.group_by(c.severity)


GAUGES = (Measured(OPEN_COMPLAINTS, _open), Measured(ESTIMATED, _estimated))
