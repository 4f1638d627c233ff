"""What makes a message untrue before it is sent: later facts of the same subject, or a time that it names (N4).

Every occasion has its rows; a test holds that none is missing. A later fact of the kind that caused a message is among
them, so that of two that wait the later one goes out.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from notifications.domain.notification import Notification
from notifications.domain.values import Term


@dataclass(frozen=True, slots=True)
class Happening:
    """The latest fact of one kind about one subject."""

    subject: str
    kind: str
    """The event's type without its package: "WorkOrderCancelled"."""
    sequence: int
    time: datetime


@dataclass(frozen=True, slots=True)
class Untrue:
    """When a message must not go out any more."""

    after: frozenset[str] = frozenset()
    """Facts about what the message is about."""
    until: str = ""
    """The variable with the time after which it says nothing that helps."""
    when: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Only for messages with one of these codes in these variables."""

    def fits(self, notification: Notification) -> bool:
        return all(_code(notification, name) in codes for name, codes in self.when.items())


def _row(*after: str, until: str = "", **when: str) -> Untrue:
    return Untrue(frozenset(after), until, {name: frozenset(codes.split()) for name, codes in when.items()})


_TICKET_OVER = ("TicketResolved", "TicketCancelled")
_JOB_OVER = ("WorkOrderCompleted", "WorkOrderNotDone", "WorkOrderCancelled")
_ON_ITS_WAY = ("WorkOrderDispatched", "WorkOrderHandedOver", "WorkOrderArrived")
_COMPLAINT_OVER = ("ComplaintDecisionCommunicated", "ComplaintClosed", "ComplaintWithdrawn")
_SURVEY_OVER = ("SurveyResponseRecorded", "SurveyRefused", "SurveyExpired")

UNTRUE: Mapping[str, Sequence[Untrue]] = {
    "ticket-received": [_row(*_TICKET_OVER)],
    "ticket-answered": [_row("TicketReopened", "TicketResolved")],
    "ticket-withdrawn": [_row("TicketReopened")],
    "ticket-reopened": [_row("TicketReopened", *_TICKET_OVER)],
    "crew-dispatched": [_row(*_ON_ITS_WAY, "WorkOrderSuspended", *_JOB_OVER, until="arrive_due_time")],
    "work-completed": [_row("WorkOrderReopened", "WorkOrderCompleted")],
    "work-cancelled": [_row("WorkOrderReopened", *_ON_ITS_WAY)],
    "survey-invitation": [_row(*_SURVEY_OVER, until="expire_time")],
    "complaint-received": [_row("ComplaintExtended", *_COMPLAINT_OVER, until="decide_due_time")],
    "complaint-received-estimated": [_row("ComplaintExtended", *_COMPLAINT_OVER, until="decide_due_time")],
    "complaint-extended": [_row("ComplaintExtended", *_COMPLAINT_OVER, until="decide_due_time")],
    "complaint-extended-estimated": [_row("ComplaintExtended", *_COMPLAINT_OVER, until="decide_due_time")],
    "complaint-decided": [_row("ComplaintReopened", "ComplaintDecisionCommunicated")],
    # A criticism (通报批评) stands, whatever happens afterwards; who was only to hurry need not any more.
    "complaint-supervised": [
        _row(*_COMPLAINT_OVER, step="reminder urging"),
        _row("ComplaintAcknowledged", step="reminder urging", clock="acknowledge"),
    ],
    "payment-received": [_row("PaymentReversed")],
    "payment-refunded": [_row("PaymentReversed")],
    "payment-reversed": [_row()],
    "crew-changed": [_row("WorkOrderHandedOver", "WorkOrderSuspended", *_JOB_OVER)],
    "fault-known": [_row("WorkOrderDispatched", *_JOB_OVER)],
    "crew-overdue": [_row(*_ON_ITS_WAY, "WorkOrderSuspended", *_JOB_OVER)],
    "crew-on-site": [_row("WorkOrderHandedOver", "WorkOrderSuspended", *_JOB_OVER)],
    "arrival-late": [_row(*_ON_ITS_WAY, "WorkOrderSuspended", *_JOB_OVER)],
    "work-suspended": [_row("WorkOrderResumed", "WorkOrderSuspended", *_JOB_OVER)],
    "work-resumed": [_row("WorkOrderSuspended", *_JOB_OVER)],
    "work-not-done": [_row()],
    "ticket-corrected": [_row("TicketTriaged", *_TICKET_OVER)],
    "complaint-withdrawn": [_row("ComplaintReopened")],
    "complaint-reopened": [_row("ComplaintReopened", *_COMPLAINT_OVER)],
    "complaint-late": [_row("ComplaintExtended", *_COMPLAINT_OVER)],
    "standard-escalated": [
        _row(*_JOB_OVER),
        _row("WorkOrderArrived", clock="respond dispatch arrive"),
        _row("WorkOrderDispatched", clock="respond dispatch"),
    ],
}
"""By template code."""

HEARD = frozenset(kind for rows in UNTRUE.values() for row in rows for kind in row.after)
"""The kinds of facts that are kept for it."""

TIME_PASSED = "TIME_PASSED"


def untrue(notification: Notification, happenings: Iterable[Happening], now: datetime) -> str | None:
    """Why a message is not true any more, as a reason; None while it is."""
    rows = [row for row in UNTRUE.get(notification.template_code, ()) if row.fits(notification)]
    after = frozenset[str]().union(*(row.after for row in rows))
    if later := [h for h in happenings if h.kind in after and _is_later(h, notification)]:
        return f"OVERTAKEN_BY_{_upper(max(later, key=lambda h: (h.time, h.sequence, h.kind)).kind)}"
    times = [notification.variables.get(row.until) for row in rows if row.until]
    return TIME_PASSED if any(isinstance(time, datetime) and time <= now for time in times) else None


def _is_later(happening: Happening, notification: Notification) -> bool:
    """By the subject's own count, which clocks cannot blur; by time where another subject's fact caused the message."""
    if happening.subject != notification.related_resource:
        return False
    if notification.sequence:
        return happening.sequence > notification.sequence
    return happening.time > notification.create_time


def _code(notification: Notification, name: str) -> str:
    value = notification.variables.get(name)
    return value.code if isinstance(value, Term) else ""


def _upper(kind: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind).upper()
