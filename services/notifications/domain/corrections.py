"""Who was told something that has stopped being true is told what is true now, and nobody else (N4).

`CORRECTED_BY` answers for each message and each fact that makes it untrue; `CORRECTIONS` are the messages that only
those get who were told before. A test holds both against what there is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifications.domain.notification import Notification, Outcome, State

NOTHING_TO_CORRECT = "NOTHING_TO_CORRECT"
"""Its reader was told nothing that it would correct."""
AWAITS_CORRECTED = "AWAITS_CORRECTED"
"""It is not known yet whether what it corrects goes out."""

_TOLD = frozenset({State.SENT, State.DELIVERED})
_TAKEN = frozenset({Outcome.ACCEPTED, Outcome.DELIVERED})
_OPEN = frozenset({State.PENDING, State.AWAITING_CONTACT, State.SENDING})


@dataclass(frozen=True, slots=True)
class Correction:
    """For those who got one of these messages about the same."""

    of: frozenset[str]
    differs: tuple[str, ...] = ()
    """Only when one of these variables is another one than they were told."""


_DATED = frozenset(
    {"complaint-received", "complaint-received-estimated", "complaint-extended", "complaint-extended-estimated"}
)
CORRECTIONS: Mapping[str, Correction] = {
    "payment-reversed": Correction(frozenset({"payment-received", "payment-refunded"})),
    "payment-refunded": Correction(frozenset({"payment-received"})),
    "arrival-late": Correction(frozenset({"crew-dispatched"})),
    "complaint-late": Correction(_DATED),
    "complaint-reopened": Correction(frozenset({"complaint-decided", "complaint-withdrawn"})),
    "ticket-corrected": Correction(frozenset({"ticket-received", "ticket-corrected"}), ("commodity", "category")),
}
"""By template code; all other messages go to everybody whom their fact concerns."""

CORRECTED_CODES = frozenset(code for correction in CORRECTIONS.values() for code in correction.of)


def held_back(notification: Notification, others: Iterable[Notification]) -> str | None:
    """Why a correction does not go out now: `NOTHING_TO_CORRECT`, `AWAITS_CORRECTED`; None when it does, or is none."""
    correction = CORRECTIONS.get(notification.template_code)
    if correction is None:
        return None
    before = [o for o in others if o.template_code in correction.of and _is_before(o, notification)]
    if told := [o for o in before if _was_told(o)]:
        latest = max(told, key=lambda o: (o.sequence, o.create_time))
        same = all(latest.variables.get(name) == notification.variables.get(name) for name in correction.differs)
        return NOTHING_TO_CORRECT if correction.differs and same else None
    return AWAITS_CORRECTED if any(o.state in _OPEN for o in before) else NOTHING_TO_CORRECT


def _is_before(other: Notification, notification: Notification) -> bool:
    about = (notification.recipient, notification.related_resource)
    if (other.recipient, other.related_resource) != about or other.id == notification.id:
        return False
    return (other.sequence, other.create_time) <= (notification.sequence, notification.create_time)


def _was_told(n: Notification) -> bool:
    return n.state in _TOLD or any(attempt.outcome in _TAKEN for attempt in n.attempts)


NEXT = "the next message says it"
SEEN = "its reader saw or did it"
STAFF = "is for staff, who see the case itself"
SAID = "the message itself said so"

_OF_A_DATE: Mapping[str, str] = {
    "ComplaintExtended": "complaint-extended",
    "ComplaintDecisionCommunicated": "complaint-decided",
    "ComplaintClosed": NEXT,
    "ComplaintWithdrawn": "complaint-withdrawn",
    "ComplaintSupervised": "complaint-late",
}
"""What corrects a message that names the day of the decision."""

_OF_AN_END: Mapping[str, str] = {
    "WorkOrderCompleted": "work-completed",
    "WorkOrderNotDone": "work-not-done",
    "WorkOrderCancelled": "work-cancelled",
}
"""What corrects a message about a job that goes on."""

CORRECTED_BY: Mapping[str, Mapping[str, str]] = {
    "ticket-received": {
        "TicketTriaged": "ticket-corrected",
        "TicketResolved": "ticket-answered",
        "TicketCancelled": "ticket-withdrawn",
    },
    "ticket-corrected": {
        "TicketTriaged": "ticket-corrected",
        "TicketResolved": "ticket-answered",
        "TicketCancelled": "ticket-withdrawn",
    },
    "ticket-answered": {"TicketReopened": "ticket-reopened", "TicketResolved": "ticket-answered"},
    "ticket-withdrawn": {"TicketReopened": "ticket-reopened"},
    "ticket-reopened": {
        "TicketReopened": "ticket-reopened",
        "TicketResolved": "ticket-answered",
        "TicketCancelled": "ticket-withdrawn",
    },
    "crew-dispatched": {
        "WorkOrderDispatched": "crew-dispatched",
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderArrived": SEEN,
        "WorkOrderSuspended": "work-suspended",
        "WorkOrderCompleted": "work-completed",
        "WorkOrderNotDone": "work-not-done",
        "WorkOrderCancelled": "work-cancelled",
        "ServiceStandardBreached": "arrival-late",
    },
    "arrival-late": {
        "WorkOrderDispatched": "crew-dispatched",
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderArrived": SEEN,
        "WorkOrderSuspended": "work-suspended",
        "WorkOrderCompleted": "work-completed",
        "WorkOrderNotDone": "work-not-done",
        "WorkOrderCancelled": "work-cancelled",
    },
    "crew-overdue": {
        "WorkOrderDispatched": "crew-dispatched",
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderArrived": SEEN,
        "WorkOrderSuspended": "work-suspended",
        **_OF_AN_END,
    },
    "fault-known": {"WorkOrderDispatched": "crew-dispatched", **_OF_AN_END},
    "crew-on-site": {
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderSuspended": "work-suspended",
        **_OF_AN_END,
    },
    "crew-changed": {
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderSuspended": "work-suspended",
        "WorkOrderCompleted": "work-completed",
        "WorkOrderNotDone": "work-not-done",
        "WorkOrderCancelled": "work-cancelled",
    },
    "work-suspended": {
        "WorkOrderResumed": "work-resumed",
        "WorkOrderSuspended": "work-suspended",
        "WorkOrderCompleted": "work-completed",
        "WorkOrderNotDone": "work-not-done",
        "WorkOrderCancelled": "work-cancelled",
    },
    "work-resumed": {
        "WorkOrderSuspended": "work-suspended",
        "WorkOrderCompleted": "work-completed",
        "WorkOrderNotDone": "work-not-done",
        "WorkOrderCancelled": "work-cancelled",
    },
    "work-not-done": {},
    "work-completed": {"WorkOrderReopened": "ticket-reopened", "WorkOrderCompleted": "work-completed"},
    "work-cancelled": {
        "WorkOrderReopened": "ticket-reopened",
        "WorkOrderDispatched": "crew-dispatched",
        "WorkOrderHandedOver": "crew-changed",
        "WorkOrderArrived": SEEN,
    },
    "survey-invitation": {
        "SurveyResponseRecorded": SEEN,
        "SurveyRefused": SEEN,
        "SurveyExpired": SAID,
    },
    **dict.fromkeys(sorted(_DATED), _OF_A_DATE),
    "complaint-late": {
        "ComplaintExtended": "complaint-extended",
        "ComplaintDecisionCommunicated": "complaint-decided",
        "ComplaintClosed": NEXT,
        "ComplaintWithdrawn": "complaint-withdrawn",
    },
    "complaint-decided": {
        "ComplaintReopened": "complaint-reopened",
        "ComplaintDecisionCommunicated": "complaint-decided",
    },
    "complaint-withdrawn": {"ComplaintReopened": "complaint-reopened"},
    "complaint-reopened": {
        "ComplaintReopened": "complaint-reopened",
        "ComplaintDecisionCommunicated": "complaint-decided",
        "ComplaintClosed": NEXT,
        "ComplaintWithdrawn": "complaint-withdrawn",
    },
    "payment-received": {"PaymentReversed": "payment-reversed", "PaymentRefunded": "payment-refunded"},
    "payment-refunded": {"PaymentReversed": "payment-reversed"},
    "payment-reversed": {},
    "complaint-supervised": dict.fromkeys(
        ("ComplaintDecisionCommunicated", "ComplaintClosed", "ComplaintWithdrawn", "ComplaintAcknowledged"), STAFF
    ),
    "standard-escalated": dict.fromkeys(
        (
            "WorkOrderCompleted",
            "WorkOrderNotDone",
            "WorkOrderCancelled",
            "WorkOrderArrived",
            "WorkOrderDispatched",
        ),
        STAFF,
    ),
}
"""By template code and fact: the code of the message that corrects it, or in words why none has to."""
