"""A notification: one message to one recipient, from the fact that caused it to the receipt (N4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256

from notifications.domain.routing import Route
from notifications.domain.values import Value
from notifications.domain.worth import Rank


class State(StrEnum):
    """Where a notification stands; the last three are final."""

    PENDING = "PENDING"
    AWAITING_CONTACT = "AWAITING_CONTACT"
    SENDING = "SENDING"
    SENT = "SENT"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    SUPPRESSED = "SUPPRESSED"


FINAL = frozenset({State.DELIVERED, State.FAILED, State.SUPPRESSED})


class Outcome(StrEnum):
    """What became of one hand-over to a provider; receipts turn ACCEPTED into DELIVERED or UNDELIVERED."""

    ACCEPTED = "ACCEPTED"
    TEMPORARY = "TEMPORARY"
    PERMANENT = "PERMANENT"
    DELIVERED = "DELIVERED"
    UNDELIVERED = "UNDELIVERED"


_REFUSALS = (Outcome.PERMANENT, Outcome.UNDELIVERED)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One hand-over to a provider. `message_key` is the idempotency key it was given."""

    route: Route
    message_key: str
    outcome: Outcome
    reason: str
    time: datetime


@dataclass(frozen=True, slots=True)
class Message:
    """The text that a recipient reads."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Notification:
    """One durable job; `version` counts its changes and is claimed by whoever works on it."""

    id: str
    template_code: str
    recipient: str
    """customers/{customer}, staff/{level}, or empty for a bare address."""
    variables: Mapping[str, Value]
    related_resource: str
    due: datetime
    create_time: datetime
    update_time: datetime
    direct: Route | None = None
    """Where to send it when the recipient's contacts are not asked for."""
    direct_name: str = ""
    template_id: str = ""
    """The template version, frozen when it is first sent."""
    state: State = State.PENDING
    reason: str = ""
    attempts: tuple[Attempt, ...] = ()
    message: Message | None = None
    sent_time: datetime | None = None
    finish_time: datetime | None = None
    confidential: bool = False
    """To somebody who complains confidentially, about that (S1)."""
    sequence: int = 0
    """Version of the related resource that it tells of; 0 when a fact of another resource caused it, or a request."""
    rank: int = Rank.NORMAL
    """Lower ones go out first."""
    expire_time: datetime | None = None
    """When it is no news any more, as its template says; None before the first try."""
    waits_for: tuple[str, ...] = ()
    """Channels whose return would let it go out earlier than when it is due."""
    version: int = 1

    @property
    def name(self) -> str:
        return f"notifications/{self.id}"

    @property
    def customer_id(self) -> str:
        collection, _, identifier = self.recipient.partition("/")
        return identifier if collection == "customers" else ""

    @property
    def last(self) -> Attempt | None:
        """The latest hand-over."""
        return self.attempts[-1] if self.attempts else None

    def message_key(self, route: Route) -> str:
        """The provider's idempotency key: the same for every try of one address, so that none arrives twice."""
        return f"{self.id}-{sha256(f'{route.channel}/{route.address}'.encode()).hexdigest()[:16]}"

    def failures(self, route: Route) -> int:
        """How often this address failed for the time being."""
        return sum(a.route.is_same_address(route) and a.outcome is Outcome.TEMPORARY for a in self.attempts)

    def last_failure(self, route: Route) -> datetime:
        """When this address last failed for the time being, or when the message was made."""
        times = [a.time for a in self.attempts if a.route.is_same_address(route) and a.outcome is Outcome.TEMPORARY]
        return max(times, default=self.create_time)

    def is_closed(self, route: Route) -> bool:
        """True when this address said no for good."""
        return any(a.route.is_same_address(route) and a.outcome in _REFUSALS for a in self.attempts)

    def moved(self, state: State, now: datetime, reason: str = "", due: datetime | None = None) -> "Notification":
        """This notification in another state."""
        finish = now if state in FINAL else None
        new = replace(self, state=state, reason=reason, due=due or now, update_time=now, finish_time=finish)
        return replace(new, waits_for=())

    def tried(self, attempt: Attempt, message: Message) -> "Notification":
        """This notification with one more hand-over."""
        return replace(self, attempts=(*self.attempts, attempt), message=message)


def notification_of(message_key: str) -> str:
    """The id of the notification that an idempotency key belongs to; empty when it is none of ours."""
    identifier, _, suffix = message_key.rpartition("-")
    return identifier if len(suffix) == 16 else ""
