"""How long each message is worth sending, how soon another channel is tried, and which ones go first (N4).

The life of a template that an operator made stands in the template; what is here is for those that facts cause. Nothing
is given up within six hours: that long a provider may be away.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum


class Rank(IntEnum):
    """In which order messages go out when more wait than a provider takes."""

    EMERGENCY = 0
    URGENT = 1
    NORMAL = 2
    LATER = 3


@dataclass(frozen=True, slots=True)
class Worth:
    """What a message is worth to its reader."""

    life: timedelta
    """After this it is no news any more, and is not sent."""
    patience: timedelta
    """How long one channel may fail for the time being before the next one is tried as well."""
    rank: Rank = Rank.NORMAL


def _worth(hours: float, minutes: float, rank: Rank = Rank.NORMAL) -> Worth:
    return Worth(timedelta(hours=hours), timedelta(minutes=minutes), rank)


WORTH: Mapping[str, Worth] = {
    "ticket-received": _worth(48, 15),
    "crew-dispatched": _worth(24, 5, Rank.URGENT),
    "work-completed": _worth(48, 60),
    "work-cancelled": _worth(24, 10, Rank.URGENT),
    "ticket-answered": _worth(48, 60),
    "ticket-withdrawn": _worth(48, 60),
    "ticket-reopened": _worth(24, 30),
    "survey-invitation": _worth(72, 360, Rank.LATER),
    "complaint-received": _worth(72, 60),
    "complaint-received-estimated": _worth(72, 60),
    "complaint-decided": _worth(72, 60),
    "complaint-extended": _worth(72, 60),
    "complaint-extended-estimated": _worth(72, 60),
    "complaint-supervised": _worth(24, 15, Rank.URGENT),
    "payment-received": _worth(72, 120, Rank.LATER),
    "standard-escalated": _worth(24, 2, Rank.URGENT),
    "payment-reversed": _worth(72, 60),
    "payment-refunded": _worth(72, 120, Rank.LATER),
    "crew-changed": _worth(24, 5, Rank.URGENT),
    "fault-known": _worth(24, 10, Rank.URGENT),
    "crew-overdue": _worth(12, 5, Rank.URGENT),
    "crew-on-site": _worth(12, 5, Rank.URGENT),
    "arrival-late": _worth(12, 5, Rank.URGENT),
    "work-suspended": _worth(24, 10, Rank.URGENT),
    "work-resumed": _worth(24, 10, Rank.URGENT),
    "work-not-done": _worth(24, 10, Rank.URGENT),
    "ticket-corrected": _worth(48, 60),
    "complaint-withdrawn": _worth(72, 60),
    "complaint-reopened": _worth(72, 60),
    "complaint-late": _worth(72, 60),
}
"""By template code."""

OTHERS = Worth(timedelta.max, timedelta(minutes=30))
"""Of templates that are sent by request: their life is the template's, or the longest that any has."""

EMERGENCY_PATIENCE = timedelta(minutes=2)
_RANKS = {"emergency": Rank.EMERGENCY, "urgent": Rank.URGENT}


def worth_of(code: str) -> Worth:
    """What a message by this template is worth."""
    return WORTH.get(code, OTHERS)


def rank_of(code: str, urgency: str = "") -> Rank:
    """Which messages go first: those about emergencies, whatever they say."""
    return min(worth_of(code).rank, _RANKS.get(urgency, Rank.LATER))


def patience_of(code: str, rank: int) -> timedelta:
    """How long a channel may fail before the next one is tried; nobody waits long in an emergency."""
    patience = worth_of(code).patience
    return min(patience, EMERGENCY_PATIENCE) if rank == Rank.EMERGENCY else patience
