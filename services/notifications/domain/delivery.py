"""What to do next with a notification: the plan of retries and fall-back, and what receipts change (N4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from notifications.domain.backoff import RetryPolicy
from notifications.domain.channel import Channel
from notifications.domain.notification import FINAL, Attempt, Message, Notification, Outcome, State
from notifications.domain.routing import Contact, Route, routes


@dataclass(frozen=True, slots=True)
class DeliveryPolicy:
    """The operator's rules of delivery."""

    retry: RetryPolicy
    offered: frozenset[Channel]
    contact_timeout: timedelta
    """How long to wait for a customer who is not known yet."""
    longest_life: timedelta
    """After this a message is no news any more, and is not sent."""


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
    notification: Notification, contact: Contact | None, policy: DeliveryPolicy, now: datetime
) -> Route | Notification:
    """Where to send it now; or, when there is nowhere, the notification in the state that follows from that."""
    if notification.direct is None and contact is None:
        deadline = notification.create_time + policy.contact_timeout
        if now >= deadline:
            return notification.moved(State.FAILED, now, "NO_CONTACT")
        return notification.moved(State.AWAITING_CONTACT, now, "CONTACT_UNKNOWN", due=deadline)
    if now >= notification.create_time + policy.longest_life:
        return notification.moved(State.FAILED, now, "EXPIRED")
    open_routes = possible_routes(notification, contact, policy.offered)
    if route := next_route(notification, open_routes, policy.retry):
        return route
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


def next_route(notification: Notification, among: Sequence[Route], retry: RetryPolicy) -> Route | None:
    """The first address that neither refused for good nor used up its tries."""
    usable = (r for r in among if not notification.is_closed(r) and notification.failures(r) < retry.tries)
    return next(usable, None)


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
    return _onward(tried, possible_routes(tried, contact, policy.offered), policy.retry, now)


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
    return _onward(heard, possible_routes(heard, contact, policy.offered), policy.retry, now)


def _onward(notification: Notification, among: Sequence[Route], retry: RetryPolicy, now: datetime) -> Notification:
    """To the next try: of the same address after a pause, of another one at once; failed when none is left."""
    last = notification.attempts[-1]
    route = next_route(notification, among, retry)
    if route is None:
        return notification.moved(State.FAILED, now, last.reason)
    if last.outcome is Outcome.TEMPORARY and route == last.route:
        due = now + retry.pause(notification.failures(route), notification.id)
        return notification.moved(State.PENDING, now, last.reason, due)
    return notification.moved(State.PENDING, now, last.reason)


def _nowhere(notification: Notification, contact: Contact | None, now: datetime) -> Notification:
    if contact and contact.points and not any(point.consented for point in contact.points):
        return notification.moved(State.SUPPRESSED, now, "NO_CONSENT")
    return notification.moved(State.FAILED, now, "NO_ADDRESS")
