"""What to do next with a notification: the plan of retries and fall-back, and what receipts change (N4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifications.domain.backoff import RetryPolicy
from notifications.domain.channel import Channel
from notifications.domain.notification import FINAL, Attempt, Message, Notification, Outcome, State
from notifications.domain.routing import Contact, Route, routes
from notifications.domain.worth import patience_of, worth_of

PROVIDER_AWAY = "PROVIDER_UNAVAILABLE"
"""Held without a try, for the provider answers nobody."""


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The operator's rules of delivery."""

    retry: RetryPolicy
    offered: frozenset[Channel]
    contact_timeout: timedelta
    """How long to wait for a customer who is not known yet."""
    longest_life: timedelta
    """After this no message is news any more; most have a shorter life of their own."""

    def expiry(self, notification: Notification, life: timedelta | None = None) -> datetime:
        """When a message is not sent any more; `life` is its template's, where that has one."""
        if notification.expire_time is not None:
            return notification.expire_time
        own = life or worth_of(notification.template_code).life
        return notification.create_time + min(own, self.longest_life)


@dataclass(frozen=True, slots=True)
class Result:
    """A provider's answer to one message."""

    outcome: Outcome
    """ACCEPTED, TEMPORARY or PERMANENT."""
    reason: str = ""
    """UPPER_SNAKE_CASE."""
    receipt_follows: bool = True
    """False when acceptance is the last that will ever be heard of it."""


def choose_route(
    notification: Notification,
    contact: Contact | None,
    policy: DeliveryPolicy,
    now: datetime,
    shut: Collection[str] = (),
) -> Route | Notification:
    """Where to send it now; or, when there is nowhere, the notification in the state that follows from that.

    `shut` are channels whose provider is away.
    """
    if notification.direct is None and contact is None:
        deadline = notification.create_time + policy.contact_timeout
        if now >= deadline:
            return notification.moved(State.FAILED, now, "NO_CONTACT")
        return notification.moved(State.AWAITING_CONTACT, now, "CONTACT_UNKNOWN", due=deadline)
    if now >= policy.expiry(notification):
        return notification.moved(State.FAILED, now, "EXPIRED")
    open_routes = possible_routes(notification, contact, policy.offered)
    step = next_try(notification, open_routes, policy, now, shut)
    if isinstance(step, Route):
        return step
    if step is not None:
        return step.of(notification, now)
    if open_routes and notification.last:
        return notification.moved(State.FAILED, now, notification.last.reason)
    return _nowhere(notification, contact, now)


def possible_routes(
    notification: Notification, contact: Contact | None, offered: Collection[Channel]
) -> tuple[Route, ...]:
    """Every address it may go to as things stand, best first."""
    if notification.direct is not None:
        return (notification.direct,) if notification.direct.channel in offered else ()
    return routes(contact.points, offered) if contact else ()


@dataclass(frozen=True, slots=True)
class Wait:
    """No address can be tried yet."""

    until: datetime
    waits_for: tuple[str, ...]

    def of(self, notification: Notification, now: datetime) -> Notification:
        """The notification that waits."""
        last = notification.last
        reason = last.reason if last and last.outcome is Outcome.TEMPORARY else PROVIDER_AWAY
        return replace(notification.moved(State.PENDING, now, reason, self.until), waits_for=self.waits_for)


def next_try(
    notification: Notification,
    among: Sequence[Route],
    policy: DeliveryPolicy,
    now: datetime,
    shut: Collection[str] = (),
) -> Route | Wait | None:
    """The address to try now, or when there will be one; None when all have refused for good.

    The best address comes first. When it fails for the time being it is tried again and again with growing pauses,
    and each time the patience of the message runs out the next best one is tried beside it.
    """
    usable = [r for r in among if not notification.is_closed(r)]
    patience = patience_of(notification.template_code, notification.rank)
    ready, later, waits_for = [], [policy.expiry(notification), now + policy.retry.longest], set()
    for place, route in enumerate(usable):
        failures = notification.failures(route)
        at = notification.create_time + place * patience
        if failures:
            at = max(at, notification.last_failure(route) + policy.retry.pause(failures, notification.id))
        if failures or route.channel in shut:
            waits_for.add(route.channel.value)
        if route.channel not in shut:
            ready += [(failures, place)] if at <= now else []
            later += [at] if at > now else []
    if ready:
        return usable[min(ready)[1]]
    return Wait(min(later), tuple(sorted(waits_for))) if usable else None


def after_try(
    notification: Notification,
    route: Route,
    result: Result,
    message: Message,
    contact: Contact | None,
    policy: DeliveryPolicy,
    now: datetime,
) -> Notification:
    """The notification after a provider answered: sent, to be tried again, on its next channel, or failed."""
    attempt = Attempt(route, notification.message_key(route), result.outcome, result.reason, now)
    tried = notification.tried(attempt, message)
    if result.outcome is Outcome.ACCEPTED:
        sent = replace(tried, sent_time=now)
        if result.receipt_follows:
            return sent.moved(State.SENT, now)
        return sent.moved(State.DELIVERED, now, "NO_RECEIPT_EXPECTED")
    return _onward(tried, contact, policy, now)


def after_receipt(
    notification: Notification,
    message_key: str,
    outcome: Outcome,
    reason: str,
    contact: Contact | None,
    policy: DeliveryPolicy,
    now: datetime,
) -> Notification:
    """The notification after a provider's receipt; the same one when the receipt tells nothing new.

    States only move forward: a second receipt, one that contradicts a final state, and bad news of an address that
    was given up change nothing. Good news of any address ends the matter.
    """
    place = max((n for n, a in enumerate(notification.attempts) if a.message_key == message_key), default=None)
    if place is None or notification.state in FINAL:
        return notification
    known = notification.attempts[place]
    was_waited_for = known.outcome is Outcome.ACCEPTED and notification.state is State.SENT
    if outcome is Outcome.UNDELIVERED and not was_waited_for:
        return notification
    attempts = list(notification.attempts)
    attempts[place] = replace(known, outcome=outcome, reason=reason)
    heard = replace(notification, attempts=tuple(attempts))
    if outcome is Outcome.DELIVERED:
        return heard.moved(State.DELIVERED, now, reason)
    return _onward(heard, contact, policy, now)


def _onward(notification: Notification, contact: Contact | None, policy: DeliveryPolicy, now: datetime) -> Notification:
    """To the next try: of the same address after a pause, of another one in time; failed when none is left."""
    last = notification.attempts[-1]
    step = next_try(notification, possible_routes(notification, contact, policy.offered), policy, now)
    if step is None:
        return notification.moved(State.FAILED, now, last.reason)
    return (
        notification.moved(State.PENDING, now, last.reason) if isinstance(step, Route) else step.of(notification, now)
    )


def _nowhere(notification: Notification, contact: Contact | None, now: datetime) -> Notification:
    if contact and contact.points and not any(point.consented for point in contact.points):
        return notification.moved(State.SUPPRESSED, now, "NO_CONSENT")
    return notification.moved(State.FAILED, now, "NO_ADDRESS")
